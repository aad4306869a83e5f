"""Computed fields and columns, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

from bihuan.kit.expr import ExprError, compile

from .definition import ColumnDefinition, FieldDefinition, FieldType, FormDefinition
from .reading import ReadError, is_blank, read_value
from .values import Values

Node = tuple[str, str]
"""A computed thing: field key and, for a column of a table, its column key."""


class NoLookup:
    """For values that were found already: ids and records are taken as they are."""

    def person(self, raw: object) -> int | None:
        """The id itself."""
        return raw if isinstance(raw, int) else None

    def unit(self, raw: object) -> int | None:
        """The id itself."""
        return raw if isinstance(raw, int) else None

    def slot(self, raw: object) -> str | None:
        """The code itself."""
        return raw if isinstance(raw, str) else None

    def reference(self, to: tuple[str, ...], raw: object) -> dict[str, Any] | None:
        """The record itself."""
        return dict(raw) if isinstance(raw, Mapping) else None

    def file(self, raw: object, *, image: bool) -> dict[str, Any] | None:
        """The file itself."""
        return dict(raw) if isinstance(raw, Mapping) else None


AS_IS = NoLookup()


def compute(definition: FormDefinition, values: Values, roots: Mapping[str, Any] | None = None) -> Values:
    """The values with all computed ones made anew; `roots` adds names beside `doc` and `row`.

    What cannot be computed (a division by zero, an impossible combination) is empty.
    """
    result = {
        key: [dict(row) for row in value] if _is_rows(value) else value for key, value in values.items()
    }
    doc: dict[str, Any] = {**definition.empty(), **result}
    names = {"today": None, "now": None, **(roots or {}), "doc": doc}
    for key, column in _order(definition):
        one = definition.field_by_key[key]
        if not column:
            result[key] = doc[key] = _value(one, names)
            continue
        for row in doc[key] or ():
            row[column] = _value(one.column_by_key[column], {**names, "row": row})
    return result


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _value(one: ColumnDefinition, names: Mapping[str, Any]) -> Any:
    try:
        found = compile(one.compute).value(names)
        return [] if one.is_list and is_blank(found) else read_value(one, found, AS_IS)
    except (ExprError, ReadError):
        return [] if one.is_list else None


@lru_cache(maxsize=512)
def _order(definition: FormDefinition) -> tuple[Node, ...]:
    """Computed things, each after those it needs; ValueError naming a circle."""
    needs = dict(_needs(definition))
    sorter = TopologicalSorter({node: wanted & set(needs) for node, wanted in needs.items()})
    try:
        return tuple(sorter.static_order())
    except CycleError as error:
        raise ValueError(" → ".join(".".join(filter(None, node)) for node in error.args[1])) from error


def circle(definition: FormDefinition) -> str:
    """The circle in which computed fields need each other, as text; empty if there is none."""
    try:
        _order(definition)
    except ValueError as error:
        return str(error)
    return ""


def _needs(definition: FormDefinition) -> Iterator[tuple[Node, set[Node]]]:
    for one in definition.fields:
        if one.compute:
            yield (one.key, ""), _sources(definition, one.compute, "")
        for column in one.columns:
            if column.compute:
                yield (one.key, column.key), _sources(definition, column.compute, one.key)


def _sources(definition: FormDefinition, source: str, table: str) -> set[Node]:
    """What an expression reads; a table read as a whole stands for all its columns."""
    found: set[Node] = set()
    names = compile(source).names
    for name in names:
        if any(other.startswith(f"{name}.") for other in names):
            continue  # only the way to another one
        root, key, *rest = [*name.split("."), ""]
        if root == "row" and table:
            found.add((table, key))
        elif root == "doc":
            found |= _doc_sources(definition.field_by_key.get(key), rest[0] if rest else "")
    return found


def _doc_sources(one: FieldDefinition | None, column: str) -> set[Node]:
    if one is None:
        return set()
    if one.type != FieldType.TABLE:
        return {(one.key, "")}
    columns = {column} & set(one.column_by_key) or set(one.column_by_key)
    return {(one.key, key) for key in columns}
