"""What people and programs enter: from a form, from JSON; and the form's fields ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext

from bihuan.kernel.errors import Invalid, text
from bihuan.kit.access import Viewer
from bihuan.kit.crud.resource import Resource
from bihuan.kit.crud.shape import MANY_OPTIONS, Shape
from bihuan.kit.ui.field_view import FieldView, Option
from bihuan.kit.ui.http import whole_number


@dataclass
class Entry:
    """Entered values: `raw` as typed, `values` as read, `errors` where they can't be."""

    raw: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)

    def require(self) -> dict[str, Any]:
        """The values; raises Invalid if any field was wrong."""
        if self.errors:
            raise Invalid(text("填写的内容有问题"), fields=self.errors)
        return self.values


def from_form(resource: Resource[Any], given: QueryDict, viewer: Viewer, row: Model | None = None) -> Entry:
    """Read a submitted form; a field that was not sent counts as emptied."""
    entry = Entry()
    for name, shape in resource.shapes.items():
        entry.raw[name] = (given.getlist(name) or [""])[-1]
        _read(resource, shape, entry.raw[name], viewer, row, entry)
    return entry


def from_json(
    resource: Resource[Any], given: Mapping[str, Any], viewer: Viewer, row: Model | None = None
) -> dict[str, Any]:
    """Read the fields a program sent; raises Invalid with every wrong field."""
    entry = Entry()
    for name, value in given.items():
        _read(resource, resource.shapes[name], value, viewer, row, entry)
    return entry.require()


def _read(
    resource: Resource[Any], shape: Shape, raw: Any, viewer: Viewer, row: Model | None, entry: Entry
) -> None:
    try:
        references = _reference(resource, shape, raw, viewer, row) if shape.is_reference else None
        entry.values[shape.name] = shape.clean(raw, references)
    except ValidationError as error:
        entry.errors[shape.name] = list(error.messages)


def _reference(
    resource: Resource[Any], shape: Shape, raw: Any, viewer: Viewer, row: Model | None
) -> dict[Any, Model]:
    """The row chosen, if it may be; what stands in the row already may always stay."""
    wanted = str(raw or "")
    if row is not None and wanted == str(shape.current(row)):
        return {wanted: getattr(row, shape.name)}
    if whole_number(wanted) is None:
        return {}
    return {str(found.pk): found for found in resource.options(shape.name, viewer).filter(pk=wanted)}


def stored(resource: Resource[Any], row: Model) -> dict[str, str]:
    """The texts of a form that shows `row`."""
    return {name: shape.input_text(shape.current(row)) for name, shape in resource.shapes.items()}


def initial(resource: Resource[Any], given: Mapping[str, str]) -> dict[str, str]:
    """The texts of an empty form: the model's defaults and what the address presets."""
    blank = resource.model()
    return {
        name: given.get(name, shape.input_text(None if shape.is_reference else shape.current(blank)))
        for name, shape in resource.shapes.items()
    }


def field_views(
    resource: Resource[Any],
    raw: Mapping[str, str],
    viewer: Viewer,
    *,
    errors: Mapping[str, Iterable[str]] | None = None,
    warnings: Mapping[str, str] | None = None,
) -> list[FieldView]:
    """The form's fields, ready for `kit/field.html`."""
    wrong = errors or {}
    views = []
    for name, shape in resource.shapes.items():
        options, url = _options(resource, shape, raw[name], viewer) if shape.is_reference else ([], "")
        error = "；".join(gettext(message) for message in wrong.get(name, ()))
        warning = (warnings or {}).get(name, "")
        views.append(shape.view(raw[name], error=error, warning=warning, options=options, url=url))
    return views


def _options(resource: Resource[Any], shape: Shape, chosen: str, viewer: Viewer) -> tuple[list[Option], str]:
    """Every choice of a reference, or the chosen one and the address of a search where there are too many."""
    rows = list(resource.options(shape.name, viewer)[: MANY_OPTIONS + 1])
    url = resource.url("options", shape.name) if len(rows) > MANY_OPTIONS else ""
    found = [row for row in rows if not url or str(row.pk) == chosen]
    if whole_number(chosen) is not None and all(str(row.pk) != chosen for row in found):
        target: Any = shape.model_field.related_model
        found += target._default_manager.filter(pk=chosen)
    return [option(row) for row in found], url


def option(row: Model) -> Option:
    """A row as a choice, found by its code and pinyin too."""
    code = str(getattr(row, "code", "") or getattr(row, "username", ""))
    return Option(
        str(row.pk), str(row), search=f"{getattr(row, 'name_pinyin', '')} {code}".strip(), note=code
    )
