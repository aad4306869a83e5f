"""Making a backup while people work: all tables as they stood at one moment, then the files they name."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from bihuan.kernel.errors import Conflict, text
from bihuan.kit.files import store
from bihuan.kit.files.models import File

from .archive import MANIFEST, Manifest
from .rows import Digest, lines_of, tables


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made: where it lies, its rows, files and size in bytes."""

    path: Path
    rows: int
    files: int
    size: int


def make_backup(path: Path, *, at: datetime) -> Made:
    """Write a backup to `path` (R-320); what lies there is replaced only when the new one is whole.

    Raises Conflict while the tables are not up to date or a kept file is missing.
    """
    migrations = _migrations()
    for kept in store.stored():
        os.utime(kept)  # the clean-up of unused contents leaves it alone till it is copied
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            manifest = _written(archive, migrations, at)
            archive.writestr(MANIFEST, manifest.dumped())
        _settled(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return Made(path, manifest.rows, len(manifest.files), path.stat().st_size)


def _migrations() -> dict[str, list[str]]:
    """The migrations applied, by app. Raises Conflict where some are not."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Conflict(text("数据库结构不是最新的，请先运行bihuan migrate"))
    found: dict[str, list[str]] = {}
    for app, name in sorted(executor.loader.applied_migrations):
        if app in executor.loader.migrated_apps:
            found.setdefault(app, []).append(name)
    return found


def _written(archive: zipfile.ZipFile, migrations: dict[str, list[str]], at: datetime) -> Manifest:
    told = {}
    with one_moment():
        for label, model in tables(apps.get_models(include_auto_created=True)).items():
            digest = Digest()
            with archive.open(f"tables/{label}.jsonl", "w", force_zip64=True) as into:
                for line in digest.passing(lines_of(model)):
                    into.write(line)
            told[label] = digest.told()
        names = dict(File.objects.order_by("sha256").values_list("sha256", "name"))
    return Manifest(
        at, migrations, told, {sha256: _copied(archive, sha256, name) for sha256, name in names.items()}
    )


def _copied(archive: zipfile.ZipFile, sha256: str, name: str) -> int:
    """Copy a kept file as it is: most are packed already."""
    entry = zipfile.ZipInfo(f"files/{sha256}")
    try:
        with store.path_of(sha256).open("rb") as source, archive.open(entry, "w", force_zip64=True) as into:
            shutil.copyfileobj(source, into, store.CHUNK)
            return source.tell()
    except FileNotFoundError as error:
        raise Conflict(
            text("没有做成备份：文件{name}的内容不见了，请先运行bihuan verify"), name=name
        ) from error


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read inside is as it stood at the first statement; nobody waits for it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield


def _settled(draft: Path, path: Path) -> None:
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(draft, path)
