"""Records of events as JSON data and back: an event is read in a later transaction than it was raised in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bihuan.documents import public as documents
from bihuan.documents.public import Document, Record, Reference
from bihuan.org import public as org
from bihuan.process.models import Case

MARK = "$"
"""The key under which a value that JSON has no type for says what it is."""


def freeze(value: Any) -> Any:
    """A value as JSON data; documents and references as what they point to."""
    for kind, code, plain in _MARKED:
        if isinstance(value, kind):
            return {MARK: code, "of": plain(value)}
    if isinstance(value, Mapping):
        return {str(key): freeze(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [freeze(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


_MARKED: tuple[tuple[type, str, Callable[[Any], Any]], ...] = (
    (Record, "document", lambda record: record.document.pk),
    (Reference, "reference", lambda reference: reference.kept),
    (Document, "document", lambda document: document.pk),
    (Case, "case", lambda case: case.pk),
    (Decimal, "decimal", str),
    (datetime, "datetime", datetime.isoformat),  # before date: a moment is one, too
    (date, "date", date.isoformat),
)


def thaw(value: Any) -> Any:
    """The value again; a document as it stands now."""
    if isinstance(value, list):
        return [thaw(one) for one in value]
    if not isinstance(value, dict):
        return value
    if MARK not in value:
        return {key: thaw(one) for key, one in value.items()}
    return _KINDS[value[MARK]](value["of"])


def _document(number: int) -> Record | None:
    found = Document.objects.select_related("form_version__form", "author", "unit").filter(pk=number).first()
    return documents.plain(found) if found is not None else None


def _case(number: int) -> dict[str, Any] | None:
    """The main data of a case."""
    row = Case.objects.select_related("main_document__form_version__form").filter(pk=number).first()
    if row is None:
        return None
    return {
        "id": row.pk, "no": row.number, "process": row.process_code, "title": row.title,
        "state": row.get_state_display(), "outcome": row.outcome, "passed": row.passed,
        "unit": org.unit_record(row.unit_id), "starter": org.person_record(row.starter_id),
        "opened": row.opened_at, "ended": row.ended_at, "date": row.for_date, "period": row.period,
        "document": documents.plain(row.main_document) if row.main_document else None,
        "meta": {"no": row.number},
    }  # fmt: skip


_KINDS: dict[str, Callable[[Any], Any]] = {
    "case": _case,
    "document": _document,
    "reference": lambda kept: Reference(kept, 0),
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}
