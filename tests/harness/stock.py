"""What some work left in the database, put back later without doing the work again.

Setting up the demo company takes seconds and gives the same rows each time: the first test of a process does it,
the others copy its rows back as the database wrote them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection

Rows = dict[str, list[str]]
_APART = ("django_", "sqlite_")
_kept: dict[str, tuple[Rows, Rows]] = {}


def laid(name: str, work: Callable[[], object]) -> None:
    """Do the work the first time; afterwards put back what it added, where the database is as it was then."""
    before = _rows()
    known = _kept.get(name)
    if known is not None and known[0] == before:
        _put(known[1])
        return
    work()
    after = _rows()
    added = {table: [row for row in rows if row not in set(before[table])] for table, rows in after.items()}
    _kept[name] = before, {table: rows for table, rows in added.items() if rows}


def _rows() -> Rows:
    """Every row of every table of ours, as text that can be put back."""
    tables = [one for one in connection.introspection.table_names() if not one.startswith(_APART)]
    return {
        table: _of_sqlite(table) if connection.vendor == "sqlite" else _of_postgres(table) for table in tables
    }


def _of_sqlite(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f'PRAGMA table_info("{table}")')
        quoted = " || ',' || ".join(f'quote("{column[1]}")' for column in cursor.fetchall())
        cursor.execute(f'SELECT {quoted} FROM "{table}"')
        return [row[0] for row in cursor.fetchall()]


def _of_postgres(table: str) -> list[str]:
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" TO STDOUT') as lines:
        return b"".join(bytes(block) for block in lines).decode().splitlines(keepends=True)


def _put(rows: Rows) -> None:
    with connection.cursor() as cursor:
        for table, lines in rows.items():
            if connection.vendor == "sqlite":
                _driver(cursor).execute(
                    f'INSERT INTO "{table}" VALUES ' + ",".join(f"({one})" for one in lines)
                )
                continue
            with cursor.copy(f'COPY "{table}" FROM STDIN') as into:
                into.write("".join(lines))
            cursor.execute(
                "SELECT setval(found.name, GREATEST((SELECT MAX(id) FROM "
                f'"{table}"), nextval(found.name::regclass))) '
                f"FROM (SELECT pg_get_serial_sequence('\"{table}\"', 'id') AS name) found WHERE found.name IS NOT NULL"
            )


def _driver(cursor: Any) -> Any:
    """The driver's own cursor: the rows' text may hold per-cent signs."""
    while hasattr(cursor, "cursor"):
        cursor = cursor.cursor
    return cursor.connection.cursor()
