"""The values that keys of an outline may hold: choices, people, times, documents, targets.

Every `check_…` returns its argument unchanged or raises ShapeError; every `read_…` gives the one
plain form that the compiler works with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from bihuan.process.outline.problems import Path, ShapeError
from bihuan.process.outline.times import check_schedule

PROCESS_CODE = re.compile(r"[0-9A-Z]{1,4}-[A-Z]?\d{2,4}")
FORM_CODE = re.compile(r"[A-Z]{1,4}-[A-Z]?\d{2,4}\Z")
_SHEET = re.compile(r"(?P<form>[A-Z]{1,4}-[A-Z]?\d{2,4})(?:\s+(?P<min>[01])\.\.(?P<max>1|n))?\Z")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
PATH = re.compile(r"[a-z_]\w*(?:\.\w+|\[-?\d+\])*\Z")
_FIELD = re.compile(r"\w+(?:\.\w+)*\Z")
_DAYS = ("normal", "urgent", "critical")
# one key each says whom a map of people means; the rest are its options
_PEOPLE: dict[str, frozenset[str]] = {
    "person": frozenset(),
    "position": frozenset(),
    "head_of": frozenset(),
    "superior": frozenset({"of"}),
    "chain": frozenset(),
    "field": frozenset(),
    "starter": frozenset(),
    "starter_picks": frozenset(),
    "previous_picks": frozenset(),
    "did": frozenset(),
    "table": frozenset({"with"}),
    "expr": frozenset(),
    "slot": frozenset({"due", "via"}),
}


def is_choice(value: Any) -> bool:
    """Whether a value is a choice: a list of `{if: …}` that may end in `{else: …}`."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(i, dict) and ("if" in i or "else" in i) for i in value)
    )


def branches(value: Any, key: str) -> Iterator[tuple[Path, str, Any]]:
    """The rows of a choice as (path, condition, value); the last, `else`, has condition "".

    A plain value is one row without condition. Raises ShapeError for a row of the wrong shape.
    """
    if not is_choice(value):
        yield (), "", value
        return
    for at, row in enumerate(value):
        last = at == len(value) - 1
        if "else" in row:
            if set(row) != {"else"} or not last:
                raise ShapeError("else 只能单独放在最后", at=(at,))
            yield (at, "else"), "", row["else"]
        elif set(row) != {"if", key}:
            raise ShapeError("选择的每一项须是 if 与 {key}", key=key, at=(at,))
        else:
            yield (at, key), check_expression(row["if"]), row[key]
    if "else" not in value[-1]:
        raise ShapeError("选择须以 else 结尾")


def chosen(check: Callable[[Any], Any], key: str) -> Callable[[Any], Any]:
    """A check that also takes a choice of what `check` takes."""

    def both(value: Any) -> Any:
        for at, _, item in branches(value, key):
            _below(at, check, item)
        return value

    return both


def _below(at: Path, check: Callable[[Any], Any], value: Any) -> Any:
    """Run a check and put `at` before the path of what it finds."""
    try:
        return check(value)
    except ShapeError as wrong:
        raise ShapeError(wrong.message, at=(*at, *wrong.at), **wrong.params) from None


def each(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A check over one value or a list of values."""

    def all_of(value: Any) -> Any:
        for at, item in enumerate(value) if isinstance(value, list) else [(-1, value)]:
            _below((at,) if at >= 0 else (), check, item)
        return value

    return all_of


def plain(value: Any) -> Any:
    """A value as JSON data (dates as ISO text, keys as text)."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, bool | int | float | type(None)) else str(value)


def check_label(value: Any) -> Any:
    """Text for people: a string, or a map of languages with zh-Hans."""
    texts = value if isinstance(value, dict) else {"zh-Hans": value}
    if not all(isinstance(t, str) and t.strip() for t in texts.values()):
        raise ShapeError("应为文字")
    if "zh-Hans" not in texts or not set(texts) <= {"zh-Hans", "zh-Hant", "en"}:
        raise ShapeError("多语言文字须有 zh-Hans,可有 zh-Hant、en")
    return value


def check_expression(value: Any) -> str:
    """An expression is text; `pack check` compiles it later."""
    if not isinstance(value, str) or not value.strip():
        raise ShapeError("应为表达式")
    return value


def check_names(value: Any) -> Any:
    """A field, or a list of them (`field` or `NAME.field`)."""
    if not isinstance(value, str) or not _FIELD.match(value):
        raise ShapeError("{value} 不是字段名", value=value)
    return value


def check_time(value: Any) -> Any:
    """A span, an expression for a date, or a schedule."""
    if isinstance(value, dict):
        return check_schedule(value)
    return check_expression(value)


def check_due(value: Any) -> Any:
    """A time, or one for each urgency."""
    if isinstance(value, dict) and set(value) & set(_DAYS):
        if not set(value) <= set(_DAYS) or "normal" not in value:
            raise ShapeError("按紧急程度的时限须有 normal,可有 urgent、critical")
        for key, item in value.items():
            _below((key,), check_time, item)
        return value
    return check_time(value)


def check_people(value: Any) -> Any:
    """People as in formats.md, "People": a slot, a map, a list, or a choice."""
    if isinstance(value, list) and not is_choice(value):
        if not value:
            raise ShapeError("没有人")
        for at, item in enumerate(value):
            _below((at,), check_people, item)
        return value
    if is_choice(value):
        for key in ("by", "to", "notify", "confirm", "via"):
            if any(key in row for row in value):
                return chosen(check_people, key)(value)
        raise ShapeError("选择的每一项须是 if 与 {key}", key="by", at=(0,))
    if isinstance(value, str) and NAME.match(value):
        return value
    if isinstance(value, dict):
        return _check_person_map(value)
    raise ShapeError("{value} 不是岗位代码,也不是人员写法", value=value)


def _check_person_map(value: dict[str, Any]) -> Any:
    kinds = [key for key in value if key in _PEOPLE]
    if len(kinds) != 1 or set(value) - {kinds[0]} - _PEOPLE[kinds[0]]:
        raise ShapeError("人员写法不对:{keys}", keys="、".join(map(str, value)))
    kind = kinds[0]
    if kind == "chain" and not (isinstance(value[kind], dict) and set(value[kind]) == {"until"}):
        raise ShapeError("chain 须写 until", at=(kind,))
    if kind == "superior" and not (isinstance(value[kind], int) and value[kind] >= 1):
        raise ShapeError("superior 须为正整数", at=(kind,))
    if kind == "previous_picks" and isinstance(value[kind], str):
        _below((kind,), check_people, value[kind])
    if kind == "starter" and value[kind] is not True:
        raise ShapeError("{key} 只能为 true", key=kind, at=(kind,))
    if "via" in value:
        _below(("via",), check_people, value["via"])
    if "due" in value:
        _below(("due",), check_due, value["due"])
    return value


def check_value(value: Any) -> Any:
    """A literal, `=expression`, `{find: …}`, `{table: …}` (formats.md, "Values")."""
    if isinstance(value, str) and value.startswith("="):
        check_expression(value[1:])
    if isinstance(value, dict) and "find" in value and set(value) - {"find", "where"}:
        raise ShapeError("find 只能带 where", at=("find",))
    if isinstance(value, dict) and "table" in value and set(value) - {"table", "with"}:
        raise ShapeError("table 只能带 with", at=("table",))
    return value


def check_values(value: Any) -> Any:
    """A map of fields to values; each may be a choice keyed by its field, `value`, `with` or `set`."""
    if not isinstance(value, dict):
        raise ShapeError("应为“字段: 值”的表")
    for key, item in value.items():
        _below((str(key),), check_names, str(key))
        named = next(
            (k for k in (str(key), "set", "with", "value") if is_choice(item) and k in item[0]), str(key)
        )
        _below((str(key),), chosen(check_value, named), item)
    return value


def check_document(value: Any) -> Any:
    """One document: a form, `{name: form}`, the name of one there, or a path to a reference."""
    if isinstance(value, dict):
        if len(value) != 1 or not all(
            isinstance(k, str) and NAME.match(k) and isinstance(v, str) and FORM_CODE.match(v)
            for k, v in value.items()
        ):
            raise ShapeError("单据写作“名称: 表单代码”")
        return value
    if isinstance(value, str) and (FORM_CODE.match(value) or PATH.match(value)):
        return value
    raise ShapeError("{value} 不是表单、单据名或引用", value=value)


def check_sheet(value: Any) -> Any:
    """One sheet beside the document: `F-008`, `F-005 0..1`, `F-007 1..n` or `{name: …}`."""
    text = next(iter(value.values()), None) if isinstance(value, dict) and len(value) == 1 else value
    if not isinstance(text, str) or not _SHEET.match(text):
        raise ShapeError("{value} 不是随附表单(如 F-008、F-004 0..n)", value=value)
    return value


def read_sheet(value: Any) -> tuple[str, str, int, int | None]:
    """A checked sheet as (name or "", form, least, most); most is None without bound."""
    name, text = next(iter(value.items())) if isinstance(value, dict) else ("", value)
    match = _SHEET.match(text)
    if match is None:
        raise ShapeError("{value} 不是随附表单(如 F-008、F-004 0..n)", value=value)
    most = {None: 1, "1": 1, "n": None}[match["max"]]
    return name, match["form"], int(match["min"] or (0 if match["max"] else 1)), most


def check_target(value: Any) -> Any:
    """A step to go to, alone or as `{go, set, notify}`."""
    step = value
    if isinstance(value, dict):
        if "go" not in value or set(value) - {"go", "set", "notify", "text"}:
            raise ShapeError("去向写作 go,可带 set、notify")
        if "set" in value:
            _below(("set",), check_values, value["set"])
        if "notify" in value:
            _below(("notify",), check_people, value["notify"])
        step = value["go"]
    if not isinstance(step, str) or not step:
        raise ShapeError("{value} 不是步骤", value=step)
    return value


def read_targets(value: Any, key: str) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """Targets of `go`, `gate` or `refuse` as (path, condition, `{go, set?, notify?}`).

    Several in a row with one condition are there for a person to pick from.
    """
    for at, condition, item in branches(value, key):
        for index, one in enumerate(item) if isinstance(item, list) else [(-1, item)]:
            target = dict(one) if isinstance(one, dict) else {"go": one}
            yield (*at, index) if index >= 0 else at, condition, target


def check_targets(key: str) -> Callable[[Any], Any]:
    """A check of a target, a list to pick from, or a choice of these."""
    return chosen(each(check_target), key)
