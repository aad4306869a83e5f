"""What a form asks, as the program uses it (formats.md, "Form")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from bihuan.kernel.label import Label, show
from bihuan.kernel.secrecy import Secrecy


class FieldType(StrEnum):
    """The thirty types of field; values are frozen."""

    TEXT = "text"
    LONGTEXT = "longtext"
    INT = "int"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"
    BOOL = "bool"
    DATE = "date"
    DATETIME = "datetime"
    MONTH = "month"
    PERIOD = "period"
    DATERANGE = "daterange"
    DATETIMERANGE = "datetimerange"
    ENUM = "enum"
    MULTI = "multi"
    USER = "user"
    SLOT = "slot"
    UNIT = "unit"
    REGION = "region"
    REF = "ref"
    FILE = "file"
    IMAGE = "image"
    TABLE = "table"
    RATING = "rating"
    PHONE = "phone"
    SIGNATURE = "signature"
    APPROVAL = "approval"
    VIEW = "view"
    SECRET = "secret"  # noqa: S105 - the name of a type
    JSON = "json"


TEXTS = frozenset({FieldType.TEXT, FieldType.LONGTEXT, FieldType.PHONE, FieldType.REGION})
NUMBERS = frozenset({FieldType.INT, FieldType.DECIMAL, FieldType.MONEY, FieldType.PERCENT, FieldType.RATING})
RANGES = frozenset({FieldType.DATERANGE, FieldType.DATETIMERANGE})
CHOICES = frozenset({FieldType.ENUM, FieldType.MULTI})
FILES = frozenset({FieldType.FILE, FieldType.IMAGE})
MAY_BE_MANY = FILES | {FieldType.REF, FieldType.USER, FieldType.UNIT, FieldType.SLOT, FieldType.REGION}
NOT_ASKED = frozenset({FieldType.APPROVAL, FieldType.VIEW, FieldType.SECRET})
"""Never asked on a document: the process writes opinions, views are computed, secrets live in registers."""


class Kind(StrEnum):
    """How a form is used (forms.md §0)."""

    DOCUMENT = "document"
    RECORD = "record"
    VIEW = "view"


class Origin(StrEnum):
    """Whether the handbook states a content or it was completed by convention (按惯例补全)."""

    STATED = "stated"
    MIXED = "mixed"
    CONVENTION = "convention"


@dataclass(frozen=True, slots=True)
class Choice:
    """An option: the value is frozen, the label may be edited."""

    value: str
    label: Label


@dataclass(frozen=True, kw_only=True)
class ColumnDefinition:
    """One question: a column of a table, or (as FieldDefinition) a field of its own.

    `minimum` and `maximum` bound the length of texts, the value of numbers and dates (ISO text) and the
    number of chosen things; None where open. Expressions (`required_if`, `compute`) are kept as text.
    """

    key: str
    label: Label
    type: FieldType
    many: bool = False
    options: tuple[Choice, ...] = ()
    to: tuple[str, ...] = ()
    required: bool = False
    required_if: str = ""
    required_in: frozenset[str] = frozenset()
    minimum: str = ""
    maximum: str = ""
    pattern: str = ""
    compute: str = ""
    default: Any = None
    example: Any = None
    origin: Origin = Origin.STATED
    help: Label = ""

    @cached_property
    def is_list(self) -> bool:
        """Whether its value is a list; the empty one is [] and not None."""
        return self.type in {FieldType.TABLE, FieldType.MULTI} or self.many

    @cached_property
    def asked(self) -> bool:
        """Whether people fill it at all."""
        return not self.compute and self.type not in NOT_ASKED

    def name(self, language: str = "zh-hans") -> str:
        """Its label in that language."""
        return show(self.label, language) or self.key

    def option_label(self, value: str, language: str = "zh-hans") -> str:
        """The label of an option; the value itself where it is not one (any more)."""
        return next((show(one.label, language) for one in self.options if one.value == value), value)


@dataclass(frozen=True, kw_only=True)
class FieldDefinition(ColumnDefinition):
    """A field of a form. `section` is the heading it stands under, empty where the form has none."""

    columns: tuple[ColumnDefinition, ...] = ()
    min_rows: int = 0
    max_rows: int | None = None
    index: bool = False
    binding: bool = False
    section: Label = ""

    @cached_property
    def column_by_key(self) -> dict[str, ColumnDefinition]:
        """The columns of a table by key."""
        return {column.key: column for column in self.columns}


@dataclass(frozen=True, kw_only=True)
class RuleDefinition:
    """A check over the whole form; skipped while all its `fields` are empty, `warn` does not refuse."""

    check: str
    message: Label
    fields: tuple[str, ...] = ()
    warn: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class FormDefinition:
    """A form version; equal only to itself, so that what is worked out from it can be cached.

    `secrecy` is what new documents start with, `keep` a retention time (kernel.keep)."""

    code: str
    key: str
    name: Label
    kind: Kind = Kind.DOCUMENT
    secrecy: Secrecy = Secrecy.INTERNAL
    keep: str = ""
    origin: Origin = Origin.STATED
    help: Label = ""
    public_text: tuple[str, ...] = ()
    fields: tuple[FieldDefinition, ...] = ()
    rules: tuple[RuleDefinition, ...] = ()
    unique: tuple[str, ...] = ()
    unique_in: str = ""
    """`year`: the values of `unique` may come again in another year of submission."""

    @cached_property
    def field_by_key(self) -> dict[str, FieldDefinition]:
        """The fields by key."""
        return {one.key: one for one in self.fields}

    @property
    def indexed(self) -> Iterator[FieldDefinition]:
        """Fields that are written to the index: marked so, or part of `unique`."""
        return (one for one in self.fields if one.index or one.key in self.unique)

    def title(self, language: str = "zh-hans") -> str:
        """The form's name in that language."""
        return show(self.name, language)

    def empty(self) -> dict[str, Any]:
        """All fields with their empty value."""
        return {one.key: [] if one.is_list else None for one in self.fields}
