"""Finds in the database what typed values point to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from bihuan.kernel.actor import Actor
from bihuan.kit.access import NOBODY, Viewer
from bihuan.kit.files.models import File
from bihuan.kit.ui.http import whole_number
from bihuan.org import public as org
from bihuan.org.models import Person, Slot, Unit

from .models import Document, Form, State
from .queries import KIND, PASSED, visible_to
from .records import Record, Reference, reference_of
from .registry import reference_source


def viewer_for(by: Actor) -> Viewer | None:
    """What the one who writes may see; the program itself (no person) sees everything."""
    person = None if by.person is None else Person.objects.filter(pk=by.person).first()
    if person is None:
        return None if by.person is None else NOBODY
    return org.viewer_for(person)


class DatabaseLookup:
    """A `Lookup` (domain.reading) for one who writes.

    With a `viewer` only what this person may see can be pointed to; without one the program itself
    writes (presets of a process, imports checked elsewhere). What `document` holds already stays.
    """

    def __init__(
        self, viewer: Viewer | Callable[[], Viewer | None] | None = None, document: Document | None = None
    ) -> None:
        self._asking = viewer
        self._document = document
        self._people: dict[str, int | None] = {}

    @cached_property
    def _viewer(self) -> Viewer | None:
        """Found when a reference or file is first looked at: most steps write none."""
        return self._asking() if callable(self._asking) else self._asking

    def person(self, raw: object) -> int | None:
        """An active person by id, sign-in name or a record with an id."""
        key = str(_id(raw)).strip()
        if key not in self._people:
            number = whole_number(key)
            where: dict[str, Any] = {"username__iexact": key} if number is None else {"pk": number}
            found = Person.objects.filter(**where, is_active=True).values_list("pk", flat=True).first()
            self._people[key] = found
        return self._people[key]

    def unit(self, raw: object) -> int | None:
        """A unit by id, code or name."""
        key = str(_id(raw)).strip()
        if (number := whole_number(key)) is not None:
            return Unit.objects.filter(pk=number).values_list("pk", flat=True).first()
        found = Unit.objects.filter(code=key) or Unit.objects.filter(name=key)
        return found[0].pk if len(found) == 1 else None

    def slot(self, raw: object) -> str | None:
        """A slot's code, if the slot exists."""
        code = str(raw).strip()
        return code if Slot.objects.filter(code=code).exists() else None

    def reference(self, to: tuple[str, ...], raw: object) -> dict[str, Any] | None:
        """A passed document of one of the forms, or a row of one of the registers."""
        if isinstance(raw, Record | Reference):
            raw = raw.ref
        name, wanted = _target(raw)
        for one in to or (name,):
            source = reference_source(one)
            if source is not None and name in {"", one}:
                found = source.find(wanted, self._viewer)
                if found is not None:
                    return {**found, "of": one}
        return self._document_reference(to, wanted)

    def _document_reference(self, to: tuple[str, ...], wanted: object) -> dict[str, Any] | None:
        documents = Document.objects if self._viewer is None else visible_to(self._viewer)
        key = str(wanted).strip()
        number = whole_number(key)
        by: dict[str, Any] = {"number": key} if number is None else {"pk": number}
        found = documents.filter(**by).exclude(state=State.VOID).select_related("form_version__form").first()
        codes = {one.split(".")[0] for one in to}
        if found is None or (codes and found.form_version.form.code not in codes):
            return self._kept(key)
        record = found.form_version.form.kind != Form.Kind.DOCUMENT
        if self._viewer is not None and not record and found.state not in PASSED:
            return self._kept(key)
        return reference_of(found)

    def _kept(self, key: str) -> dict[str, Any] | None:
        """A reference the document holds already, although its writer could not make it anew."""
        return next((one for one in _held(self._document, "number") if str(one.get("id")) == key), None)

    def file(self, raw: object, *, image: bool) -> dict[str, Any] | None:
        """An own unused upload, or a file the document holds already."""
        found = File.objects.filter(pk=whole_number(str(_id(raw)).strip()) or 0).first()
        if found is None or not self._may_use(found):
            return None
        if image and not found.media_type.startswith("image/"):
            return None
        return file_value(found)

    def _may_use(self, file: File) -> bool:
        if self._viewer is None:
            return True
        if not file.owner_kind:
            return file.kept_by == self._viewer.person
        own = self._document is not None and self._document.pk == file.owner_id
        return own and file.owner_kind == KIND


def file_value(file: File) -> dict[str, Any]:
    """What a `file` field keeps."""
    return {"id": file.pk, "name": file.name, "sha256": file.sha256, "size": file.size}


def _id(raw: object) -> object:
    return raw.get("id", raw.get("person", "")) if isinstance(raw, Mapping) else raw


def _target(raw: object) -> tuple[str, object]:
    """The register's name (empty where open) and the id, code or number of what is pointed to."""
    if isinstance(raw, Mapping):
        return str(raw.get("of", "")), raw.get("id", raw.get("number", ""))
    name, colon, rest = str(raw).strip().partition(":")
    return (name, rest) if colon else ("", name)


def _held(document: Document | None, mark: str) -> list[dict[str, Any]]:
    """Everything in a document's data that looks like a reference."""
    found: list[dict[str, Any]] = []
    todo: list[Any] = [document.data] if document is not None else []
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            if "id" in one and mark in one:
                found.append(one)
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return found
