"""Settings as fields on a page, and back."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from bihuan.kernel.errors import Invalid
from bihuan.kernel.label import Label
from bihuan.kit.ui.field_view import FieldView, Option
from bihuan.org.public import Unit

from .domain.declared import Declared, store_setting
from .queries import own_settings, stored_settings

_NUMBERS = frozenset({"int", "decimal", "money", "percent"})
_KINDS = {"time": "text", "span": "text"}


def setting_fields(
    declared: Mapping[str, Declared],
    unit_id: int | None,
    *,
    readonly: bool,
    posted: QueryDict | None,
    errors: Mapping[str, str],
    label: Callable[[Label], str],
) -> list[FieldView]:
    """One field a setting with the value that holds for the unit; `posted` is shown again after an error."""
    stored = stored_settings(unit_id, declared)
    own = own_settings(unit_id) if unit_id else {}
    fields = []
    for key, one in declared.items():
        value = stored.get(key, one.default)
        if posted is not None:
            value = _sent(one, key, posted)
        fields.append(_field(key, one, value, key in own, label, readonly, errors.get(key, "")))
    return fields


def _field(
    key: str,
    one: Declared,
    value: Any,
    own: bool,
    label: Callable[[Label], str],
    readonly: bool,
    error: str,
) -> FieldView:
    options = tuple(Option(code, label(text)) for code, text in one.choices.items())
    if one.type == "bool":
        value = "" if value is None else "true" if value is True else "false"
    chosen = tuple(value) if isinstance(value, list) else ()
    said = next((option.label for option in options if option.value == value), "")
    default = _shown(one, options)
    notes = [label(one.help) if one.help else "", gettext("本单位另行设定") if own else ""]
    if default:
        notes.append(gettext("默认：{default}").format(default=default))
    return FieldView(
        key=key,
        name=key,
        label=label(one.label),
        kind=_KINDS.get(one.type, one.type),
        value="" if value is None or chosen else str(value),
        values=chosen,
        display=said,
        readonly=readonly,
        help=" ".join(note for note in notes if note),
        error=error,
        origin=one.origin,
        options=options,
        minimum="" if one.min is None else str(one.min),
        maximum="" if one.max is None else str(one.max),
    )


def _shown(one: Declared, options: tuple[Option, ...]) -> str:
    """The default as people read it."""
    if one.default is None:
        return ""
    if one.type == "bool":
        return gettext("是") if one.default else gettext("否")
    names = {option.value: option.label for option in options}
    chosen = one.default if isinstance(one.default, list) else [one.default]
    return "、".join(names.get(value, str(value)) for value in chosen)


def posted_settings(declared: Mapping[str, Declared], posted: QueryDict, unit: Unit) -> dict[str, Any]:
    """The settings that the form changes: a value like the one that holds above means "as above" (None)."""
    above = stored_settings(unit.parent_id, declared)
    changed: dict[str, Any] = {}
    for key, one in declared.items():
        if key not in posted:
            continue
        value = _sent(one, key, posted)
        inherited = above.get(key, one.default)
        changed[key] = None if _same(one, value, inherited) else value
    return changed


def _sent(one: Declared, key: str, posted: QueryDict) -> Any:
    if one.type == "multi":
        return [value for value in posted.getlist(key) if value]
    sent = posted.get(key, "").strip()
    if one.type == "bool":
        return sent == "true"
    if one.type in _NUMBERS:  # input methods leave full-width digits, people type thousands separators
        return unicodedata.normalize("NFKC", sent).replace(",", "")
    return sent


def _same(one: Declared, value: Any, inherited: Any) -> bool:
    try:
        return bool(store_setting(one, value) == store_setting(one, inherited))
    except Invalid:
        return False
