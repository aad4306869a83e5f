"""Runs scenarios, each in one transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from bihuan.kernel import clock
from bihuan.kernel.errors import DomainError
from bihuan.kernel.moments import parse_span
from bihuan.org import public as org
from bihuan.packs.public import PackErrors
from bihuan.process.scenario.acts import act
from bihuan.process.scenario.expect import UnmetError, expect
from bihuan.process.scenario.story import Line, Story, StoryError, UnknownNameError, moment_of, read_story
from bihuan.process.scenario.world import World
from bihuan.process.services import deliver


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scenario ended; `error` names file and line of the first failure."""

    file: Path
    name: str
    steps: int
    error: StoryError | None = None


class _RollBackError(Exception):
    """Ends the scenario's transaction."""


def run_file(
    file: Path,
    pack_dirs: Iterable[Path] = (),
    *,
    keep: bool = False,
    collect: Callable[[Story], None] | None = None,
) -> Outcome:
    """Run one scenario; `keep` leaves what it made in the database, `collect` may look at it before it is gone."""
    try:
        story = read_story(file)
    except StoryError as error:
        return Outcome(file, file.stem, 0, error)
    failed: StoryError | None = None
    try:
        with transaction.atomic():
            failed = _play(story, list(pack_dirs))
            if collect is not None:
                collect(story)
            if not keep:
                raise _RollBackError
    except _RollBackError:
        pass
    return Outcome(file, story.name, len(story.lines), failed)


def _play(story: Story, pack_dirs: list[Path]) -> StoryError | None:
    with clock.use(clock.FixedClock(story.now)):
        try:
            world = World(story, pack_dirs)
        except StoryError as error:
            return error
        except PackErrors as error:
            first = error.problems[0]
            return StoryError(Path(first.file), first.line, f"{first.key}: {first.message}")
        except DomainError as error:
            return StoryError(story.file, 1, error.text())
        with clock.use(world.clock):
            for line in story.lines:
                try:
                    _step(world, line)
                except StoryError as error:
                    return error
                except (DomainError, UnmetError, UnknownNameError) as error:
                    return StoryError(story.file, line.line, _said(error))
    return None


def _step(world: World, line: Line) -> None:
    if line.kind == "act":
        _act(world, line)
        deliver(world.now)
    elif line.kind == "expect":
        expect(world, line.body)
    elif line.kind == "wait":
        world.move_to(parse_span(str(line.body["wait"])).after(world.now, org.calendar_for(None, "cn")))
    else:
        moment = moment_of(line.body["until"])
        if moment is None or moment < world.now:
            raise UnknownNameError("until 应为之后的时刻")
        world.move_to(moment)


def _act(world: World, line: Line) -> None:
    wanted = line.body.get("error")
    try:
        with transaction.atomic():
            act(world, line.body)
    except (DomainError, UnknownNameError) as error:
        said = _said(error)
        if wanted is None:
            raise
        if str(wanted) not in said:
            raise UnmetError("error", wanted, said) from error
        return
    if wanted is not None:
        raise UnmetError("error", wanted or "被拒绝", "没有被拒绝")


def _said(error: Exception) -> str:
    """The error's message with its fields' messages."""
    if isinstance(error, DomainError):
        fields = ";".join(f"{key}: {'、'.join(map(str, messages))}" for key, messages in error.fields.items())
        return f"{error.text()}({fields})" if fields else error.text()
    return str(error.args[0]) if error.args else str(error)
