"""Documents as expressions read them: `doc.lines`, `doc.plan_ref.budget_total`, `doc.meta.no`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bihuan.kernel.secrecy import Secrecy

from .definitions import definition_for
from .domain.definition import FieldDefinition, FieldType, FormDefinition
from .domain.values import load
from .models import Document, State
from .registry import reference_source

MOST_STEPS = 6
"""References followed in a row at most: documents may refer in a circle."""


class Record(Mapping[str, Any]):
    """One record; its values are made when first read and references resolve to the record itself."""

    def __init__(self, document: Document, data: Mapping[str, Any] | None = None, depth: int = 0) -> None:
        self.document = document
        self._data = document.data if data is None else data
        self._depth = depth
        self._values: dict[str, Any] = {}

    @property
    def ref(self) -> dict[str, Any]:
        """What a `ref` field keeps of this record."""
        return reference_of(self.document)

    def __getitem__(self, key: str) -> Any:
        if key == "meta":
            return head_of(self.document)
        if key == "id":
            return self.document.pk
        if key not in self._values:
            one = definition_for(self.document).field_by_key[key]
            self._values[key] = _with_reference(one, load(one, self._data.get(key)), self._depth)
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(("meta", *definition_for(self.document).field_by_key))

    def __len__(self) -> int:
        return len(definition_for(self.document).field_by_key) + 1

    def __eq__(self, other: object) -> bool:
        """Two records are equal if they are the same document."""
        if isinstance(other, Record):
            return self.document.pk == other.document.pk
        return isinstance(other, Reference) and other.id == self.document.pk and not other.register

    def __hash__(self) -> int:
        return hash(self.document.pk)

    def __repr__(self) -> str:
        return f"<Record {self.document.pk}>"


class Reference(Mapping[str, Any]):
    """What a `ref` field points to; read from the database when a name below it is asked for."""

    def __init__(self, kept: Mapping[str, Any], depth: int) -> None:
        self.kept = dict(kept)
        self._depth = depth
        self._target: Mapping[str, Any] | None = None

    @property
    def id(self) -> int:
        """The id of the record."""
        return int(self.kept["id"])

    @property
    def register(self) -> str:
        """The register's name; empty for a document."""
        name = str(self.kept.get("of", ""))
        return name if reference_source(name) else ""

    @property
    def ref(self) -> dict[str, Any]:
        """What the field keeps."""
        return self.kept

    def __getitem__(self, key: str) -> Any:
        if key in {"id", "number", "title", "version"} and key not in self._resolved():
            return self.kept.get(key)
        return self._resolved()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._resolved())

    def __len__(self) -> int:
        return len(self._resolved())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Reference):
            return (self.id, self.register) == (other.id, other.register)
        return isinstance(other, Record) and other == self

    def __hash__(self) -> int:
        return hash((self.id, self.register))

    def _resolved(self) -> Mapping[str, Any]:
        if self._target is None:
            self._target = self._find()
        return self._target

    def _find(self) -> Mapping[str, Any]:
        source = reference_source(str(self.kept.get("of", "")))
        if source is not None:
            return source.values(self.id)
        found = Document.objects.select_related("form_version").filter(pk=self.id).first()
        if found is None or self._depth >= MOST_STEPS:
            return {}
        return Record(found, depth=self._depth + 1)


def plain(document: Document, data: Mapping[str, Any] | None = None) -> Record:
    """The document for expressions; `data` (canonical JSON) stands in for its working copy."""
    return Record(document, data)


def with_references(definition: FormDefinition, values: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """The typed values with references that resolve when read, in tables as well."""
    result = dict(values)
    for one in definition.fields:
        if one.type in (FieldType.REF, FieldType.VIEW, FieldType.TABLE):
            result[one.key] = _with_reference(one, values.get(one.key), depth)
    return result


def _with_reference(one: FieldDefinition, value: Any, depth: int) -> Any:
    if one.type in (FieldType.REF, FieldType.VIEW):
        return _references(value, depth)
    columns = [column.key for column in one.columns if column.type == FieldType.REF]
    if not columns:
        return value
    return [{**row, **{key: _references(row.get(key), depth) for key in columns}} for row in value or ()]


def _references(kept: Any, depth: int) -> Any:
    if isinstance(kept, list):
        return [Reference(one, depth) for one in kept]
    return Reference(kept, depth) if kept else None


def head_of(document: Document) -> dict[str, Any]:
    """The head as expressions read it (`meta`): labels in Chinese, people and units as ids."""
    return {
        "no": document.number,
        "state": State(document.state).label,
        "version": document.version_number,
        "author": document.author_id,
        "unit": document.unit_id,
        "secrecy": Secrecy(document.secrecy).label,
        "urgency": document.urgency,
        "submitted": document.submitted_at,
        "passed": document.passed_at,
    }


def reference_of(document: Document) -> dict[str, Any]:
    """What a `ref` field keeps of a document."""
    return {
        "of": document.form_version.form.code,
        "id": document.pk,
        "number": document.number,
        "title": document.title,
        "version": document.version_number,
    }
