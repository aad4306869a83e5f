"""What expressions of a process may name: the shape of its documents, settings, slots and case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bihuan.kit.expr import ANY, DATE, LEAF, PERIOD, RANGE, Shape
from bihuan.process.outline.known import FieldShape, FormShape, Known

_META: Shape = {
    key: DATE if key in ("submitted", "passed") else LEAF
    for key in ("no", "state", "version", "secrecy", "urgency", "submitted", "passed")
} | {"author": ANY, "unit": ANY}
_TYPES: Mapping[str, Shape] = {
    "date": DATE,
    "datetime": DATE,
    "daterange": RANGE,
    "datetimerange": RANGE,
    "period": PERIOD,
    "user": ANY,
    "slot": ANY,
    "unit": ANY,
    "region": ANY,
    "file": ANY,
    "image": ANY,
    "signature": ANY,
    "approval": ANY,
    "json": ANY,
    "view": ANY,
}
_CASE: Shape = dict.fromkeys(("no", "process", "state", "period", "year", "quarter", "month"), LEAF) | {
    "unit": ANY,
    "starter": ANY,
    "caller": ANY,
    "period": PERIOD,
    "opened": DATE,
    "date": DATE,
    "count": ANY,
}


class Shapes:
    """The roots of expressions; `forms` and `given` are form codes by the name of a document."""

    def __init__(self, forms: Mapping[str, str], known: Known, given: Mapping[str, str]) -> None:
        self._forms, self._known, self._given = forms, known, given
        settings: dict[str, Any] = {}
        for key in known.settings:
            *outer, last = key.split(".")
            here = settings
            for part in outer:
                here = here.setdefault(part, {})
            here[last] = LEAF
        slots: Shape = dict.fromkeys(known.slots, ANY)
        self._fixed: dict[str, Shape] = {
            "case": _CASE,
            "setting": settings,
            "slot": slots,
            "starter": ANY,
            "now": DATE,
            "today": DATE,
            "docs": self._named,
            "row": ANY,
        }

    def of(self, documents: list[dict[str, Any]]) -> Shape:
        """The roots where these are `doc`."""
        return {**self._fixed, "doc": self._document(documents)}

    def _document(self, documents: list[dict[str, Any]]) -> Shape:
        forms = [self._known.forms.get(d.get("form", "")) for d in documents]
        if not forms or None in forms:
            return ANY
        merged: dict[str, Shape] = {}
        for form in forms:
            shape = self._form(form) if form else ANY
            merged.update(shape if isinstance(shape, Mapping) else {})
        return merged

    def _named(self, name: str) -> Shape | None:
        """`docs.NAME`: made here, handed over, or brought back by a call."""
        code = self._forms.get(name) or self._given.get(name)
        if code is None and name in self._known.unread:
            return ANY
        if code is None:
            return None
        form = self._known.forms.get(code)
        return self._form(form) if form else ANY

    def _form(self, form: FormShape) -> Shape:
        """A form's fields; references are followed only when they are read."""
        return {**{key: self._lazy(field) for key, field in form.fields.items()}, "meta": _META}

    def _lazy(self, field: FieldShape) -> Shape:
        if field.type != "ref":
            return self._field(field)
        forms = [self._known.forms[code] for code in field.to if code in self._known.forms]
        if not forms or len(forms) < len(field.to):
            return ANY

        def inside(name: str) -> Shape | None:
            if name == "meta":
                return _META
            return next((self._lazy(form.fields[name]) for form in forms if name in form.fields), None)

        return inside

    def _field(self, field: FieldShape) -> Shape:
        if field.columns:
            return {key: self._lazy(column) for key, column in field.columns.items()}
        return ANY if field.type == "table" else _TYPES.get(field.type, LEAF)
