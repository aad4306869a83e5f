"""One typed value from what a person typed, a file held or a program sent (forms.md §0, "Types").

Full-width digits, thousands separators and 万元 are understood; every reader raises `ReadError` with a
short zh-Hans reason and never guesses.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Protocol, TypeVar

from bihuan.kernel.clock import aware
from bihuan.kernel.errors import DomainError
from bihuan.kernel.period import Period, PeriodKind

from .definition import ColumnDefinition, FieldType

Found = TypeVar("Found")


class ReadError(ValueError):
    """What was given is no value of this type; the text says why (zh-Hans)."""


class Lookup(Protocol):
    """Finds what a value points to; None where it is not there or not visible to the one who writes."""

    def person(self, raw: object) -> int | None:
        """The id of a person given by id or sign-in name."""

    def unit(self, raw: object) -> int | None:
        """The id of a unit given by id or code."""

    def slot(self, raw: object) -> str | None:
        """The code of a slot."""

    def reference(self, to: tuple[str, ...], raw: object) -> dict[str, Any] | None:
        """The record as {of, id, number, title, version}; `to` are the forms and registers allowed."""

    def file(self, raw: object, *, image: bool) -> dict[str, Any] | None:
        """A kept file as {id, name, sha256, size}."""


PLACES = {FieldType.MONEY: 2, FieldType.PERCENT: 2, FieldType.DECIMAL: 4}
"""Digits kept after the point."""
LARGEST = Decimal(10) ** 15

_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+|)(\.\d+)?(亿|万|)", re.ASCII)
_SCALES = {"": Decimal(1), "万": Decimal(10_000), "亿": Decimal(100_000_000)}
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})[:时点](\d{1,2})?分?(?::\d{2}(?:\.\d+)?)?", re.ASCII)
_PERIOD_WORDS = (
    (re.compile(r"^(\d{4})年$"), r"\1"),
    (re.compile(r"^(\d{4})年上半年$"), r"\1-H1"),
    (re.compile(r"^(\d{4})年下半年$"), r"\1-H2"),
    (re.compile(r"^(\d{4})年第?([1-4])季度?$"), r"\1-Q\2"),
    (re.compile(r"^(\d{4})年第?(\d{2})周$"), r"\1-W\2"),
    (re.compile(r"^(\d{4})年第?(\d)周$"), r"\1-W0\2"),
)
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}", re.ASCII)
_SEPARATORS = re.compile(r"[、，,；;|\n]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def plain_text(raw: object) -> str:
    """`raw` as text without blanks around it, control characters and Windows line ends."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal | float | date):
        raise ReadError("应为文字")
    return _CONTROL.sub("", str(raw).replace("\r\n", "\n")).strip()


def narrow(raw: object) -> str:
    """`raw` as text with full-width letters and digits made narrow; for everything but prose."""
    return unicodedata.normalize("NFKC", plain_text(raw)).replace("−", "-").strip()


def number(raw: object) -> Decimal:
    """A number: 1,234.5, １２３４.5, 3.2万元, ¥80, 12%."""
    exact = isinstance(raw, Decimal | int) and not isinstance(raw, bool)
    value = Decimal(raw) if exact else _number_from(narrow(raw))  # type: ignore[arg-type] # exact says so
    if not value.is_finite() or value.copy_abs() >= LARGEST:  # abs() fails where exponents are absurd
        raise ReadError("数字超出范围")
    return value


def _number_from(source: str) -> Decimal:
    bare = source.replace(" ", "").removeprefix("¥").removesuffix("%").removesuffix("元")
    if "e" in bare.lower():
        try:
            return Decimal(bare)
        except InvalidOperation:
            raise ReadError(f"“{source}”不是数字") from None
    found = _NUMBER.fullmatch(bare)
    if found is None or not (found[2] or found[3]):
        raise ReadError(f"“{source}”不是数字")
    return Decimal(f"{found[1]}{found[2].replace(',', '') or '0'}{found[3] or ''}") * _SCALES[found[4]]


def day(raw: object) -> date:
    """A day: 2026-03-05, 2026/3/5, 2026年3月5日, 20260305."""
    if isinstance(raw, datetime):
        return aware(raw).date()
    if isinstance(raw, date):
        return raw
    source = narrow(raw).replace(" ", "")
    found = _DATE.fullmatch(source)
    try:
        if found:
            year, month, number_ = (int(part) for part in found.groups() if part is not None)
            return date(year, month, number_)
    except ValueError:
        pass
    raise ReadError(f"“{source}”不是日期，请写成2026-03-05")


def moment(raw: object) -> datetime:
    """A moment to the minute, Asia/Shanghai unless a zone is given: 2026-03-05 09:30."""
    if isinstance(raw, datetime):
        return aware(raw).replace(second=0, microsecond=0)
    source = narrow(raw)
    try:
        return aware(datetime.fromisoformat(source)).replace(second=0, microsecond=0)
    except (ValueError, OverflowError):
        pass
    parts = re.split(r"[T ]+|(?<=日)", source, maxsplit=1)
    clock = _CLOCK.fullmatch(parts[1].strip()) if len(parts) == 2 else None
    if clock is None:
        raise ReadError(f"“{source}”不是日期时间，请写成2026-03-05 09:30")
    the_day = day(parts[0])
    try:
        return aware(datetime(the_day.year, the_day.month, the_day.day, int(clock[1]), int(clock[2] or 0)))  # noqa: DTZ001 - aware() places it
    except ValueError:
        raise ReadError(f"“{source}”不是日期时间，请写成2026-03-05 09:30") from None


def month(raw: object) -> Period:
    """A month: 2026-03, 2026年3月."""
    if isinstance(raw, Period):
        return raw if raw.kind is PeriodKind.MONTH else _no_month(raw.code)
    if isinstance(raw, date):
        return Period.of(raw, PeriodKind.MONTH)
    source = narrow(raw).replace(" ", "")
    found = _MONTH.fullmatch(source)
    if found is None or not (1 <= int(found[2]) <= 12 and int(found[1]) >= 1000):
        return _no_month(source)
    return Period.parse(f"{found[1]}-{int(found[2]):02}")


def _no_month(source: str) -> Period:
    raise ReadError(f"“{source}”不是月份，请写成2026-03")


def period(raw: object) -> Period:
    """A period by its code (2026, 2026-H1, 2026-Q4, 2026-11, 2026-W47) or the same in Chinese words."""
    if isinstance(raw, Period):
        return raw
    source = narrow(raw).replace(" ", "").upper()
    code = source
    for pattern, replacement in _PERIOD_WORDS:
        code = pattern.sub(replacement, code)
    for read in (Period.parse, month):
        try:
            return read(code)
        except (ReadError, DomainError):
            continue
    raise ReadError(f"“{source}”不是期间，请写成2026、2026-Q4、2026-11或2026-W47")


def phone(raw: object) -> str:
    """A mainland mobile or land line number, without blanks and country code (forms.md §0)."""
    source = re.sub(r"[\s()]", "", narrow(raw)).removeprefix("+86").removeprefix("0086")
    compact = source.replace("-", "") if source.startswith("1") else source
    if not _PHONE.fullmatch(compact):
        raise ReadError(f"“{source}”不是手机号或座机号")
    return compact


_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(raw: object) -> str:
    """A unified social credit code with its check digit right (GB 32100-2015)."""
    source = narrow(raw).upper()
    if len(source) != 18 or any(sign not in _CREDIT_SIGNS for sign in source):
        raise ReadError(f"“{source}”不是18位统一社会信用代码")
    total = sum(_CREDIT_SIGNS.index(sign) * 3**place % 31 for place, sign in enumerate(source[:17]))
    if _CREDIT_SIGNS[-total % 31] != source[17]:
        raise ReadError(f"统一社会信用代码“{source}”的校验位不对")
    return source


def _whole(definition: ColumnDefinition, raw: object, lookup: Lookup) -> int:
    value = number(raw)
    if value != value.to_integral_value():
        raise ReadError("应为整数")
    return int(value)


def _fraction(definition: ColumnDefinition, raw: object, lookup: Lookup) -> Decimal:
    step = Decimal(1).scaleb(-PLACES[definition.type])
    return number(raw).quantize(step, rounding=ROUND_HALF_UP) + 0


def _rating(definition: ColumnDefinition, raw: object, lookup: Lookup) -> int:
    value = _whole(definition, raw, lookup)
    most = int(definition.maximum or 5)
    if not 1 <= value <= most:
        raise ReadError(f"评分应在1到{most}之间")
    return value


_YES = {"true", "是", "有", "1", "y", "yes", "√", "on"}
_NO = {"false", "否", "无", "0", "n", "no", "×", "off"}


def _truth(definition: ColumnDefinition, raw: object, lookup: Lookup) -> bool:
    if isinstance(raw, bool):
        return raw
    word = narrow(raw).lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise ReadError(f"“{word}”不是“是”或“否”")


def _option(definition: ColumnDefinition, raw: object, lookup: Lookup) -> str:
    given = plain_text(raw)
    for one in definition.options:
        if given == one.value or given == one.label:
            return one.value
    for one in definition.options:
        if not isinstance(one.label, str) and given in one.label.values():
            return one.value
    if not definition.options:
        return given
    raise ReadError(f"没有“{given}”这个选项，可选：{'、'.join(one.value for one in definition.options)}")


def _range(definition: ColumnDefinition, raw: object, lookup: Lookup) -> dict[str, Any]:
    read: Callable[[object], Any] = day if definition.type == FieldType.DATERANGE else moment
    if isinstance(raw, str):
        parts = re.split(r"\s*(?:至|~|～|\s-\s|/)\s*", raw.strip(), maxsplit=1)
        raw = {"start": parts[0], "end": parts[-1]}
    if not isinstance(raw, Mapping) or set(raw) - {"start", "end"}:
        raise ReadError("应有开始和结束")
    if is_blank(raw.get("start")) or is_blank(raw.get("end")):
        raise ReadError("开始和结束都要填")
    return {"start": read(raw["start"]), "end": read(raw["end"])}


def _person(definition: ColumnDefinition, raw: object, lookup: Lookup) -> int:
    return _found(lookup.person(raw), f"没有“{raw}”这个人")


def _unit(definition: ColumnDefinition, raw: object, lookup: Lookup) -> int:
    return _found(lookup.unit(raw), f"没有“{raw}”这个部门")


def _slot(definition: ColumnDefinition, raw: object, lookup: Lookup) -> str:
    return _found(lookup.slot(raw), f"没有“{raw}”这个岗位槽")


def _reference(definition: ColumnDefinition, raw: object, lookup: Lookup) -> dict[str, Any]:
    shown = raw.get("number") if isinstance(raw, Mapping) else raw
    return _found(lookup.reference(definition.to, raw), f"找不到“{shown}”，或它不能在这里引用")


def _file(definition: ColumnDefinition, raw: object, lookup: Lookup) -> dict[str, Any]:
    image = definition.type == FieldType.IMAGE
    return _found(lookup.file(raw, image=image), "文件不存在，或不是允许的类型")


def _found(value: Found | None, reason: str) -> Found:
    if value is None:
        raise ReadError(reason)
    return value


def _json(definition: ColumnDefinition, raw: object, lookup: Lookup) -> Any:
    try:
        value = json.loads(raw) if isinstance(raw, str) else raw
        source = json.dumps(value, allow_nan=False, ensure_ascii=False)
        source.encode()
    except (ValueError, TypeError, RecursionError):
        raise ReadError("不是JSON") from None
    if "\\u0000" in source:
        raise ReadError("含有不能保存的字符")
    return value


def _opinion(definition: ColumnDefinition, raw: object, lookup: Lookup) -> Any:
    """Opinions come from the process as they are; people never type them."""
    if isinstance(raw, Mapping) or (isinstance(raw, list) and all(isinstance(one, Mapping) for one in raw)):
        return _json(definition, raw, lookup)
    raise ReadError("意见由流程写入")


def _shown(definition: ColumnDefinition, raw: object, lookup: Lookup) -> Any:
    """What a process gives a view to show: a record or several; people never type it."""
    if isinstance(raw, list | tuple):
        return [_reference(definition, one, lookup) for one in raw]
    return _reference(definition, raw, lookup)


Reader = Callable[[ColumnDefinition, object, Lookup], Any]


def _simple(read: Callable[[object], Any]) -> Reader:
    return lambda definition, raw, lookup: read(raw)


READERS: Mapping[FieldType, Reader] = {
    FieldType.TEXT: _simple(plain_text),
    FieldType.LONGTEXT: _simple(plain_text),
    FieldType.REGION: _simple(plain_text),
    FieldType.SIGNATURE: _simple(plain_text),
    FieldType.INT: _whole,
    FieldType.DECIMAL: _fraction,
    FieldType.MONEY: _fraction,
    FieldType.PERCENT: _fraction,
    FieldType.BOOL: _truth,
    FieldType.DATE: _simple(day),
    FieldType.DATETIME: _simple(moment),
    FieldType.MONTH: _simple(month),
    FieldType.PERIOD: _simple(period),
    FieldType.DATERANGE: _range,
    FieldType.DATETIMERANGE: _range,
    FieldType.ENUM: _option,
    FieldType.MULTI: _option,
    FieldType.USER: _person,
    FieldType.UNIT: _unit,
    FieldType.SLOT: _slot,
    FieldType.REF: _reference,
    FieldType.FILE: _file,
    FieldType.IMAGE: _file,
    FieldType.RATING: _rating,
    FieldType.PHONE: _simple(phone),
    FieldType.APPROVAL: _opinion,
    FieldType.JSON: _json,
    FieldType.VIEW: _shown,
}


def is_blank(raw: object) -> bool:
    """Whether nothing was given: no text, an empty list, a range without ends."""
    if raw is None or raw == "" or raw == [] or raw == {}:
        return True
    if isinstance(raw, str):
        return not raw.strip()
    return isinstance(raw, Mapping) and set(raw) <= {"start", "end"} and all(map(is_blank, raw.values()))


def read_value(definition: ColumnDefinition, raw: object, lookup: Lookup) -> Any:
    """The typed value of a field that is no table; None (or []) where nothing was given; raises ReadError."""
    reader = READERS.get(definition.type)
    if reader is None:
        raise ReadError("这一项不能填写")
    if not definition.is_list:
        return None if is_blank(raw) else reader(definition, raw, lookup)
    if is_blank(raw):
        return []
    found = [reader(definition, one, lookup) for one in _parts(raw) if not is_blank(one)]
    return [one for place, one in enumerate(found) if one not in found[:place]]


def _parts(raw: object) -> list[Any]:
    if isinstance(raw, str):
        return _SEPARATORS.split(raw)
    return list(raw) if isinstance(raw, list | tuple) else [raw]
