"""A scenario file as read: its head, its steps and the line each stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bihuan.kernel.clock import aware
from bihuan.packs.public import Read, read_yaml

HEAD = frozenset({"scenario", "pack", "now", "settings", "cast", "effective", "steps", "origin", "req"})
ACTS = frozenset(
    {
        "start", "fill", "save", "complete", "approve", "refuse", "withdraw", "comment", "copy", "reassign", "urge",
        "trigger", "create", "update",
    }
)  # fmt: skip
STEP_KEYS = frozenset(
    {
        "act", "process", "by", "as", "at", "task", "data", "set", "forms", "row", "choose", "go", "rows", "answers",
        "mode", "opinion", "error", "to", "case", "position", "text",
        "register", "where",
    }
)  # fmt: skip
EXPECT_KEYS = frozenset(
    {
        "case", "state", "label", "open", "only", "late", "document", "documents", "opened", "notified", "history",
        "visible", "absent", "rows", "links",
    }
)  # fmt: skip


UNBUILT = frozenset({"metric"})
"""Expectations of the contract about figures, which this version does not have."""


class StoryError(Exception):
    """A scenario that cannot be read or did not hold: file, line and what is wrong."""

    def __init__(self, file: Path, line: int, message: str) -> None:
        self.file, self.line, self.message = file, line, message
        super().__init__(f"{file}:{line}: {message}")


class UnknownNameError(Exception):
    """A step names a person, case or task that is not there."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the story: exactly one of act, expect, wait, until."""

    line: int
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario."""

    file: Path
    name: str
    pack: str
    now: datetime
    settings: Mapping[str, Any]
    cast: Mapping[str, list[str]]
    effective: bool
    lines: tuple[Line, ...]


def read_story(file: Path) -> Story:
    """Read a scenario; raises StoryError naming the line."""
    read = read_yaml(file.read_bytes())
    for line, _, message in read.findings:
        raise StoryError(file, line, message)
    data = read.data
    if not isinstance(data, Mapping):
        raise StoryError(file, 1, "应为场景的表")
    for key in data:
        if key not in HEAD:
            raise StoryError(file, read.line((key,)), f"不认识的键 {key}")
    for key in ("scenario", "pack", "now", "steps"):
        if key not in data:
            raise StoryError(file, 1, f"缺少 {key}")
    lines = tuple(_line(file, read, index, step) for index, step in enumerate(data["steps"]))
    cast = {slot: who if isinstance(who, list) else [who] for slot, who in (data.get("cast") or {}).items()}
    moment = moment_of(data["now"])
    if moment is None:
        raise StoryError(file, read.line(("now",)), "now 应为日期时间")
    settings, effective = data.get("settings") or {}, bool(data.get("effective", False))
    return Story(file, str(data["scenario"]), str(data["pack"]), moment, settings, cast, effective, lines)


def moment_of(value: Any) -> datetime | None:
    """A moment as scenarios write it; Asia/Shanghai unless a zone is given, a bare date is its beginning."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return aware(value)
    return aware(datetime(value.year, value.month, value.day)) if isinstance(value, date) else None  # noqa: DTZ001


def _line(file: Path, read: Read, index: int, step: Any) -> Line:
    line = read.line(("steps", index))
    if not isinstance(step, Mapping):
        raise StoryError(file, line, "应为一步")
    kinds = [kind for kind in ("act", "expect", "wait", "until") if kind in step]
    if len(kinds) != 1:
        raise StoryError(file, line, "每一步须恰有 act、expect、wait、until 之一")
    kind = kinds[0]
    allowed = STEP_KEYS if kind == "act" else frozenset({kind})
    body = step["expect"] if kind == "expect" else step
    for key in step:
        if key not in allowed:
            raise StoryError(file, line, f"不认识的键 {key}")
    for key in body if kind == "expect" else ():
        if key in UNBUILT:
            raise StoryError(file, line, f"expect 的 {key} 要有指标才能检查,本版本还没有")
        if key not in EXPECT_KEYS:
            raise StoryError(file, line, f"expect 里不认识的键 {key}")
    if kind == "act" and step["act"] not in ACTS:
        raise StoryError(file, line, f"不认识的动作 {step['act']}")
    return Line(line, kind, body)
