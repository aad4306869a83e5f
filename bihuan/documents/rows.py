"""Rows of documents as running cases read and write them.

Bare SQL (ADR 0016): making a statement from a queryset costs more than running it, and a step that
writes a document would make seven. Columns and their conversion come from the models.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from .models import Document, DocumentField, DocumentVersion, FormVersion

_FIELDS = Document._meta.concrete_fields
_NAMES = [field.attname for field in _FIELDS]
_BY_NAME = {field.attname: field for field in _FIELDS}

DOCUMENT_COLUMNS = ", ".join([*(f"document.{field.column}" for field in _FIELDS), "form.digest"])
"""What `document_of` reads, from `DOCUMENT_SOURCE`."""
DOCUMENT_SOURCE = (
    "documents_document document JOIN documents_formversion form ON form.id = document.form_version_id"
)
DOCUMENT_WIDTH = len(_FIELDS) + 1
"""How many columns `DOCUMENT_COLUMNS` are."""

_READ = f"SELECT {DOCUMENT_COLUMNS} FROM {DOCUMENT_SOURCE} WHERE document.id = %s"  # noqa: S608
_VERSION = [
    field for field in DocumentVersion._meta.concrete_fields if field.attname not in ("id", "revision")
]
_NEXT_REVISION = (
    "(SELECT COALESCE(MAX(revision) + 1, 0) FROM documents_documentversion"
    " WHERE document_id = %s AND number = %s)"
)
_INSERT_VERSION = (
    f"INSERT INTO documents_documentversion (revision, {', '.join(str(field.column) for field in _VERSION)})"  # noqa: S608
    f" VALUES ({_NEXT_REVISION}, {', '.join(['%s'] * len(_VERSION))}) RETURNING id, revision"
)
_INDEX = {
    field.attname: field
    for field in DocumentField._meta.concrete_fields
    if field.attname in ("text", "number", "date", "ref")
}


def document_of(row: Sequence[Any]) -> Document:
    """The document of a row with the columns `DOCUMENT_COLUMNS`; its form is at hand."""
    values = list(row[: DOCUMENT_WIDTH - 1])
    for place, read in _readers(connection.vendor):
        values[place] = read(values[place])
    document = Document.from_db(connection.alias, _NAMES, values)
    document.form_version = _form(document.form_version_id, row[DOCUMENT_WIDTH - 1])
    return document


def lock_document(document_id: int) -> Document:
    """The document as it now stands, locked until the transaction ends; raises Document.DoesNotExist."""
    lock = " FOR UPDATE OF document" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(_READ + lock, [document_id])
        row = cursor.fetchone()
    if row is None:
        raise Document.DoesNotExist
    return document_of(row)


def write_document(document: Document, lock: int, columns: Collection[str]) -> bool:
    """Write these columns and the next lock where the row still has `lock`; whether it had."""
    fields = [_BY_NAME[name] for name in columns]
    marks = ", ".join(f"{field.column} = %s" for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE documents_document SET {marks}, lock = %s WHERE id = %s AND lock = %s",  # noqa: S608
            [*_written(document, fields), lock + 1, document.pk, lock],
        )
        return bool(cursor.rowcount)


def add_version(version: DocumentVersion) -> None:
    """Insert the version as the next revision of its number; it then knows its id and revision."""
    with connection.cursor() as cursor:
        numbered = [version.document_id, version.number]
        cursor.execute(_INSERT_VERSION, [*numbered, *_written(version, _VERSION)])
        version.pk, version.revision = cursor.fetchone()
    version._state.adding = False


def write_index(document_id: int, keys: Collection[str], rows: Iterable[tuple[str, str, Any]]) -> None:
    """Write the index rows of these fields anew: (key, column, value)."""
    new = []
    for key, column, value in rows:
        found = _INDEX[column].get_db_prep_save(value, connection)
        new.append((document_id, key, *(found if name == column else None for name in _INDEX)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM documents_documentfield WHERE document_id = %s AND key IN ({_marks(keys)})",  # noqa: S608
            [document_id, *keys],
        )
        if new:
            one = f"({_marks(new[0])})"
            cursor.execute(
                f"INSERT INTO documents_documentfield (document_id, key, {', '.join(_INDEX)})"  # noqa: S608
                f" VALUES {', '.join([one] * len(new))}",
                [value for row in new for value in row],
            )


def _marks(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _written(record: Model, fields: Iterable[Field[Any, Any]]) -> list[Any]:
    return [field.get_db_prep_save(getattr(record, field.attname), connection) for field in fields]


@cache
def _readers(vendor: str) -> list[tuple[int, Callable[[Any], Any]]]:
    """The columns that this database does not give as the model holds them, and how each is read."""
    found = []
    for place, field in enumerate(_FIELDS):
        column = field.get_col("document")
        convert = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
        if convert:
            found.append((place, _reader(convert, column)))
    return found


def _reader(convert: list[Callable[..., Any]], column: Any) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        for one in convert:
            value = one(value, column, connection)
        return value

    return read


@lru_cache(maxsize=512)
def _form(version_id: int, _digest: str) -> FormVersion:
    """A form version never changes; its digest guards against a database that was put back."""
    return FormVersion.objects.select_related("form").get(pk=version_id)
