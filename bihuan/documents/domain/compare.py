"""Two versions of a document, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from .definition import FieldDefinition, FieldType, FormDefinition
from .values import canonical, path_of


class Change(StrEnum):
    """What happened to a value or a row."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `before` and `after` are canonical JSON; None where there was nothing.

    Of a table `row` is the row's place (from 0) in the newer version, or in the older one for a row that
    was removed; `column` is empty where a whole row came or went (its values then stand in the row).
    """

    key: str
    change: Change
    before: Any
    after: Any
    row: int | None = None
    column: str = ""

    @property
    def path(self) -> str:
        """The path of the value: `schedule[2].end`."""
        return path_of(self.key, self.row, self.column)


def compare(
    definition: FormDefinition, older: Mapping[str, Any], newer: Mapping[str, Any]
) -> list[Difference]:
    """The differences between two contents (canonical JSON by field), in the order of the form."""
    found: list[Difference] = []
    for one in definition.fields:
        before, after = older.get(one.key), newer.get(one.key)
        if one.type == FieldType.TABLE:
            found += _rows(one, before or [], after or [])
        elif before != after:
            found.append(Difference(one.key, _change(before, after), before, after))
    return found


def _change(before: Any, after: Any) -> Change:
    if before is None:
        return Change.ADDED
    return Change.REMOVED if after is None else Change.CHANGED


def _rows(one: FieldDefinition, before: list[Any], after: list[Any]) -> Iterator[Difference]:
    """Rows are matched as lines of text are: what stayed the same, then what stands in the same gap."""
    matcher = SequenceMatcher(None, _lines(before), _lines(after), autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        pairs = min(old_end - old_start, new_end - new_start)
        for offset in range(pairs):
            place = new_start + offset
            yield from _cells(one, place, before[old_start + offset], after[place])
        for place in range(old_start + pairs, old_end):
            yield Difference(one.key, Change.REMOVED, before[place], None, place)
        for place in range(new_start + pairs, new_end):
            yield Difference(one.key, Change.ADDED, None, after[place], place)


def _cells(
    one: FieldDefinition, place: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Difference]:
    for column in one.columns:
        old, new = before.get(column.key), after.get(column.key)
        if old != new:
            yield Difference(one.key, _change(old, new), old, new, place, column.key)


def _lines(rows: list[Any]) -> list[str]:
    return [canonical(row) for row in rows]
