"""The shape of a form file; its JSON Schema is published by `bihuan pack schema`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from bihuan.kernel.errors import text

from .definition import FieldType, Kind, Origin

Key = Annotated[StrictStr, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,59}$")]
Bound = StrictInt | float | Decimal | StrictStr | datetime | date


class Names(BaseModel):
    """A text in several languages."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    zh_hans: StrictStr = Field(alias="zh-Hans")
    zh_hant: StrictStr | None = Field(None, alias="zh-Hant")
    en: StrictStr | None = None


Text = StrictStr | Names


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OptionFile(_Part):
    """An option with a label of its own."""

    value: StrictStr
    label: Text


class ColumnFile(_Part):
    """A column of a table."""

    key: Key
    label: Text = ""
    type: FieldType
    many: StrictBool = False
    options: list[StrictStr | OptionFile] = []
    to: list[StrictStr] = []
    required: StrictBool = False
    required_if: StrictStr = ""
    required_in: list[StrictStr] = []
    min: Bound | None = None
    max: Bound | None = None
    pattern: StrictStr = ""
    compute: StrictStr = ""
    default: Any = None
    example: Any = None
    origin: Origin | None = None
    help: Text = ""


class FieldFile(ColumnFile):
    """A field of a form."""

    label: Text
    columns: list[ColumnFile] = []
    min_rows: Annotated[StrictInt, Field(ge=0)] = 0
    max_rows: Annotated[StrictInt, Field(ge=1)] | None = None
    index: StrictBool = False
    binding: StrictBool = False
    section: Text = ""


class RuleFile(_Part):
    """A check over the whole form."""

    check: StrictStr
    message: Text
    fields: list[StrictStr] = []
    warn: StrictBool = False


class FormFile(_Part):
    """One file in `forms/`."""

    code: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,19}$")]
    key: Key
    name: Text
    kind: Kind = Kind.DOCUMENT
    secrecy: Literal["公开", "内部", "秘密", "机密", "绝密"] = "内部"
    keep: StrictStr = ""
    origin: Origin = Origin.STATED
    help: Text = ""
    public_text: list[StrictStr] = []
    fields: list[FieldFile] = []
    rules: list[RuleFile] = []
    unique: list[StrictStr] = []
    unique_in: Literal["year"] | None = None


Problem = tuple[tuple[str | int, ...], str]
"""Where in the file (keys and list positions) and what is wrong (zh-Hans)."""

_MESSAGES = {
    "missing": text("缺少这一项"),
    "extra_forbidden": text("没有这个键"),
    "string_type": text("应为文字"),
    "bool_type": text("应为true或false"),
    "int_type": text("应为整数"),
    "list_type": text("应为列表"),
    "string_pattern_mismatch": text("只能用字母、数字和下划线"),
}


def read_file(data: Mapping[str, Any]) -> tuple[FormFile | None, list[Problem]]:
    """The file as typed data, or its problems."""
    try:
        return FormFile.model_validate(data), []
    except ValidationError as error:
        return None, list(_problems(error))


def _problems(error: ValidationError) -> list[Problem]:
    """One problem a place: of the branches of a union only the first is told."""
    found: dict[tuple[str | int, ...], str] = {}
    for one in error.errors(include_url=False):
        place = tuple(part for part in one["loc"] if not _is_branch(part))
        found.setdefault(place, _message(one["type"], one.get("ctx", {}), one.get("input")))
    return list(found.items())


def _is_branch(part: str | int) -> bool:
    """Whether pydantic put the name of a type (and not a key of the file) into the place."""
    return isinstance(part, str) and (part in _BRANCHES or "[" in part)


_BRANCHES = {"str", "int", "float", "decimal", "date", "datetime", "Names", "OptionFile"}


def _message(kind: str, context: Mapping[str, Any], given: Any) -> str:
    if kind in {"enum", "literal_error"}:
        return f"应为{context.get('expected', '').replace(' or ', '、').replace(', ', '、')}，不是{given}"
    return _MESSAGES.get(kind, text("写法不对"))
