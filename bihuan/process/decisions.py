"""A decision as a form keeps it: an opinion block, or one row of a table per seat (`into`, formats.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bihuan.documents.public import Document, FieldDefinition, FieldType, definition_for
from bihuan.kernel.clock import aware
from bihuan.kernel.errors import Invalid, text

YES, NO = "同意", "不同意"


_SIGNED = frozenset(
    {FieldType.USER, FieldType.SLOT, FieldType.UNIT, FieldType.DATE, FieldType.DATETIME, FieldType.ENUM}
)
"""Columns that say who decided what and when: nobody writes them for himself or for another."""


def decision_value(
    document: Document,
    key: str,
    *,
    agreed: bool,
    opinion: str,
    person: int,
    name: str,
    slot: Callable[[], str],
    unit: Callable[[], int | None],
    at: datetime,
    extra: Mapping[str, Any],
) -> Any:
    """The value of the field `key` after this decision.

    A table keeps one row per person: an earlier row of the same person goes. Its columns are filled by
    type: the person, his unit, the slot, the moment, the first option of the first enum for yes and the second
    for no, the first free text for the opinion; `extra` are the columns that are asked.
    """
    field = definition_for(document).field_by_key[key]
    if field.type is not FieldType.TABLE:
        return {
            "result": YES if agreed else NO,
            "opinion": opinion,
            "user": person,
            "name": name,
            "time": _moment(at),
        }
    row = _row(field, agreed=agreed, opinion=opinion, person=person, slot=slot(), unit=unit(), at=at)
    columns = field.column_by_key
    unknown = [key for key in extra if key not in columns or (key in row and columns[key].type in _SIGNED)]
    if unknown:
        raise Invalid(text("没有这一列:{columns}"), columns="、".join(unknown))
    who = next((column.key for column in field.columns if column.type is FieldType.USER), None)
    others = [one for one in document.data.get(key) or () if who is None or one.get(who) != person]
    return [*others, {**row, **extra}]


def _row(
    field: FieldDefinition,
    *,
    agreed: bool,
    opinion: str,
    person: int,
    slot: str,
    unit: int | None,
    at: datetime,
) -> dict[str, Any]:
    """Each kind of value goes to the first column of its type; text and long text share the opinion."""
    values: dict[FieldType, Any] = {
        FieldType.USER: person,
        FieldType.SLOT: slot or None,
        FieldType.UNIT: unit,
        FieldType.DATETIME: _moment(at),
        FieldType.DATE: aware(at).date().isoformat(),
        FieldType.BOOL: agreed,
        FieldType.LONGTEXT: opinion,
    }
    row: dict[str, Any] = {}
    decided = False
    for column in field.columns:
        kind = FieldType.LONGTEXT if column.type is FieldType.TEXT else column.type
        if kind is FieldType.ENUM and len(column.options) > 1 and not decided:
            row[column.key], decided = column.options[0 if agreed else 1].value, True
        elif kind in values:
            row[column.key] = values.pop(kind)
    return row


def _moment(at: datetime) -> str:
    return aware(at).replace(second=0, microsecond=0).isoformat()
