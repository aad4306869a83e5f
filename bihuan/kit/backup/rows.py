"""Rows of a table as lines of text that are the same whatever database they come from, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Field, Model

BATCH = 2_000
LEFT_OUT = {"sessions.Session"}
"""Tables that are worth nothing elsewhere: people sign in again."""


class Digest:
    """How many lines went by, and the SHA-256 over them in their order."""

    def __init__(self) -> None:
        self.rows, self._hash = 0, hashlib.sha256()

    def passing(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The lines, counted and hashed as they pass."""
        for line in lines:
            self.rows += 1
            self._hash.update(line)
            yield line

    def told(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {"rows": self.rows, "sha256": self._hash.hexdigest()}


def tables(models: Iterable[type[Model]]) -> dict[str, type[Model]]:
    """The tables that a backup holds, by the label of their model."""
    kept = {one._meta.label: one for one in models if one._meta.managed and not one._meta.proxy}
    return {label: kept[label] for label in sorted(kept) if label not in LEFT_OUT}


def lines_of(model: type[Model]) -> Iterator[bytes]:
    """Each row as a JSON list of its columns by name, in the order of the keys; read in portions."""
    rows = model._base_manager.order_by("pk").values_list(*(one.attname for one in _fields(model)))
    for row in rows.iterator(chunk_size=BATCH):
        yield _WRITER.encode(row).encode() + b"\n"


def write_lines(model: type[Model], lines: Iterable[bytes]) -> None:
    """Insert rows given as `lines_of` makes them, and let the numbering go on behind them."""
    fields = _fields(model)
    _insert(model._meta.db_table, [str(one.column) for one in fields], (_row(fields, line) for line in lines))
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)


def _row(fields: list[Field[Any, Any]], line: bytes) -> list[Any]:
    given = zip(fields, json.loads(line), strict=True)
    return [one.get_db_prep_save(one.to_python(value), connection) for one, value in given]


def _insert(table: str, columns: list[str], rows: Iterator[list[Any]]) -> None:
    names = ", ".join(connection.ops.quote_name(one) for one in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as into:
                for row in rows:
                    into.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        while portion := list(islice(rows, BATCH)):
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', portion)  # noqa: S608


def _fields(model: type[Model]) -> list[Field[Any, Any]]:
    """The columns by name: models as migrations know them have them in another order."""
    return sorted(model._meta.local_concrete_fields, key=lambda one: str(one.column))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no way to write {type(value).__name__} into a backup")


_WRITER = json.JSONEncoder(default=_plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
