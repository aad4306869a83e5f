"""Triggers that refuse UPDATE and DELETE on the audit trail and on other books, also to raw SQL.

They guard against our own mistakes, not against someone who owns the database: that is what the
hash chain is for. Personal data is erased elsewhere (values and salts of snapshots), never here.

The setting AUDIT_TRIGGERS = False leaves them out: a test-suite empties its tables between tests (on
PostgreSQL by TRUNCATE, which stays possible). SQLite drops a table's triggers when a migration
rebuilds the table: such a migration calls `protect` again.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("kit_audit_entry", "kit_audit_checkpoint", "kit_audit_sealed_head")
REFUSAL = "rows of this table are never changed"

_PG_FUNCTION = f"""
CREATE OR REPLACE FUNCTION kit_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$
"""


def protect(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = TABLES) -> None:
    """Put the triggers in place, made anew where they are there already."""
    lift(connection, tables)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_PG_FUNCTION)
        for table in tables:
            for verb in ("update", "delete"):
                cursor.execute(_create(connection.vendor, table, verb))


def lift(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = TABLES) -> None:
    """Take the triggers away: for the way back of a migration."""
    on = " ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for table in tables:
            for verb in ("update", "delete"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}" + on.format(table=table))


def _create(vendor: str, table: str, verb: str) -> str:
    head = f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table}"
    if vendor == "postgresql":
        return f"{head} FOR EACH ROW EXECUTE FUNCTION kit_audit_refuse()"
    return f"{head} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"


def protect_in_migration(apps: Any, schema_editor: Any) -> None:
    """For `RunPython`."""
    if getattr(settings, "AUDIT_TRIGGERS", True):
        protect(schema_editor.connection)


def lift_in_migration(apps: Any, schema_editor: Any) -> None:
    """For `RunPython`, on the way back."""
    lift(schema_editor.connection)
