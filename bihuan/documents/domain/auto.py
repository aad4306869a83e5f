"""Valid invented values for a form: scenarios' `data: auto` and the demo (formats.md, "Scenario").

Deterministic: the same form gives the same values. Every field that must be filled gets its `example`,
else something its type and bounds allow; then single values are tried until the rules hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from bihuan.kernel.clock import aware
from bihuan.kernel.period import Period, PeriodKind
from bihuan.kit.expr import ExprError, compile

from .checking import Situation, check, situation
from .computing import AS_IS, compute
from .definition import (
    CHOICES,
    FILES,
    NUMBERS,
    RANGES,
    ColumnDefinition,
    FieldDefinition,
    FieldType,
    FormDefinition,
)
from .reading import Lookup, ReadError, is_blank, read_value
from .rights import FILL, Rights
from .values import Values, dump, read_form

ROUNDS = 5
"""Filling a field may make another one required; deeper chains are not known."""
TRIES = 600
"""Changes tried to make the rules hold."""


class Source(Lookup, Protocol):
    """What exists to point to; each call gives something valid for the one who fills."""

    def some_person(self, number: int) -> int:
        """A person; the number asks for another one each time where there are several."""

    def some_unit(self) -> int:
        """A unit."""

    def some_slot(self) -> str:
        """A slot's code."""

    def some_reference(self, to: tuple[str, ...]) -> dict[str, Any] | None:
        """A passed document (or register row) of one of these, made where there is none."""

    def some_file(self, *, image: bool) -> dict[str, Any]:
        """A kept file."""

    def today(self) -> date:
        """The present day."""


def auto_data(
    definition: FormDefinition,
    *,
    process_code: str = "",
    lookup: Source,
    rights: Rights = FILL,
    given: Mapping[str, Any] | None = None,
    roots: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """JSON input by field that a full check accepts; `given` (raw input) is kept, its rows completed."""
    fixed = read_form(definition, given or {}, lookup).values
    values: Values = {**definition.empty(), **fixed}
    asked = situation(definition, values, process_code=process_code, rights=rights, roots=roots)
    for one in definition.fields:
        if one.type == FieldType.TABLE and one.key in fixed:
            values[one.key] = [
                _completed(one, row, lookup, asked, at) for at, row in enumerate(fixed[one.key])
            ]
    values = _repaired(_with(asked, _filled(asked, values, lookup)), set(fixed), lookup)
    found = {
        one.key: dump(one, values[one.key])
        for one in definition.fields
        if one.asked and not is_blank(values.get(one.key)) and (one.key in fixed or rights.may_write(one.key))
    }
    return found | {key: value for key, value in (given or {}).items() if is_blank(fixed.get(key))}


def _filled(asked: Situation, values: Values, lookup: Source) -> Values:
    """The values with everything that is demanded filled, and computed."""
    for _ in range(ROUNDS):
        values = compute(asked.definition, values, asked.roots)
        now = _with(asked, values)
        missing = [one for one in asked.definition.fields if one.asked and _is_missing(now, one)]
        if not missing:
            break
        for place, one in enumerate(missing):
            values[one.key] = _invent(one, lookup, place, now)
    return values


def _is_missing(asked: Situation, one: FieldDefinition) -> bool:
    if is_blank(asked.values.get(one.key)):
        return asked.demands(one)
    return False


def _invent(one: ColumnDefinition, lookup: Source, place: int, asked: Situation) -> Any:
    if not is_blank(one.example):
        try:
            if not (isinstance(one, FieldDefinition) and one.type == FieldType.TABLE):
                return read_value(one, one.example, lookup)
            rows = read_form(asked.definition, {one.key: one.example}, lookup)
            if not rows.wrong:
                return [_completed(one, row, lookup, asked) for row in rows.values[one.key]]
        except ReadError:
            pass  # an example that points to nothing here: invent one
    if isinstance(one, FieldDefinition) and one.type == FieldType.TABLE:
        empty: Values = {column.key: [] if column.is_list else None for column in one.columns}
        rows_wanted = max(one.min_rows, 1)
        return [_completed(one, dict(empty), lookup, asked, number) for number in range(rows_wanted)]
    if one.is_list:
        wanted = int(Decimal(one.minimum or 1))
        return _several(one, lookup, wanted)
    return _single(one, lookup, place)


def _completed(one: FieldDefinition, row: Values, lookup: Source, asked: Situation, place: int = 0) -> Values:
    """The row with its required columns filled."""
    for column in one.columns:
        if column.asked and is_blank(row.get(column.key)):
            row[column.key] = [] if column.is_list else None
            if asked.is_required(column, {**asked.roots, "row": row}):
                row[column.key] = _invent(column, lookup, place, asked)
    return row


def _several(one: ColumnDefinition, lookup: Source, wanted: int) -> list[Any]:
    if one.type in CHOICES:
        return [choice.value for choice in one.options[: max(wanted, 1)]]
    found = [_single(one, lookup, place) for place in range(max(wanted, 1))]
    return [value for value in found if value is not None]


def _single(one: ColumnDefinition, lookup: Source, place: int) -> Any:
    if one.type in _MAKERS:
        return _MAKERS[one.type](one, lookup, place)
    if one.type in FILES:
        return lookup.some_file(image=one.type == FieldType.IMAGE)
    if one.type in NUMBERS:
        return _number(one)
    return _dated(one, lookup.today(), place) if one.type in _DATED else _prose(one)


_MAKERS: Mapping[FieldType, Callable[[ColumnDefinition, Source, int], Any]] = {
    FieldType.USER: lambda one, lookup, place: lookup.some_person(place),
    FieldType.UNIT: lambda one, lookup, place: lookup.some_unit(),
    FieldType.SLOT: lambda one, lookup, place: lookup.some_slot(),
    FieldType.REF: lambda one, lookup, place: lookup.some_reference(one.to),
    FieldType.ENUM: lambda one, lookup, place: one.options[place % len(one.options)].value,
    FieldType.BOOL: lambda one, lookup, place: True,
    FieldType.PHONE: lambda one, lookup, place: f"138{place:08}",
    FieldType.SIGNATURE: lambda one, lookup, place: "签名",
    FieldType.JSON: lambda one, lookup, place: {"note": "示例"},
    FieldType.REGION: lambda one, lookup, place: one.options[0].value if one.options else "江苏省",
}
_DATED = RANGES | {FieldType.DATE, FieldType.DATETIME, FieldType.MONTH, FieldType.PERIOD}


def _number(one: ColumnDefinition) -> Any:
    low = Decimal(one.minimum) if one.minimum else Decimal(1)
    value = max(low, Decimal(1))
    if one.maximum:
        value = min(value, Decimal(one.maximum))
    return read_value(one, value.to_integral_value() if one.type == FieldType.INT else value, AS_IS)


def _dated(one: ColumnDefinition, today: date, place: int) -> Any:
    day = today + timedelta(days=7 * place)
    if one.minimum:
        day = max(day, date.fromisoformat(one.minimum[:10]))
    if one.maximum:
        day = min(day, date.fromisoformat(one.maximum[:10]))
    start = aware(datetime(day.year, day.month, day.day, 9))  # noqa: DTZ001 - aware() places it
    later = day if one.maximum else day + timedelta(days=6)
    match one.type:
        case FieldType.DATE:
            return day
        case FieldType.DATETIME:
            return start
        case FieldType.DATERANGE:
            return {"start": day, "end": later}
        case FieldType.DATETIMERANGE:
            return {"start": start, "end": start + timedelta(hours=8)}
    return Period.of(day, PeriodKind.MONTH)


_PROSE = "本项为示例内容，按公司实际情况填写，供演示和测试使用。"


def _prose(one: ColumnDefinition) -> str:
    least, most = int(Decimal(one.minimum or 0)), int(Decimal(one.maximum or 200))
    short = f"{one.name()}示例"
    text = short if len(short) >= least else (_PROSE * (least // len(_PROSE) + 1))[: max(least, len(_PROSE))]
    return text[:most]


def _repaired(asked: Situation, fixed: set[str], lookup: Source) -> Values:
    """Change one value at a time, keeping what brings the rules closer to holding."""
    best, worst = asked.values, _trouble(asked)
    tries = 0
    while worst and tries < TRIES:
        for candidate in _candidates(asked, best, fixed, lookup):
            tries += 1
            values = _filled(asked, candidate, lookup)
            trouble = _trouble(_with(asked, values))
            if trouble < worst:
                best, worst = values, trouble
                break
            if tries >= TRIES:
                return best
        else:
            return best
    return best


def _with(asked: Situation, values: Values) -> Situation:
    return situation(
        asked.definition, values, process_code=asked.process_code, rights=asked.rights, roots=asked.roots
    )


def _trouble(asked: Situation) -> int:
    return sum(len(messages) for messages in check(asked).errors.values())


def _candidates(asked: Situation, values: Values, fixed: set[str], lookup: Source) -> Iterator[Values]:
    """Other values for the fields that unhappy rules read."""
    for key, words in _read_by_rules(_with(asked, values)):
        one = asked.definition.field_by_key.get(key)
        if one is None or key in fixed or not one.asked or not asked.rights.may_write(key):
            continue
        maker = _Maker(lookup, asked, words)
        for value in maker.others_of(one, values.get(key)):
            yield {**values, key: value}


_WORDS = re.compile(r"'([^']*)'|\"([^\"]*)\"|\b(\d+)\b")


def _read_by_rules(asked: Situation) -> Iterator[tuple[str, list[str]]]:
    """Fields of rules that don't hold, with the words those rules compare with."""
    for rule in asked.definition.rules:
        try:
            unhappy = not rule.warn and not compile(rule.check).check(asked.roots)
        except ExprError:
            unhappy = True
        if unhappy:
            words = list(dict.fromkeys("".join(found) for found in _WORDS.findall(rule.check)))
            names = (name.split(".") for name in compile(rule.check).names)
            read = sorted(parts[1] for parts in names if parts[0] == "doc" and len(parts) > 1)
            yield from ((key, words) for key in dict.fromkeys([*rule.fields, *read]))


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes other values for a field; `words` (and numbers) of the rule are worth trying."""

    lookup: Source
    asked: Situation
    words: list[str]

    def others_of(self, one: FieldDefinition, value: Any) -> Iterator[Any]:
        if one.type != FieldType.TABLE:
            yield from self.others(one, value)
            return
        rows = value or [_completed(one, {}, self.lookup, self.asked)]
        if not value:
            yield rows
        for column in one.columns:
            if column.asked:
                yield from self._with_other_cell(rows, column)
                yield from self._with_word_rows(rows, column)

    def _with_other_cell(self, rows: list[Values], column: ColumnDefinition) -> Iterator[list[Values]]:
        for place, row in enumerate(rows):
            rest = [each for number, each in enumerate(rows) if number != place]
            for other in (*self._missing_sums(rest, column), *self.others(column, row.get(column.key))):
                yield [*rows[:place], {**row, column.key: other}, *rows[place + 1 :]]
        for other in self.others(column, rows[0].get(column.key)):
            yield [*rows, {**rows[0], column.key: other}]

    def _missing_sums(self, rest: list[Values], column: ColumnDefinition) -> Iterator[Any]:
        """What a row lacks for the column to sum up to a number of the rule."""
        if column.type in NUMBERS - {FieldType.RATING}:
            total = sum((Decimal(row.get(column.key) or 0) for row in rest), Decimal(0))
            for wanted in self.words:
                if wanted.isdigit() and Decimal(wanted) > total:
                    yield read_value(column, Decimal(wanted) - total, AS_IS)

    def _with_word_rows(self, rows: list[Values], column: ColumnDefinition) -> Iterator[list[Values]]:
        """One row for each word: a rule may ask for all of them at once."""
        fitting = [word for word in self.words if _fits(column, word)]
        if len(fitting) > 1:
            yield [{**rows[place % len(rows)], column.key: word} for place, word in enumerate(fitting)]

    def others(self, one: ColumnDefinition, value: Any) -> Iterator[Any]:
        if is_blank(value):
            yield _invent(one, self.lookup, 0, self.asked)
        match one.type:
            case FieldType.ENUM:
                yield from (choice.value for choice in one.options if choice.value != value)
            case FieldType.MULTI:
                yield [choice.value for choice in one.options]
                yield from ([choice.value] for choice in one.options)
            case FieldType.BOOL:
                yield not value
            case FieldType.USER:
                yield from (self.lookup.some_person(place) for place in range(3))
            case FieldType.TEXT | FieldType.SLOT:
                yield from self.words
        if one.type in NUMBERS:
            yield from (read_value(one, other, AS_IS) for other in _numbers(one))
        elif one.type in _DATED:
            yield from (_dated(one, self.lookup.today(), place) for place in (0, 1, 2, 4, 8, 13))


def _fits(column: ColumnDefinition, word: str) -> bool:
    if column.type == FieldType.ENUM:
        return any(choice.value == word for choice in column.options)
    return column.type in {FieldType.TEXT, FieldType.SLOT}


def _numbers(one: ColumnDefinition) -> Iterator[int]:
    most = int(one.maximum or 5) if one.type == FieldType.RATING else None
    for other in (0, 1, 2, 3, 5, 10, 50, 60, 70, 100, 1000, 10_000, 1_000_000):
        if most is None or 1 <= other <= most:
            yield other
