"""Triggers that refuse UPDATE and DELETE on the entries, also to raw SQL; for the migration."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from bihuan.kit.audit.immutable import lift, protect

TABLES = ("ledger_entry",)


def protect_in_migration(apps: Any, schema_editor: Any) -> None:
    """Put the triggers in place, but for test-suites that empty their tables (AUDIT_TRIGGERS)."""
    if getattr(settings, "AUDIT_TRIGGERS", True):
        protect(schema_editor.connection, TABLES)


def lift_in_migration(apps: Any, schema_editor: Any) -> None:
    """On the way back."""
    lift(schema_editor.connection, TABLES)
