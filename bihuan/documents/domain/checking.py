"""The full check of a form when it is handed in; every message names field and row (zh-Hans)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bihuan.kernel.label import show
from bihuan.kernel.period import Period
from bihuan.kit.expr import ExprError, compile

from .definition import (
    NUMBERS,
    RANGES,
    TEXTS,
    ColumnDefinition,
    FieldDefinition,
    FieldType,
    FormDefinition,
    RuleDefinition,
)
from .reading import day, is_blank
from .rights import FILL, Rights
from .values import Values, decimal_text, path_of, place_of

FORM = ""
"""The path of what concerns the form as a whole."""

LENGTHS = {FieldType.TEXT: 200, FieldType.REGION: 200, FieldType.LONGTEXT: 20_000}
"""The most characters a text may have where the form does not say (forms.md §0)."""

ORDERED = (("start", "end"), ("from", "to"))
"""Pairs of columns that must not be backwards, although forms do not say so (forms.md §0)."""

OPEN_ROOTS: Mapping[str, Any] = dict.fromkeys(
    ("docs", "case", "setting", "slot", "starter", "now", "today", "row")
)
"""Roots that are empty where a form is filled outside a process."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong, by path (`schedule[2].end`); warnings do not refuse."""

    errors: dict[str, list[str]] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)

    def add(self, path: str, message: str) -> None:
        """Note an error once."""
        found = self.errors.setdefault(path, [])
        if message not in found:
            found.append(message)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a check looks at: the form, its values, the process and rights it is filled under."""

    definition: FormDefinition
    values: Values
    process_code: str
    rights: Rights
    roots: Mapping[str, Any]
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Where rows of a table stood on the page before blank ones were dropped."""

    def row_on_page(self, key: str, number: int) -> int:
        """The place of a row as its writer sees it."""
        return self.places[key][number] if key in self.places else number

    def demands(self, one: FieldDefinition) -> bool:
        """Whether the field must be filled now (formats.md, "Documents")."""
        if one.key in self.rights.require:
            return True
        if one.key in self.rights.leave or not (one.asked and self.rights.may_write(one.key)):
            return False
        return self.is_required(one, self.roots)

    def is_required(self, one: ColumnDefinition, roots: Mapping[str, Any]) -> bool:
        """Whether the form asks for it: `required_if` and `required_in` must both hold."""
        if not (one.required_if or one.required_in):
            return one.required
        if one.required_in and self.process_code not in one.required_in:
            return False
        return not one.required_if or _holds(one.required_if, roots)


def situation(
    definition: FormDefinition,
    values: Values,
    *,
    process_code: str = "",
    rights: Rights = FILL,
    roots: Mapping[str, Any] | None = None,
    places: Mapping[str, Sequence[int]] | None = None,
) -> Situation:
    """Gather what a check needs; `roots` adds names beside `doc` (`setting`, `case` …)."""
    doc = {"meta": None, **definition.empty(), **values}
    names = {**OPEN_ROOTS, **(roots or {}), "doc": doc}
    return Situation(definition, values, process_code, rights, names, places or {})


def check(asked: Situation) -> Findings:
    """Everything that stands in the way of handing the form in, and the warnings."""
    findings = Findings()
    for one in asked.definition.fields:
        if not (asked.rights.may_write(one.key) or one.key in asked.rights.require):
            continue
        value: Any = asked.values.get(one.key)
        if is_blank(value):
            if asked.demands(one):
                findings.add(one.key, f"{place_of(one)}必须填写")
            continue
        for message in _bounds(one, value):
            findings.add(one.key, f"{place_of(one)}{message}")
        if one.type == FieldType.TABLE:
            _check_rows(asked, one, value, findings)
    for rule in asked.definition.rules:
        _check_rule(asked, rule, findings)
    return findings


def _holds(source: str, roots: Mapping[str, Any]) -> bool:
    try:
        return compile(source).holds(roots)
    except ExprError:
        return False  # what cannot be computed over these values asks for nothing


def _check_rows(asked: Situation, one: FieldDefinition, rows: list[Values], findings: Findings) -> None:
    for place, row in enumerate(rows):
        number = asked.row_on_page(one.key, place)
        roots = {**asked.roots, "row": row}
        for column in one.columns:
            path = path_of(one.key, number, column.key)
            value = row.get(column.key)
            if not is_blank(value):
                for message in _bounds(column, value):
                    findings.add(path, f"{place_of(one, number, column)}{message}")
            elif column.asked and asked.is_required(column, roots):
                findings.add(path, f"{place_of(one, number, column)}必须填写")
        for start, end in _backwards(one, row):
            path = path_of(one.key, number, end.key)
            findings.add(path, f"{place_of(one, number, end)}不能早于「{start.name()}」")


def _backwards(one: FieldDefinition, row: Values) -> Iterator[tuple[ColumnDefinition, ColumnDefinition]]:
    for first, last in ORDERED:
        start, end = one.column_by_key.get(first), one.column_by_key.get(last)
        if start and end and start.type == end.type and _is_later(row.get(first), row.get(last)):
            yield start, end


def _is_later(left: Any, right: Any) -> bool:
    comparable = type(left) is type(right) and isinstance(left, date | Period)
    return comparable and bool(left > right)


def _check_rule(asked: Situation, rule: RuleDefinition, findings: Findings) -> None:
    if rule.fields and all(is_blank(asked.values.get(key)) for key in rule.fields):
        return
    if rule.fields and not any(asked.rights.may_write(key) for key in rule.fields):
        return
    try:
        right = compile(rule.check).check(asked.roots)
    except ExprError:
        right = False
    if right:
        return
    path = next((key for key in rule.fields if asked.rights.may_see(key)), FORM)
    target = findings.warnings if rule.warn else findings.errors
    target.setdefault(path, []).append(show(rule.message))


def _bounds(one: ColumnDefinition, value: Any) -> Iterator[str]:
    if isinstance(one, FieldDefinition) and one.type == FieldType.TABLE:
        yield from _number_of_rows(one, len(value))
    elif one.is_list:
        yield from _between(one, len(value), "至少选{0}项", "最多选{0}项")
    elif one.type in TEXTS:
        yield from _text_bounds(one, value)
    elif one.type in NUMBERS:
        yield from _between(one, Decimal(value), "不能小于{0}", "不能大于{0}")
    elif one.type in RANGES and value["end"] < value["start"]:
        yield "的结束不能早于开始"
    else:
        yield from _date_bounds(one, value)


def _number_of_rows(one: FieldDefinition, rows: int) -> Iterator[str]:
    if rows < one.min_rows:
        yield f"至少要有{one.min_rows}行，现在{rows}行"
    if one.max_rows is not None and rows > one.max_rows:
        yield f"最多{one.max_rows}行，现在{rows}行"


def _between(one: ColumnDefinition, size: Decimal | int, below: str, above: str) -> Iterator[str]:
    if one.minimum and size < Decimal(one.minimum):
        yield below.format(decimal_text(Decimal(one.minimum), 4, fixed=False))
    if one.maximum and size > Decimal(one.maximum):
        yield above.format(decimal_text(Decimal(one.maximum), 4, fixed=False))


def _text_bounds(one: ColumnDefinition, value: str) -> Iterator[str]:
    yield from _between(one, len(value), "至少{0}个字", "最多{0}个字")
    most = LENGTHS.get(one.type)
    if not one.maximum and most is not None and len(value) > most:
        yield f"最多{most}个字"
    if one.pattern and len(value) <= 1000 and not re.fullmatch(one.pattern, value):
        yield "格式不对"


def _date_bounds(one: ColumnDefinition, value: Any) -> Iterator[str]:
    if not isinstance(value, dict) and not isinstance(value, date):
        return
    ends = value if isinstance(value, dict) else {"start": value, "end": value}
    if one.minimum and _day(ends["start"]) < day(one.minimum):
        yield f"不能早于{one.minimum}"
    if one.maximum and _day(ends["end"]) > day(one.maximum):
        yield f"不能晚于{one.maximum}"


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value
