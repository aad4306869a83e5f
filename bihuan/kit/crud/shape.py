"""What a model says about its fields: label, kind, bounds; reading input and showing values."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils.translation import gettext, gettext_lazy

from bihuan.kernel.clock import TZ
from bihuan.kernel.errors import text
from bihuan.kit.crud.declarations import FieldSpec
from bihuan.kit.ui.field_view import FieldView, Option

MANY_OPTIONS = 500
"""A reference with more rows to choose from is searched instead of listed."""
YES, NO = text("是"), text("否")
_TRUE = {"是", "true", "1", "yes", "y", "√"}
_FALSE = {"否", "false", "0", "no", "n", ""}
_NORMALISED = {"int", "decimal", "money", "percent", "date", "datetime", "phone"}
_KINDS: tuple[tuple[type[models.Field[Any, Any]], str], ...] = (
    (models.ForeignKey, "ref"),
    (models.BooleanField, "bool"),
    (models.DateTimeField, "datetime"),
    (models.DateField, "date"),
    (models.DecimalField, "decimal"),
    (models.IntegerField, "int"),
    (models.TextField, "longtext"),
    (models.JSONField, "list"),
)
REFERENCE_KEYS = ("code", "username", "name")
"""By which of its fields a reference may be named in an import."""


BRIEF = 40
"""Longest text, in characters, that a list keeps on one line."""


@dataclass(frozen=True)
class Shape:
    """One field of a register as all doors see it."""

    name: str
    label: str
    kind: str
    required: bool
    model_field: models.Field[Any, Any] = field(repr=False)

    @classmethod
    def of(cls, model: type[models.Model], spec: FieldSpec) -> Shape:
        """The shape of a declared field; raises FieldDoesNotExist for a name the model lacks."""
        found = cast("models.Field[Any, Any]", model._meta.get_field(spec.name))
        kind = spec.kind or kind_of(found)
        return cls(spec.name, str(found.verbose_name), kind, spec.required or _must(found), found)

    @property
    def is_reference(self) -> bool:
        """Whether the field points to a row of another model."""
        return isinstance(self.model_field, models.ForeignKey)

    @property
    def is_brief(self) -> bool:
        """Whether its values are so short that a list keeps them on one line: dates, numbers, choices, codes."""
        return not self.is_reference and (
            self.kind not in ("text", "longtext", "list")
            or (self.model_field.max_length or BRIEF + 1) <= BRIEF
        )

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Code and label of an enum."""
        return [
            (str(code), str(label)) for code, label in self.model_field.flatchoices if code not in ("", None)
        ]

    @cached_property
    def form_field(self) -> forms.Field:
        """Django's reader of this kind of value, with the model's bounds and messages."""
        if self.kind == "list":
            return forms.CharField(required=self.required)
        found = self.model_field.formfield(
            required=self.required and self.kind != "bool", error_messages={"required": gettext_lazy("必填")}
        )
        if found is None:
            raise FieldDoesNotExist(f"{self.name} cannot be edited")
        return found

    def current(self, row: models.Model) -> Any:
        """The value in `row`, references as ids: no query."""
        return getattr(row, self.model_field.attname)

    def clean(self, raw: Any, references: Mapping[Any, models.Model] | None = None) -> Any:
        """The value of what someone entered; raises ValidationError. References are ids or rows."""
        if self.is_reference:
            return self._reference(raw, references or {})
        if self.kind == "list":
            return _listed(raw)
        if isinstance(raw, str) and self.kind in _NORMALISED:
            raw = _plain(raw, self.kind)
        return self.form_field.clean(raw)

    def _reference(self, raw: Any, references: Mapping[Any, models.Model]) -> models.Model | None:
        if raw in (None, ""):
            if self.required:
                raise ValidationError(gettext("必填"))
            return None
        found = references.get(str(raw))
        if found is None:
            raise ValidationError(gettext("没有这个选项，或无权选用"))
        return found

    def from_cell(self, cell: Any, named: Mapping[str, models.Model | None]) -> Any:
        """The value of an imported cell: labels of enums, 是/否, names or codes of references."""
        if self.is_reference:
            return self._named(cell, named)
        if self.kind == "bool":
            return _truth(cell)
        if self.choices and cell is not None:
            by_label = {label: code for code, label in self.choices}
            cell = by_label.get(str(cell), cell)
        if cell is not None and not isinstance(cell, str) and self.kind in {"text", "longtext"}:
            cell = str(cell)
        return self.clean(cell)

    def _named(self, cell: Any, named: Mapping[str, models.Model | None]) -> models.Model | None:
        wanted = "" if cell is None else str(cell)
        if wanted not in named:
            return self._reference(wanted, {})
        found = named[wanted]
        if found is None:
            raise ValidationError(gettext("“%(name)s”不止一个，请改填代码") % {"name": wanted})
        return found

    def input_text(self, value: Any) -> str:
        """`value` as the text of an input."""
        if value is None:
            return ""
        if isinstance(value, models.Model):
            return str(value.pk)
        if isinstance(value, bool):
            return "true" if value else ""
        if isinstance(value, datetime):
            return f"{value.astimezone(TZ):%Y-%m-%dT%H:%M}"
        if isinstance(value, list | tuple):
            return ",".join(str(part) for part in value)
        return str(value)

    def plain(self, value: Any) -> Any:
        """`value` for an export or the history: labels, names, numbers, dates."""
        if self.choices and value not in (None, ""):
            return dict(self.choices).get(str(value), str(value))
        if isinstance(value, list):
            return "、".join(str(part) for part in value)
        return str(value) if isinstance(value, models.Model) else value

    def display(self, value: Any) -> str:
        """`value` as people read it."""
        found = self.plain(value)
        if found is None:
            return ""
        if isinstance(found, bool):
            return gettext(YES) if found else gettext(NO)
        if isinstance(found, datetime):
            return f"{found.astimezone(TZ):%Y-%m-%d %H:%M}"
        if isinstance(found, Decimal):
            return _number(found)
        return f"{found:%Y-%m-%d}" if isinstance(found, date) else str(found)

    def view(
        self,
        raw: str,
        *,
        error: str = "",
        warning: str = "",
        options: Sequence[Option] = (),
        url: str = "",
        multiple: bool = False,
    ) -> FieldView:
        """The field as the form template draws it, holding `raw`."""
        reader = self.model_field
        choices = tuple(Option(code, label) for code, label in self.choices)
        kind = "enum" if choices else ("text" if self.kind == "list" else self.kind)
        lowest, highest = (
            getattr(self.form_field, "min_value", None),
            getattr(self.form_field, "max_value", None),
        )
        return FieldView(
            key=self.name,
            name=self.name,
            label=gettext(self.label),
            kind=kind,
            value=raw,
            required=self.required and kind != "bool",
            help=gettext(str(reader.help_text)) if reader.help_text else "",
            error=error,
            warning=warning,
            options=choices or tuple(options),
            url=url,
            max_length=reader.max_length if kind in {"text", "longtext"} else None,
            minimum="" if lowest is None else str(lowest),
            maximum="" if highest is None else str(highest),
        )


def _number(value: Decimal) -> str:
    """With thousands separators; places beyond cents only as far as they say something."""
    shown = f"{value:,f}"
    whole, _, places = shown.partition(".")
    return f"{whole}.{places[:2]}{places[2:].rstrip('0')}".removesuffix(".00") if len(places) > 2 else shown


def kind_of(found: models.Field[Any, Any]) -> str:
    """The kind of field (see kit.ui.field_view) that fits a model field."""
    return next((kind for type_, kind in _KINDS if isinstance(found, type_)), "text")


def _must(found: models.Field[Any, Any]) -> bool:
    return not found.blank and not found.has_default() and not isinstance(found, models.BooleanField)


def _plain(raw: str, kind: str) -> str:
    """Full-width digits and Chinese date marks made plain; thousands separators dropped from numbers."""
    found = unicodedata.normalize("NFKC", raw).strip()
    if kind in {"date", "datetime"}:
        return found.replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-")
    return found.replace(",", "") if kind in {"int", "decimal", "money", "percent"} else found


def _listed(raw: Any) -> list[str]:
    parts: Iterable[Any] = (
        raw
        if isinstance(raw, list | tuple)
        else str(raw or "").replace("，", ",").replace("、", ",").split(",")
    )
    return [str(part).strip() for part in parts if str(part).strip()]


def _truth(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    found = "" if cell is None else str(cell).strip().lower()
    if found not in _TRUE | _FALSE:
        raise ValidationError(gettext("请填“是”或“否”"))
    return found in _TRUE


def names_of(rows: Iterable[models.Model]) -> dict[str, models.Model | None]:
    """Text → row for everything a reference may be called; a text that means two rows leads to None."""
    named: dict[str, models.Model | None] = {}
    found = list(rows)
    for key in REFERENCE_KEYS:
        for row in found:
            called = getattr(row, key, None)
            if called and named.get(str(called), row) != row:
                named[str(called)] = None
            elif called:
                named.setdefault(str(called), row)
    return named
