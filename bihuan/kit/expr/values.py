"""What expressions do with values: look-up, arithmetic, comparison.

Values are None, bool, numbers, text, date, datetime, Period, lists and records. A record is a
mapping or any object with `__getitem__` (which may load lazily); Python attributes are never read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Any

from bihuan.kernel.clock import aware
from bihuan.kernel.errors import Invalid, text
from bihuan.kernel.period import Period
from bihuan.kit.expr.errors import ExprError

Value = Any
CONTEXT = Context(prec=34, rounding=ROUND_HALF_UP, traps=[])  # without traps: what overflows is not finite
ZERO = Decimal(0)

_PARTS: dict[type, dict[str, Callable[[Any], Value]]] = {
    date: {"year": lambda d: d.year, "month": lambda d: d.month, "day": lambda d: d.day},
    Period: {
        "start": lambda p: p.start,
        "end": lambda p: p.end,
        "code": lambda p: p.code,
        "kind": lambda p: p.kind.value,
        "year": lambda p: p.year,
        "number": lambda p: p.number,
    },
}


def member(value: Value, key: str) -> Value:
    """`value.key`; of an empty value it is empty too. Raises ExprError where there is no such thing."""
    if value is None:
        return None
    for kind, parts in _PARTS.items():
        if isinstance(value, kind):
            if key in parts:
                return parts[key](value)
            raise ExprError(text("没有名称{name}"), name=key)
    if not is_record(value):
        raise ExprError(text("{value}没有下级{name}"), value=value, name=key)
    try:
        return value[key]
    except LookupError:
        raise ExprError(text("没有名称{name}"), name=key) from None


def element(value: Value, index: Value) -> Value:
    """`value[index]`: a key of a record, or an element of a list (empty where the list is shorter)."""
    if value is None:
        return None
    if isinstance(index, str):
        return member(value, index)
    place = number(index)
    if not is_list(value) or place != place.to_integral_value():
        raise ExprError(text("不能按序号取值：{value}"), value=value)
    items = elements(value)
    return items[int(place)] if -len(items) <= place < len(items) else None


def is_list(value: Value) -> bool:
    """Whether `value` is a list for the language."""
    return isinstance(value, Sequence | Set) and not isinstance(value, str | bytes)


def is_record(value: Value) -> bool:
    """Whether `value` has named parts to look up."""
    if isinstance(value, str | bytes) or is_list(value):
        return False
    return isinstance(value, Mapping) or hasattr(type(value), "__getitem__")


def elements(value: Value) -> list[Value]:
    """The elements of a list; none of an empty value, a single record counts as a list of one."""
    if value is None:
        return []
    if is_list(value):
        return list(value)
    if is_record(value):
        return [value]
    raise ExprError(text("{value}不是列表"), value=value)


def number(value: Value) -> Decimal:
    """A number as a Decimal, exact for what people typed; raises ExprError for anything else."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    raise ExprError(text("{value}不是数字"), value=value)


def finite(value: Decimal) -> Decimal | None:
    """A result, or empty where it has none (too large, not defined)."""
    return value if value.is_finite() else None


def add(left: Value, right: Value) -> Value:
    """Numbers, texts or lists put together; an empty side counts 0 (or nothing)."""
    for one, other in ((left, right), (right, left)):
        if one is None and (isinstance(other, str) or is_list(other)):
            return other
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if is_list(left) and is_list(right):
        return [*left, *right]
    return finite(CONTEXT.add(_or_zero(left), _or_zero(right)))


def subtract(left: Value, right: Value) -> Value:
    """Difference of numbers; an empty side counts 0."""
    return finite(CONTEXT.subtract(_or_zero(left), _or_zero(right)))


def negative(value: Value) -> Value:
    """The number with the other sign; empty counts 0."""
    return subtract(None, value)


def positive(value: Value) -> Value:
    """The number itself; empty counts 0."""
    return add(None, _or_zero(value))


def multiply(left: Value, right: Value) -> Value:
    """Product of numbers; empty if a side is."""
    return None if left is None or right is None else finite(CONTEXT.multiply(number(left), number(right)))


def divide(left: Value, right: Value) -> Value:
    """Quotient of numbers; empty if a side is, or on division by zero."""
    return None if left is None or right is None else finite(CONTEXT.divide(number(left), number(right)))


def floor_divide(left: Value, right: Value) -> Value:
    """Quotient rounded down."""
    quotient = divide(left, right)
    return None if quotient is None else quotient.to_integral_value(rounding=ROUND_FLOOR)


def modulo(left: Value, right: Value) -> Value:
    """What is left over by `floor_divide`; has the sign of `right`."""
    times = floor_divide(left, right)
    return None if times is None else subtract(left, multiply(right, times))


def _or_zero(value: Value) -> Decimal:
    if isinstance(value, date):
        raise ExprError(text("日期不能直接加减，请用days(a, b)"))
    return ZERO if value is None else number(value)


def same(left: Value, right: Value) -> bool:
    """Whether two values are equal; values of different kinds are not."""
    left, right = _comparable(left, right)
    return bool(left == right)


def less(left: Value, right: Value) -> bool:
    """Whether `left` comes before `right`; raises ExprError if they have no order."""
    left, right = _comparable(left, right)
    try:
        return bool(left < right)
    except TypeError:
        raise ExprError(text("{left}与{right}不能比较大小"), left=left, right=right) from None


def within(item: Value, container: Value) -> bool:
    """Whether `item` is in a list, or a part of a text."""
    if isinstance(container, str):
        if not isinstance(item, str):
            raise ExprError(text("{value}不是文本"), value=item)
        return item in container
    return any(same(item, other) for other in elements(container))


def _comparable(left: Value, right: Value) -> tuple[Value, Value]:
    """The two values as one kind: a date and a moment compare by day, text with them as a date."""
    if isinstance(left, float | Decimal) or isinstance(right, float | Decimal):
        return _exact(left), _exact(right)
    if isinstance(left, date | Period) or isinstance(right, date | Period):
        left, right = _from_text(left, right), _from_text(right, left)
        if isinstance(left, datetime) and isinstance(right, datetime):
            return aware(left), aware(right)
        return day_of(left), day_of(right)
    return left, right


def _exact(value: Value) -> Value:
    return number(value) if isinstance(value, int | float | Decimal) else value


def _from_text(value: Value, other: Value) -> Value:
    """A text beside a date or a period read as one, where it can be."""
    if not isinstance(value, str):
        return value
    if isinstance(other, Period):
        try:
            return Period.parse(value)
        except Invalid:
            return value
    return read_date(value)


def read_date(value: str) -> date | str:
    """An ISO date or date and time written as text; any other text as it is."""
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(value)
        except ValueError:
            continue
    return value


def day_of(value: Value) -> Value:
    """The day of a moment, in Asia/Shanghai; other values as they are."""
    return aware(value).date() if isinstance(value, datetime) else value
