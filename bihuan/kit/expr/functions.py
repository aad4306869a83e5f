"""The functions of the language (formats.md, "Expressions")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce
from types import MappingProxyType

from bihuan.kernel.clock import aware
from bihuan.kernel.errors import text
from bihuan.kernel.period import Period
from bihuan.kit.expr.errors import ExprError
from bihuan.kit.expr.values import (
    CONTEXT,
    ZERO,
    Value,
    add,
    day_of,
    elements,
    finite,
    is_list,
    less,
    number,
    read_date,
    within,
)

MAX_PLACES = 12


def _len(value: Value) -> int:
    return len(value) if isinstance(value, str) else len(elements(value))


def _sum(values: Value) -> Value:
    return reduce(add, (number(value) for value in elements(values) if value is not None), ZERO)


def _least(*values: Value) -> Value:
    return _extreme(values, less)


def _greatest(*values: Value) -> Value:
    return _extreme(values, lambda a, b: less(b, a))


def _extreme(values: tuple[Value, ...], better: Callable[[Value, Value], bool]) -> Value:
    """The best of the arguments, or of the elements of a single list; empty ones do not count."""
    found = None
    for value in elements(values[0]) if len(values) == 1 and is_list(values[0]) else values:
        if value is not None and (found is None or better(value, found)):
            found = value
    return found


def _abs(value: Value) -> Value:
    return None if value is None else abs(number(value))


def _round(value: Value, places: Value = ZERO) -> Value:
    """Half up, as forms do with money; not to the even digit as Python does."""
    if value is None or places is None:
        return None
    digits = number(places)
    if abs(digits) > MAX_PLACES or digits != digits.to_integral_value():
        raise ExprError(text("小数位数不对：{places}"), places=places)
    return finite(number(value).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP, CONTEXT))


def _any(values: Value) -> bool:
    return any(elements(values))


def _all(values: Value) -> bool:
    return all(elements(values))


def _first(*values: Value) -> Value:
    """The first argument that is not empty; 0 and False are values."""
    return next((value for value in values if value is not None and value != "" and value != []), None)


def _text(value: Value) -> str:
    """A value as people read it; records have no text of their own."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case str():
            return value
        case int() | float() | Decimal():
            return f"{number(value):f}"
        case datetime():
            return f"{aware(value):%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case Period():
            return value.code
        case _ if is_list(value):
            return "、".join(_text(item) for item in elements(value))
    raise ExprError(text("{value}不能转为文本"), value=value)


def _days(start: Value, end: Value) -> Value:
    """Whole days from one date to another, negative if the second lies before."""
    if start is None or end is None:
        return None
    days = [day_of(read_date(value) if isinstance(value, str) else value) for value in (start, end)]
    for day in days:
        if not isinstance(day, date):
            raise ExprError(text("{value}不是日期"), value=day)
    return (days[1] - days[0]).days


def _contains(container: Value, item: Value) -> bool:
    """Whether a list has the element, or a text the part; an empty value is in nothing."""
    return container is not None and item is not None and within(item, container)


MANY = 100


@dataclass(frozen=True, slots=True)
class Function:
    """A function and how many arguments it takes, at least and at most."""

    call: Callable[..., Value]
    arguments: tuple[int, int] = (1, 1)


FUNCTIONS = MappingProxyType(
    {
        "len": Function(_len),
        "sum": Function(_sum),
        "min": Function(_least, (1, MANY)),
        "max": Function(_greatest, (1, MANY)),
        "abs": Function(_abs),
        "round": Function(_round, (1, 2)),
        "any": Function(_any),
        "all": Function(_all),
        "first": Function(_first, (1, MANY)),
        "text": Function(_text),
        "days": Function(_days, (2, 2)),
        "contains": Function(_contains, (2, 2)),
    }
)
