"""Settings: what a pack declares, and the values a unit may give them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import Tag, ValidationInfo, field_validator, model_validator

from bihuan.kernel.errors import Invalid, text
from bihuan.kernel.label import show
from bihuan.kernel.moments import parse_span
from bihuan.kernel.money import money

from .strict import LabelText, Strict, by_shape, wrong

SettingType = Literal[
    "enum", "multi", "int", "decimal", "money", "percent", "bool", "text", "date", "time", "span"
]
TEXT_LIMIT = 1000
_CLOCK_TIME = re.compile(r"([01]?\d|2[0-3]):[0-5]\d", re.ASCII)


class Option(Strict):
    """A choice with a label of its own; the value is what is stored."""

    value: str
    label: LabelText


ChoiceEntry = Annotated[
    Annotated[str, Tag("text")] | Annotated[Option, Tag("map")], by_shape("应为文字，或含value与label的表")
]


class Declared(Strict):
    """A setting of pack.yaml: its type, bounds, default and label."""

    type: SettingType
    label: LabelText
    default: Any = None
    options: list[ChoiceEntry] = []
    min: int | float | None = None
    max: int | float | None = None
    help: LabelText | None = None
    origin: Literal["stated", "mixed", "convention"] = "convention"

    @field_validator("options")
    @classmethod
    def _each_once(cls, options: list[str | Option], info: ValidationInfo) -> list[str | Option]:
        values = [_value(option) for option in options]
        if len(set(values)) < len(values):
            raise wrong("选项重复")
        if values and info.data.get("type") not in ("enum", "multi"):
            raise wrong("只有enum和multi有options")
        return options

    @model_validator(mode="after")
    def _default_fits(self) -> Declared:
        if self.type in ("enum", "multi") and not self.options:
            raise wrong("类型{type}要写options", type=self.type)
        if self.default is not None:
            try:
                read_setting(self, self.default)
            except Invalid as error:
                raise wrong("默认值：{said}", said=error.text()) from error
        return self

    @property
    def choices(self) -> Mapping[str, Any]:
        """The values that may be chosen, each with its label."""
        return {
            _value(option): option if isinstance(option, str) else option.label for option in self.options
        }


def _value(option: str | Option) -> str:
    return option if isinstance(option, str) else option.value


def read_setting(declared: Declared, value: object) -> Any:
    """`value` (from a file, a form or the database) in its declared type; None when empty.

    Money, percent and decimal become Decimal, dates `date`, spans stay text. Raises Invalid.
    """
    if value is None or value == "":
        return None
    found = _READ[declared.type](declared, value)
    if isinstance(found, int | Decimal) and not isinstance(found, bool):
        _refuse_outside(declared, found)
    return found


def store_setting(declared: Declared, value: object) -> Any:
    """`value` checked and in the plain form that JSON keeps (decimals and dates as text)."""
    found = read_setting(declared, value)
    return str(found) if isinstance(found, Decimal | date) else found


def _refuse_outside(declared: Declared, number: int | Decimal) -> None:
    label = show(declared.label)
    if declared.min is not None and number < Decimal(str(declared.min)):
        raise Invalid(text("{label}不能小于{bound}"), label=label, bound=declared.min)
    if declared.max is not None and number > Decimal(str(declared.max)):
        raise Invalid(text("{label}不能大于{bound}"), label=label, bound=declared.max)


def _choice(declared: Declared, value: object) -> str:
    if not isinstance(value, str) or value not in declared.choices:
        raise Invalid(text("“{value}”不在选项{options}中"), value=value, options="、".join(declared.choices))
    return value


def _several(declared: Declared, value: object) -> list[str]:
    if not isinstance(value, list | tuple):
        raise Invalid(text("{label}应为列表"), label=show(declared.label))
    return [_choice(declared, item) for item in value]


def _decimal(declared: Declared, value: object) -> Decimal:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise InvalidOperation
        number = Decimal(str(value))
        if not number.is_finite() or abs(number) > Decimal(10) ** 16:
            raise InvalidOperation
    except InvalidOperation as error:
        raise Invalid(text("{label}应为数字"), label=show(declared.label)) from error
    return number


def _int(declared: Declared, value: object) -> int:
    number = _decimal(declared, value)
    if number != number.to_integral_value():
        raise Invalid(text("{label}应为整数"), label=show(declared.label))
    return int(number)


def _money(declared: Declared, value: object) -> Decimal:
    return money(_decimal(declared, value))


def _percent(declared: Declared, value: object) -> Decimal:
    number = _decimal(declared, value)
    if not 0 <= number <= 100:
        raise Invalid(text("{label}应在0与100之间"), label=show(declared.label))
    return number


def _bool(declared: Declared, value: object) -> bool:
    if not isinstance(value, bool):
        raise Invalid(text("{label}应为是或否"), label=show(declared.label))
    return value


def _text(declared: Declared, value: object) -> str:
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        raise Invalid(
            text("{label}应为文字，最多{limit}个字符"), label=show(declared.label), limit=TEXT_LIMIT
        )
    return value


def _date(declared: Declared, value: object) -> date:
    try:
        return date.fromisoformat(_text(declared, value))
    except ValueError as error:
        raise Invalid(text("{label}应写作2026-03-02"), label=show(declared.label)) from error


def _time(declared: Declared, value: object) -> str:
    found = _text(declared, value)
    if not _CLOCK_TIME.fullmatch(found):
        raise Invalid(text("{label}应写作18:00"), label=show(declared.label))
    return found.zfill(5)


def _span(declared: Declared, value: object) -> str:
    parse_span(_text(declared, value))
    return str(value)


_READ: Mapping[SettingType, Callable[[Declared, object], Any]] = {
    "enum": _choice,
    "multi": _several,
    "int": _int,
    "decimal": _decimal,
    "money": _money,
    "percent": _percent,
    "bool": _bool,
    "text": _text,
    "date": _date,
    "time": _time,
    "span": _span,
}
