"""Which documents a step works on: names resolved through blocks and rows (formats.md, "Documents")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bihuan.process.outline.place import Placed, Plan
from bihuan.process.outline.schema import Outline
from bihuan.process.outline.values import FORM_CODE, PATH, read_sheet

_ROWS = re.compile(r"docs\.(\w+)\Z")


class Documents:
    """The documents of every step of a plan, and the names the process gives them."""

    def __init__(self, outline: Outline, plan: Plan, keys: Mapping[str, str]) -> None:
        self._keys = keys
        self._main = outline.document
        self.forms: dict[str, str] = {}
        """Document name to form code, for all that the process makes."""
        self.main = self._read(outline.document) if outline.document is not None else []
        for item in plan.steps:
            self._note(item)

    def _note(self, item: Placed) -> None:
        written = item.step.document
        for value in written if isinstance(written, list) else [written] if written is not None else []:
            self._read(value)
        for sheet in self.sheets(item):
            self.forms.setdefault(sheet["name"], sheet["form"])

    def name_of(self, form: str) -> str:
        """The default name of a form's document: the form's key, or its code where that is unknown."""
        return self._keys.get(form, form)

    def _read(self, value: Any) -> list[dict[str, Any]]:
        if isinstance(value, list):
            return [one for item in value for one in self._read(item)]
        if isinstance(value, dict):
            name, form = next(iter(value.items()))
            self.forms.setdefault(name, form)
            return [{"name": name, "form": form}]
        text = str(value)
        if FORM_CODE.match(text):
            self.forms.setdefault(self.name_of(text), text)
            return [{"name": self.name_of(text), "form": text}]
        if PATH.match(text) and "." in text:
            return [{"path": text}]
        return [{"name": text, "form": self.forms.get(text, "")}]

    def sheets(self, item: Placed) -> list[dict[str, Any]]:
        """The sheets beside a step's document: `{name, form, min, max}`, max None without bound."""
        value = item.step.form
        found = []
        for one in value if isinstance(value, list) else [value] if value is not None else []:
            name, form, least, most = read_sheet(one)
            found.append({"name": name or self.name_of(form), "form": form, "min": least, "max": most})
        return found

    def of(self, item: Placed) -> list[dict[str, Any]]:
        """What a step fills or decides on: `{name, form}`, `{path}`, with `row: true` for a row's own."""
        if item.step.document is not None:
            return self._read(item.step.document)
        if item.step.each is not None and (rows := self.row_document(item)):
            return rows
        owner = item.listing.owner
        return (
            self.of(owner)
            if owner and owner.kind != "watch"
            else self.of_watch(owner)
            if owner
            else self.main
        )

    def of_watch(self, watch: Placed) -> list[dict[str, Any]]:
        """A side branch works on the main document unless its steps say otherwise."""
        owner = watch.listing.owner
        return self.of(owner) if owner else self.main

    def row_document(self, item: Placed) -> list[dict[str, Any]]:
        """With rows that are documents, the row itself; else nothing."""
        match = _ROWS.match(item.step.each) if isinstance(item.step.each, str) else None
        if not match:
            return []
        return [{"name": match[1], "form": self.forms.get(match[1], ""), "row": True}]
