"""Databases for tests: migrated once into a template that is kept, then copied for each run and worker."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "var" / "test-templates"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
# The same examples every time, and no verdict on how fast the machine is; soak runs look for new ones.
settings.register_profile(
    "usual", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("soak", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("soak" if os.environ.get("BIHUAN_SOAK") else "usual")


def schema_digest() -> str:
    """A hash over all migrations of this project: the same hash, the same template."""
    found = hashlib.sha256()
    for path in sorted((ROOT / "bihuan").glob("*/migrations/*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _sqlite_copy(worker: str) -> Path:
    """A private copy of the migrated SQLite template."""
    from django.core.management import call_command
    from django.db import connection

    CACHE.mkdir(parents=True, exist_ok=True)
    template = CACHE / f"{schema_digest()}.sqlite3"
    if not template.exists():
        fresh = CACHE / f"{schema_digest()}.{os.getpid()}.tmp"
        connection.close()
        connection.settings_dict["NAME"] = str(fresh)
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        fresh.replace(template)
    private = CACHE / f"run-{os.getpid()}-{worker}.sqlite3"
    shutil.copyfile(template, private)
    return private


def _postgres_clone(worker: str) -> str:
    """A private clone of the migrated PostgreSQL template."""
    from django.core.management import call_command
    from django.db import connection

    template, clone = f"bihuan_{schema_digest()}", f"bihuan_run_{os.getpid()}_{worker}"
    admin = {**connection.settings_dict, "NAME": "postgres"}

    def run(*statements: str) -> None:
        import psycopg

        with psycopg.connect(
            host=admin["HOST"],
            port=admin["PORT"] or 5432,
            user=admin["USER"],
            dbname="postgres",
            autocommit=True,
        ) as link:
            link.execute("SELECT pg_advisory_lock(4711)")
            for statement in statements:
                link.execute(statement)

    import psycopg

    with psycopg.connect(
        host=admin["HOST"], port=admin["PORT"] or 5432, user=admin["USER"], dbname="postgres", autocommit=True
    ) as link:
        link.execute("SELECT pg_advisory_lock(4712)")
        known = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone()
        if not known:
            link.execute(f'CREATE DATABASE "{template}_making"')
            connection.close()
            connection.settings_dict["NAME"] = f"{template}_making"
            call_command("migrate", verbosity=0)
            connection.close()
            link.execute(f'ALTER DATABASE "{template}_making" RENAME TO "{template}"')
    run(f'CREATE DATABASE "{clone}" TEMPLATE "{template}"')
    return clone


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: object, worker_name: str) -> Iterator[None]:
    """Replaces pytest-django's set-up: copy the template instead of migrating every time."""
    from django.db import connection

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        copy = _sqlite_copy(worker_name) if connection.vendor == "sqlite" else _postgres_clone(worker_name)
        connection.close()
        connection.settings_dict["NAME"] = str(copy)
        connection.settings_dict["CONN_MAX_AGE"] = 0
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connection.close()
    if isinstance(copy, Path):
        for rest in copy.parent.glob(copy.name + "*"):
            rest.unlink()


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    """The name of this test worker."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))
