"""The world of a scenario: pack, organisation, cast and clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from bihuan.kernel.actor import SYSTEM, Actor
from bihuan.kernel.clock import FixedClock
from bihuan.kit.notify import Notice
from bihuan.org import public as org
from bihuan.org.models import Binding, Person, Position, Slot, Unit
from bihuan.packs import public as packs
from bihuan.process.models import Case, ProcessVersion
from bihuan.process.program import program
from bihuan.process.scenario.story import Story, StoryError, UnknownNameError
from bihuan.process.services import timers

ADMIN = "admin"
STAND_IN = "stand_in"


class World:
    """Everything a story's steps act on."""

    def __init__(self, story: Story, pack_dirs: Iterable[Path]) -> None:
        self.story = story
        self.clock = FixedClock(story.now)
        self.cases: dict[str, Case] = {}
        self.since = 0
        """The last notice before the last `wait` or `until` began: later ones are counted."""
        self._install(pack_dirs)
        self._settle_cast()
        if not self.has_demo:
            self._fill_other_slots()

    @classmethod
    def joining(cls, present: FixedClock) -> World:
        """A world over the company that is there already: nothing is installed, nobody is cast."""
        world = cls.__new__(cls)
        world.clock, world.cases, world.since = present, {}, 0
        return world

    @property
    def now(self) -> datetime:
        """The story's present."""
        return self.clock.now()

    def _install(self, pack_dirs: Iterable[Path]) -> None:
        folder = pack_folder(self.story, pack_dirs)
        source = packs.load_pack(folder, _search(folder, pack_dirs))
        packs.install_pack(
            source, by=SYSTEM, at=self.now, effective=self.story.effective or not _signs(source)
        )
        packs.import_calendars(source, by=SYSTEM, at=self.now)
        demo = next(
            (
                entry.value
                for one in reversed(source.with_required)
                for entry in one.entries.get("demo.yaml", ())
            ),
            None,
        )
        self.has_demo = demo is not None
        if demo is not None:
            packs.build_organisation(demo, by=SYSTEM, at=self.now)
        if not Unit.objects.exists():
            self._bare_company()
        if not Person.objects.filter(username=ADMIN).exists():
            org.open_person(username=ADMIN, name="管理员", is_admin=True, by=SYSTEM, at=self.now)
        company = Unit.objects.filter(kind="company").order_by("id").first()
        for key, value in self.story.settings.items():
            packs.change_setting(key, value, unit=company or Unit.objects.all()[0], by=SYSTEM, at=self.now)

    def _bare_company(self) -> None:
        company = org.open_unit(code="company", name="示例公司", kind="company", by=SYSTEM, at=self.now)
        org.open_unit(
            code="department", name="示例部门", kind="department", parent=company, by=SYSTEM, at=self.now
        )

    def _settle_cast(self) -> None:
        """Cast people fill their slots instead of whoever did; those that don't exist are made."""
        for code, usernames in self.story.cast.items():
            slot = Slot.objects.filter(code=code).first()
            if slot is None:
                raise StoryError(self.story.file, 1, f"cast 里没有岗位槽 {code}")
            bound = list(
                Binding.objects.filter(slot=slot).select_related(
                    "position__unit", "position__superior", "unit"
                )
            )
            model = bound[0].position if bound else None
            for old in bound:
                org.unbind_slot(binding=old, by=SYSTEM, at=self.now)
            for username in usernames:
                position = self._position_of(username, code, model)
                unit = position.unit.company or position.unit
                org.bind_slot(slot=slot, unit=unit, position=position, by=SYSTEM, at=self.now)

    def _fill_other_slots(self) -> None:
        """Without a demo company a stand-in fills the slots the story says nothing about.

        Slots of the processes it starts stay as they are cast, so that an unbound one is refused (R-002).
        """
        started = {line.body.get("process") for line in self.story.lines if line.body.get("act") == "start"}
        used = {code for process in started for code in slots_of_process(str(process))}
        free = [
            slot
            for slot in org.unbound_slots(Slot.objects.values_list("code", flat=True), _root().pk)
            if slot.code not in used
        ]
        if not free:
            return
        position = self._position_of(STAND_IN, "", None)
        for slot in free:
            org.bind_slot(slot=slot, unit=_root(), position=position, by=SYSTEM, at=self.now)

    def _position_of(self, username: str, slot: str, model: Position | None) -> Position:
        """The person's position for a slot: his own, else a new one in the place of who filled it so far."""
        person = Person.objects.filter(username=username).first()
        if person is None:
            person = org.open_person(username=username, name=username, by=SYSTEM, at=self.now)
        own = (
            Position.objects.filter(holdings__person=person)
            .order_by("-holdings__main", "holdings__id")
            .first()
        )
        if own is not None:
            return own
        unit = (
            model.unit
            if model
            else Unit.objects.filter(kind="department").order_by("id").first() or Unit.objects.all()[0]
        )
        position = org.open_position(
            code=f"cast.{username}",
            name=username,
            unit=unit,
            superior=model.superior if model else None,
            by=SYSTEM,
            at=self.now,
        )
        if model is not None and Unit.objects.filter(head=model).exists():
            for headed in Unit.objects.filter(head=model):
                org.change_unit(unit=headed, head=position, by=SYSTEM, at=self.now)
        org.hold_position(person=person, position=position, main=True, by=SYSTEM, at=self.now)
        return position

    # looking things up ----------------------------------------------------------------------

    def person(self, key: str) -> Person:
        """The person with this key; raises UnknownNameError."""
        found = Person.objects.filter(username=key).first()
        if found is None:
            raise UnknownNameError(f"没有人员 {key}")
        return found

    def actor(self, key: str, position: str | None = None) -> Actor:
        """The person as an actor, in a position of his if one is named."""
        held = Position.objects.get(code=position) if position else None
        return org.actor_for(self.person(key), held)

    def case(self, alias: str) -> Case:
        """The case under an alias, read anew; raises UnknownNameError."""
        if alias not in self.cases:
            raise UnknownNameError(f"没有流程实例 {alias}")
        self.cases[alias] = Case.objects.get(pk=self.cases[alias].pk)
        return self.cases[alias]

    def move_to(self, moment: datetime) -> None:
        """Let time pass; alarms and timers ring at their moments."""
        self.since = Notice.objects.order_by("-id").values_list("id", flat=True).first() or 0
        while (rings := timers.next_moment()) is not None and rings <= moment:
            self.clock.move_to(max(rings, self.now))
            if not timers.ring_alarms(self.now):
                break
        self.clock.move_to(max(moment, self.now))


def _root() -> Unit:
    """The unit at the top."""
    return Unit.objects.order_by("path")[0]


def slots_of_process(code: str) -> set[str]:
    """The slots that the newest version of a process names for its people."""
    version = ProcessVersion.objects.filter(process__code=code).order_by("-id").first()
    if version is None:
        return set()
    known = set(Slot.objects.values_list("code", flat=True))
    return {
        word
        for node in program(version.pk).graph.nodes.values()
        for word in _words(node.rules)
        if word in known
    }


def _words(rules: Any) -> Iterator[str]:
    """Every text below the keys that name people."""
    if isinstance(rules, Mapping):
        for key, value in rules.items():
            yield from _texts(value) if key in ("by", "lead", "veto", "starts") else ()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _signs(source: packs.PackSource) -> bool:
    """Whether a process of the pack makes it effective; without one a pack is in force when installed."""
    return any(
        "pack.effective" in str(file.data)
        for one in source.with_required
        for path, file in one.files.items()
        if path.startswith("processes/")
    )


def pack_folder(story: Story, pack_dirs: Iterable[Path]) -> Path:
    """The folder of the story's pack: the one around its `scenarios/`, else by code among the known ones."""
    around = story.file.resolve().parent.parent
    if story.file.resolve().parent.name == "scenarios" and (around / "pack.yaml").exists():
        return around
    for folder in pack_dirs:
        for candidate in (folder, folder / story.pack):
            if (candidate / "pack.yaml").exists() and packs.read_pack(
                candidate, [folder, candidate.parent]
            ).code == story.pack:
                return candidate
    found = packs.find_pack(story.pack, [*pack_dirs, settings.PACKS_DIR])
    if found is None:
        raise StoryError(story.file, 1, f"找不到流程包 {story.pack}")
    return found


def _search(folder: Path, pack_dirs: Iterable[Path]) -> list[Path]:
    return [*pack_dirs, folder.parent]
