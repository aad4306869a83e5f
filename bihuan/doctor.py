"""What the program needs to run, checked one by one for `bihuan doctor`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from bihuan.kernel import clock

OK, WARN, FAIL = "ok", "warn", "fail"
QUIET = timedelta(minutes=5)
"""Ticks come every minute; after this long without one the worker is taken to be down."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str
    state: str
    text: str


def examine() -> list[Finding]:
    """All checks; those that read tables are left out where the tables can't be read."""
    database = list(_database())
    checks: list[Callable[[], Iterator[Finding]]] = [_files, _bundle, _mail, _settings]
    if all(one.state != FAIL for one in database):
        checks += [_calendar, _people, _work]
    return database + [one for check in checks for one in check()]


def _database() -> Iterator[Finding]:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield Finding("database", FAIL, str(error).strip().splitlines()[0])
        return
    yield Finding("database", OK, f"{connection.vendor} answers")
    if missing:
        yield Finding("migrations", FAIL, f"{len(missing)} not applied: bihuan migrate")
    else:
        yield Finding("migrations", OK, "all applied")
    if connection.vendor == "sqlite" and settings.SQLITE_SYNCHRONOUS.upper() not in {"FULL", "EXTRA"}:
        yield Finding(
            "durability", WARN, "a power cut may lose the last changes: BIHUAN_SQLITE_SYNCHRONOUS=FULL"
        )


def _files() -> Iterator[Finding]:
    folder = Path(settings.FILES_DIR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            yield Finding("files", OK, f"{folder} is writable")
    except OSError as error:
        yield Finding("files", FAIL, f"{folder}: {error.strerror}")


def _bundle() -> Iterator[Finding]:
    manifest = Path(settings.FRONTEND_DIST) / "manifest.json"
    try:
        chunks = json.loads(manifest.read_text(encoding="utf-8")).values()
        missing = [chunk["file"] for chunk in chunks if not (manifest.parent / chunk["file"]).exists()]
    except (OSError, ValueError):
        yield Finding("bundle", FAIL, f"no {manifest}: make setup")
        return
    if missing:
        yield Finding("bundle", FAIL, f"{missing[0]} is missing: make setup")
    else:
        yield Finding("bundle", OK, f"{len(chunks)} files")


def _mail() -> Iterator[Finding]:
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend") and not settings.EMAIL_HOST:
        yield Finding("e-mail", WARN, "no BIHUAN_SMTP_HOST: people see messages only in the pages")
    else:
        yield Finding("e-mail", OK, settings.EMAIL_HOST or settings.EMAIL_BACKEND.rsplit(".", 2)[-2])


def _settings() -> Iterator[Finding]:
    if settings.DEBUG:
        yield Finding("debug", WARN, "BIHUAN_DEBUG shows inner details to everybody")
    if settings.BEHIND_HTTPS:
        yield Finding("https", OK, settings.BASE_URL)
    else:
        yield Finding(
            "https", WARN, f"{settings.BASE_URL}: set BIHUAN_BASE_URL to the https address of the proxy"
        )


def _calendar() -> Iterator[Finding]:
    from bihuan.org.public import missing_years

    missing = missing_years(clock.today())
    if missing:
        state = FAIL if clock.today().year in missing else WARN
        years = ", ".join(map(str, missing))
        yield Finding("calendar", state, f"no holidays for {years}: install a pack or import the calendar")
    else:
        yield Finding("calendar", OK, "this year and the next are in")


def _people() -> Iterator[Finding]:
    from bihuan.org.public import Person

    if Person.objects.filter(is_active=True, is_admin=True).exists():
        yield Finding("administrator", OK, "there is one")
    else:
        yield Finding("administrator", WARN, "nobody: bihuan org add-admin NAME")


def _work() -> Iterator[Finding]:
    from bihuan.kit.jobs import JobState, QueuedJob, TickRun

    newest = TickRun.objects.order_by("-started_at").filter(started_at__isnull=False).first()
    if newest and newest.started_at and clock.now() - newest.started_at < QUIET:
        yield Finding("worker", OK, "ticks are running")
    else:
        yield Finding("worker", WARN, "no tick in the last minutes: bihuan worker")
    if dead := QueuedJob.objects.filter(state=JobState.DEAD).count():
        yield Finding("jobs", WARN, f"{dead} gave up and wait for an administrator")
