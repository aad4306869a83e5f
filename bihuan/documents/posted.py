"""From a submitted web form to raw input by field (names as in kit.ui.field_view)."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from bihuan.kit.ui.http import whole_number

from .domain.definition import FILES, RANGES, ColumnDefinition, FieldDefinition, FieldType, FormDefinition
from .domain.rights import Rights

PREFIX = "f-"
HEAD_PREFIX = "head-"
ADD_ROW = "add_row"
"""A button of this name (value: the field) adds a row where scripts don't run."""
MOST_ROWS = 2000
_HEAD = ("title", "unit", "secrecy", "urgency", "remark", "attachments")


def read_post(definition: FormDefinition, post: QueryDict, rights: Rights) -> dict[str, Any]:
    """Raw input of the writable fields that the page held."""
    found: dict[str, Any] = {}
    for one in definition.fields:
        name = f"{PREFIX}{one.key}"
        if not (one.asked and rights.may_write(one.key)):
            continue
        if one.type == FieldType.TABLE:
            if f"{name}-count" in post:
                found[one.key] = _rows(one, name, post)
        elif _is_there(one, name, post):
            found[one.key] = _value(one, name, post)
    return found


def read_head(post: QueryDict, rights: Rights) -> dict[str, Any]:
    """What of the head the page held."""
    if not rights.head:
        return {}
    return {key: post[f"{HEAD_PREFIX}{key}"] for key in _HEAD if f"{HEAD_PREFIX}{key}" in post}


def _is_there(one: ColumnDefinition, name: str, post: QueryDict) -> bool:
    return (f"{name}-start" in post) if one.type in RANGES else (name in post)


def _rows(one: FieldDefinition, name: str, post: QueryDict) -> list[dict[str, Any]]:
    number = min(whole_number(post.get(f"{name}-count", "")) or 0, MOST_ROWS)
    rows = [
        {
            column.key: _value(column, cell, post)
            for column in one.columns
            if column.asked and _is_there(column, cell := f"{name}-{row}-{column.key}", post)
        }
        for row in range(number)
    ]
    return [*rows, {}] if post.get(ADD_ROW) == one.key else rows


def _value(one: ColumnDefinition, name: str, post: QueryDict) -> Any:
    if one.type in RANGES:
        return {"start": post.get(f"{name}-start", ""), "end": post.get(f"{name}-end", "")}
    if one.type in FILES:
        ids = [part for part in post.get(name, "").split(",") if part]
        return ids if one.many else (ids[-1] if ids else "")
    if one.is_list:
        return [part for part in post.getlist(name) if part]
    if one.type == FieldType.BOOL:
        return post.getlist(name)[-1] == "true"
    return post.get(name, "")
