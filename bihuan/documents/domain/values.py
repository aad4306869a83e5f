"""Values of a whole form: from what was given, to and from canonical JSON (stack.md §11, "JSON traps")."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bihuan.kernel.clock import TZ
from bihuan.kernel.errors import Invalid, text
from bihuan.kernel.period import Period

from .definition import RANGES, ColumnDefinition, FieldDefinition, FieldType, FormDefinition
from .reading import PLACES, Lookup, ReadError, is_blank, read_value

MOST_ROWS = 2000
Values = dict[str, Any]
"""Typed values by field key."""
Json = dict[str, Any]
"""Canonical JSON by field key: no floats, amounts as text, empty values left out."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of an input: `values` typed, `wrong` messages and `unread` inputs by path."""

    values: Values = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    unread: dict[str, Any] = field(default_factory=dict)


def path_of(key: str, row: int | None = None, column: str = "") -> str:
    """The path of a value: `title`, `schedule[2].end` (rows from 0)."""
    return key if row is None else f"{key}[{row}].{column}" if column else f"{key}[{row}]"


def place_of(one: FieldDefinition, row: int | None = None, column: ColumnDefinition | None = None) -> str:
    """How people call a place: 「时间安排」第3行「结束」."""
    name = f"「{one.name()}」"
    if row is not None:
        name += f"第{row + 1}行"
    return name + (f"「{column.name()}」" if column else "")


def read_form(definition: FormDefinition, raw: Mapping[str, Any], lookup: Lookup) -> Reading:
    """Read the fields that `raw` holds; raises Invalid for a key that is no field of the form."""
    unknown = sorted(set(raw) - set(definition.field_by_key))
    if unknown:
        raise Invalid(text("表单没有这些字段：{keys}"), fields=_unknown(unknown), keys="、".join(unknown))
    reading = Reading()
    for key, given in raw.items():
        one = definition.field_by_key[key]
        if one.type == FieldType.TABLE:
            reading.values[key] = _rows(one, given, lookup, reading)
        else:
            _into(reading, reading.values, one, given, lookup, place=(one, None, None))
    return reading


def _unknown(keys: Iterable[str]) -> dict[str, list[str]]:
    return {key: ["没有这个字段"] for key in keys}


Place = tuple[FieldDefinition, int | None, ColumnDefinition | None]


def _into(
    reading: Reading, target: Values, one: ColumnDefinition, given: Any, lookup: Lookup, *, place: Place
) -> None:
    """Put the value of `given` into `target`, or the trouble with it into `reading`."""
    try:
        target[one.key] = read_value(one, given, lookup)
    except ReadError as error:
        target[one.key] = [] if one.is_list else None
        at, row, column = place
        path = path_of(at.key, row, column.key if column else "")
        reading.wrong[path] = f"{place_of(at, row, column)}：{error}"
        reading.unread[path] = given


def _rows(one: FieldDefinition, given: Any, lookup: Lookup, reading: Reading) -> list[Values]:
    if is_blank(given):
        return []
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        reading.wrong[one.key] = f"{place_of(one)}：应为若干行"
        reading.unread[one.key] = given
        return []
    if len(given) > MOST_ROWS:
        raise Invalid(text("{place}最多{most}行"), place=place_of(one), most=MOST_ROWS)
    return [_row(one, row, number, lookup, reading) for number, row in enumerate(given)]


def _row(
    one: FieldDefinition, given: Mapping[str, Any], number: int, lookup: Lookup, reading: Reading
) -> Values:
    row: Values = {column.key: [] if column.is_list else None for column in one.columns}
    for key in sorted(set(given) - set(row)):
        reading.wrong[path_of(one.key, number, key)] = f"{place_of(one, number)}：没有“{key}”这一列"
    for column in one.columns:
        if column.key in given and not column.compute:
            _into(reading, row, column, given[column.key], lookup, place=(one, number, column))
    return row


def is_blank_row(row: Mapping[str, Any]) -> bool:
    """Whether a person left the row as it came: an unticked box says nothing."""
    return all(is_blank(value) or value is False for value in row.values())


def without_blank_rows(definition: FormDefinition, values: Values) -> tuple[Values, dict[str, list[int]]]:
    """The values without rows that nothing was written into, and where the rows left stood before."""
    result, places = dict(values), {}
    for one in definition.fields:
        if one.type == FieldType.TABLE and values.get(one.key):
            rows = values[one.key]
            asked = [column.key for column in one.columns if column.asked]
            kept = [
                place
                for place, row in enumerate(rows)
                if not is_blank_row({key: row.get(key) for key in asked})
            ]
            result[one.key], places[one.key] = [rows[place] for place in kept], kept
    return result, places


def to_json(definition: FormDefinition, values: Mapping[str, Any]) -> Json:
    """Canonical JSON of the values; what is empty is left out."""
    result: Json = {}
    for one in definition.fields:
        value = values.get(one.key)
        if not is_blank(value):
            result[one.key] = dump(one, value)
    return result


def dump(one: ColumnDefinition, value: Any) -> Any:
    """Canonical JSON of one value."""
    if isinstance(one, FieldDefinition) and one.type == FieldType.TABLE:
        return [_dump_row(one, row) for row in value]
    if one.is_list:
        return [_dump_one(one.type, part) for part in value]
    return _dump_one(one.type, value)


def _dump_row(one: FieldDefinition, row: Mapping[str, Any]) -> Json:
    columns = ((column, row.get(column.key)) for column in one.columns)
    return {column.key: dump(column, value) for column, value in columns if not is_blank(value)}


def _dump_one(kind: FieldType, value: Any) -> Any:
    if kind == FieldType.VIEW and isinstance(value, list):
        return [getattr(one, "ref", one) for one in value]
    if kind in {FieldType.REF, FieldType.VIEW}:
        return getattr(value, "ref", value)  # what stands in for the record keeps what it was made from
    if isinstance(value, Decimal):
        return decimal_text(value, PLACES.get(kind, 4), fixed=kind in {FieldType.MONEY, FieldType.PERCENT})
    if isinstance(value, datetime):
        return value.astimezone(TZ).isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Period):
        return value.code
    if isinstance(value, dict) and set(value) == {"start", "end"}:
        return {key: _dump_one(kind, part) for key, part in value.items()}
    return value


def decimal_text(value: Decimal, places: int, *, fixed: bool) -> str:
    """A decimal as text: with all its places, or without zeros at the end."""
    exact = f"{value:.{places}f}"
    return exact if fixed or "." not in exact else exact.rstrip("0").rstrip(".")


def from_json(definition: FormDefinition, data: Mapping[str, Any]) -> Values:
    """Typed values of stored canonical JSON; every field of the form is there, the others are dropped."""
    return {one.key: load(one, data.get(one.key)) for one in definition.fields}


def load(one: ColumnDefinition, stored: Any) -> Any:
    """The typed value of stored canonical JSON."""
    if stored is None or stored == []:
        return [] if one.is_list else None
    if isinstance(one, FieldDefinition) and one.type == FieldType.TABLE:
        return [{column.key: load(column, row.get(column.key)) for column in one.columns} for row in stored]
    if one.is_list:
        return [_load_one(one.type, part) for part in stored]
    return _load_one(one.type, stored)


def _load_one(kind: FieldType, stored: Any) -> Any:
    if kind in RANGES:
        return {key: _LOADERS[kind](part) for key, part in stored.items()}
    return _LOADERS[kind](stored) if kind in _LOADERS else stored


def _moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored).astimezone(TZ)


_LOADERS: Mapping[FieldType, Callable[[str], Any]] = {
    **dict.fromkeys(PLACES, Decimal),
    FieldType.DATE: date.fromisoformat,
    FieldType.DATERANGE: date.fromisoformat,
    FieldType.DATETIME: _moment,
    FieldType.DATETIMERANGE: _moment,
    FieldType.MONTH: Period.parse,
    FieldType.PERIOD: Period.parse,
}


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """JSON text with one way to write it: keys sorted, no blanks, no NaN."""
    return _CANONICAL.encode(value)
