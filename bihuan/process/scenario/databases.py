"""The database scenarios run in: a migrated SQLite template of our own, or the one that is named."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dj_database_url
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections


@contextmanager
def scenario_database(url: str = "") -> Iterator[None]:
    """Point the default connection at a migrated database for the time of the block."""
    before = connections.settings[DEFAULT_DB_ALIAS]
    try:
        with tempfile.TemporaryDirectory(prefix="bihuan-scenario-") as folder:
            if url:
                _use({**before, **_parsed(url)})
                call_command("migrate", verbosity=0)
            else:
                private = Path(folder) / "scenario.sqlite3"
                shutil.copyfile(_template(before), private)
                _use({**before, **_sqlite(private)})
            yield
            connections[DEFAULT_DB_ALIAS].close()
    finally:
        _use(before)


def _template(before: dict[str, Any]) -> Path:
    """The migrated file, kept by the hash of all migrations."""
    digest = hashlib.sha256()
    for config in sorted(apps.get_app_configs(), key=lambda one: one.label):
        for path in sorted(Path(config.path).glob("migrations/*.py")):
            digest.update(path.read_bytes())
    folder = Path(settings.DATA_DIR) / "scenario-templates"
    folder.mkdir(parents=True, exist_ok=True)
    template = folder / f"{digest.hexdigest()[:16]}.sqlite3"
    if not template.exists():
        making = folder / f"{template.stem}.making"
        making.unlink(missing_ok=True)
        _use({**before, **_sqlite(making)})
        call_command("migrate", verbosity=0)
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections[DEFAULT_DB_ALIAS].close()
        making.replace(template)
    return template


def _sqlite(path: Path) -> dict[str, Any]:
    options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
    return {**_parsed("sqlite://:memory:"), "NAME": str(path), "OPTIONS": options}


def _parsed(url: str) -> dict[str, Any]:
    found = dict(dj_database_url.parse(url))
    if str(found["ENGINE"]).endswith("sqlite3"):
        found["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20}
    return {"OPTIONS": {}, **found}


def _use(values: dict[str, Any]) -> None:
    """Make the default connection anew with these settings."""
    connections[DEFAULT_DB_ALIAS].close()
    connections.settings[DEFAULT_DB_ALIAS] = values
    del connections[DEFAULT_DB_ALIAS]
