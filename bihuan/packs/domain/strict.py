"""Strict models of pack files, and what pydantic finds said in zh-Hans by path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from bihuan.kernel.errors import Invalid
from bihuan.kernel.label import is_label
from bihuan.kernel.moments import SPAN_PATTERN, parse_span

from .problems import Finding, KeyPath, nearest


class Strict(BaseModel):
    """A map of a pack file: nothing is coerced, an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def wrong(message: str, **params: Any) -> PydanticCustomError:
    """An error to raise in a validator; `message` is zh-Hans, `{name}` is filled from `params`."""
    return PydanticCustomError("wrong", message, params)


def _label(value: Any) -> Any:
    if not is_label(value) or not all(value.values() if isinstance(value, dict) else (value.strip(),)):
        raise wrong("应为文字，或含zh-Hans（可加zh-Hant、en）的表")
    return value


def _span(value: str) -> str:
    try:
        parse_span(value)
    except Invalid as error:
        raise wrong("{said}", said=error.text()) from error
    return value


def _matching(pattern: str, message: str) -> Callable[[str], str]:
    form = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if not form.fullmatch(value):
            raise wrong("“{value}”" + message, value=value)
        return value

    return check


_NAME = r"[a-z][a-z0-9_]{0,39}"
_LABEL_SCHEMA = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {
            "type": "object",
            "properties": {
                "zh-Hans": {"type": "string"},
                "zh-Hant": {"type": "string"},
                "en": {"type": "string"},
            },
            "required": ["zh-Hans"],
            "additionalProperties": False,
        },
    ]
}
LabelText = Annotated[Any, AfterValidator(_label), WithJsonSchema(_LABEL_SCHEMA)]
"""Text people read: a string (zh-Hans) or a map of languages."""

Name = Annotated[
    str,
    AfterValidator(_matching(_NAME, "应由小写字母、数字和下划线组成，以字母开头")),
    WithJsonSchema({"type": "string", "pattern": f"^{_NAME}$"}),
]
"""A code that packs choose: `mkt_mgr`, `rail`."""

DottedName = Annotated[
    str, AfterValidator(_matching(rf"{_NAME}(\.{_NAME}){{0,3}}", "应由小写字母、数字、下划线和点组成"))
]
"""A code with dots: `pos.mkt_mgr`, `sc001.routine_skips`."""

SpanText = Annotated[
    str, AfterValidator(_span), WithJsonSchema({"type": "string", "pattern": f"^{SPAN_PATTERN}$"})
]
"""A length of time: `5wd`, `4wh`, `2d 30min`."""

VersionText = Annotated[
    str,
    Field(max_length=20),
    AfterValidator(_matching(r"\d+(\.\d+){1,3}", "应写作1.0.0（两段时请加引号）")),
]


def by_shape(message: str) -> Discriminator:
    """Tells a text from a map in a union, so that only the one written is judged, else says `message`.

    Use: `Annotated[Annotated[A, Tag("text")] | Annotated[B, Tag("map")], by_shape("…")]`.
    """
    return Discriminator(_tag, custom_error_type="wrong", custom_error_message=message)


def _tag(value: Any) -> str | None:
    return "text" if isinstance(value, str) else "map" if isinstance(value, dict | Strict) else None


Parse = Callable[[object], tuple[Any, list[Finding]]]
"""Reads data: the value (None when unusable) and what is wrong with it."""


def parser_of(shape: Any) -> Parse:
    """A function that reads data into `shape` (a Strict model or any annotation of them)."""
    adapter: TypeAdapter[Any] = TypeAdapter(shape)
    keys = frozenset(_keys(adapter.json_schema()))

    def parse(data: object) -> tuple[Any, list[Finding]]:
        try:
            return adapter.validate_python(data), []
        except ValidationError as error:
            return None, findings_of(error, data, keys)

    return parse


def schema_of(shape: Any) -> dict[str, Any]:
    """The JSON Schema of `shape`, as editors read it."""
    return TypeAdapter(shape).json_schema()


def _keys(schema: object) -> Iterable[str]:
    """Every key a JSON Schema allows anywhere."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from _keys(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _keys(part)


def findings_of(error: ValidationError, data: object, keys: Iterable[str] = ()) -> list[Finding]:
    """Path in `data` and zh-Hans message of each mistake; `keys` are offered for a misspelt one."""
    known = frozenset(keys)
    return [_finding(details, data, known) for details in error.errors(include_url=False)]


_MESSAGES: Mapping[str, str] = {
    "string_type": "应为文字（数字请加引号）",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "decimal_type": "应为数字",
    "bool_type": "应为true或false",
    "list_type": "应为列表",
    "dict_type": "应为“键: 值”的表",
    "model_type": "应为“键: 值”的表",
    "model_attributes_type": "应为“键: 值”的表",
    "string_too_short": "不能为空",
    "too_short": "至少要有{min_length}项",
    "too_long": "最多{max_length}项",
    "string_too_long": "最多{max_length}个字符",
    "string_pattern_mismatch": "写法不对，应符合{pattern}",
    "literal_error": "只能是{expected}",
    "greater_than_equal": "不能小于{ge}",
    "less_than_equal": "不能大于{le}",
}


def _finding(details: ErrorDetails, data: object, keys: frozenset[str]) -> Finding:
    path = _written(details["loc"], data, details["type"] in ("missing", "extra_forbidden"))
    kind, context = details["type"], details.get("ctx") or {}
    if kind == "missing":
        return path[:-1], f"缺少“{path[-1]}”"
    if kind == "extra_forbidden":
        return path, f"不认识的键“{path[-1]}”" + nearest(str(path[-1]), keys)
    if kind == "literal_error":
        expected = str(context["expected"]).replace("'", "").replace(" or ", "、").replace(", ", "、")
        value = details["input"]
        said = nearest(value, expected.split("、")) if isinstance(value, str) else ""
        return path, f"“{value}”不可用，只能是{expected}{said}"
    if kind in _MESSAGES:
        return path, _MESSAGES[kind].format(**context)
    return path, details["msg"]


def _written(location: Iterable[int | str], data: object, absent: bool) -> KeyPath:
    """The part of pydantic's location that stands in the file: it also names union members.

    `absent`: the last part is a key that the file lacks, or that the model does.
    """
    path: list[str | int] = []
    parts = list(location)
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        if isinstance(data, dict) and (part in data or (absent and last)):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            continue
        if part != "[key]":
            path.append(part)
    return tuple(path)
