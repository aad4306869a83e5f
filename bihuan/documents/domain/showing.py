"""Values as people read them (rules.md §29)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from bihuan.kernel import money
from bihuan.kernel.period import Period, PeriodKind

from .definition import FILES, RANGES, ColumnDefinition, FieldType
from .reading import is_blank
from .values import decimal_text


class Names(Protocol):
    """The names behind ids."""

    def person(self, id: int) -> str:
        """A person's name."""

    def unit(self, id: int) -> str:
        """A unit's name."""

    def slot(self, code: str) -> str:
        """A slot's name."""


def show_value(one: ColumnDefinition, value: Any, names: Names, language: str = "zh-hans") -> str:
    """A typed value as text; empty for an empty one. A table is its number of rows."""
    if is_blank(value):
        return ""
    if one.type == FieldType.TABLE:
        return f"{len(value)}行"
    if one.is_list:
        return "、".join(_one(one, part, names, language) for part in value)
    return _one(one, value, names, language)


def _one(one: ColumnDefinition, value: Any, names: Names, language: str) -> str:
    if one.type in {FieldType.USER, FieldType.UNIT, FieldType.SLOT}:
        return _name(one.type, value, names)
    if one.type in {FieldType.ENUM, FieldType.MULTI}:
        return one.option_label(value, language)
    if one.type == FieldType.MONEY:
        return money.show(value)
    if one.type == FieldType.PERCENT:
        return f"{value:.1f}%"
    if one.type in FILES:
        return str(value.get("name", ""))
    if one.type in RANGES:
        return f"{show_date(value['start'])}至{show_date(value['end'])}"
    return _plain(value)


def _name(kind: FieldType, value: Any, names: Names) -> str:
    if kind == FieldType.USER:
        return names.person(value)
    return names.unit(value) if kind == FieldType.UNIT else names.slot(value)


def _plain(value: Any) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case int():
            return f"{value:,}"
        case Decimal():
            return f"{Decimal(decimal_text(value, 4, fixed=False)):,f}"
        case date():
            return show_date(value)
        case Period():
            return show_period(value)
        case Mapping():
            return _record(value)
        case list():
            return "；".join(_plain(part) for part in value)
    return str(value)


def _record(value: Mapping[str, Any]) -> str:
    """A reference or an opinion on one line."""
    parts = [value.get(key) for key in ("number", "title", "result", "opinion")]
    return " ".join(str(part) for part in parts if part) or str(value.get("name", ""))


def show_date(value: date) -> str:
    """2026年3月5日, with 09:30 for a moment."""
    text = f"{value.year}年{value.month}月{value.day}日"
    return f"{text} {value:%H:%M}" if isinstance(value, datetime) else text


def show_period(value: Period) -> str:
    """2026年第4季度, 2026年11月 …"""
    match value.kind:
        case PeriodKind.YEAR:
            return f"{value.year}年"
        case PeriodKind.HALF_YEAR:
            return f"{value.year}年{'上' if value.number == 1 else '下'}半年"
        case PeriodKind.QUARTER:
            return f"{value.year}年第{value.number}季度"
        case PeriodKind.MONTH:
            return f"{value.year}年{value.number}月"
        case PeriodKind.WEEK:
            return f"{value.year}年第{value.number}周"
