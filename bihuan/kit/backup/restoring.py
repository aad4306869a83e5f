"""Restoring a backup into an empty database of either kind, proved by comparing every table afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model

from bihuan.kernel.errors import Conflict, Invalid, text
from bihuan.kit.audit import services as audit
from bihuan.kit.files import store

from .archive import Backup, Manifest
from .rows import Digest, lines_of, tables, write_lines


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back: from when it is, its rows and files."""

    made_at: datetime
    rows: int
    files: int


def restore_backup(path: Path) -> Restored:
    """Bring a backup back into the configured database, which must be empty, and its files (R-320).

    The whole file is checked before anything is written. Afterwards each table is read back and compared
    by rows and SHA-256; then the tables are brought up to date with this program.

    Raises Invalid for a file that is damaged or newer than this program, Conflict where the database holds
    tables already; the database is unchanged in both cases.
    """
    with Backup(path) as backup:
        _refuse_newer(backup.manifest)
        _refuse_full()
        backup.check()
        models = _tables_as_then(backup.manifest)
        for sha256 in backup.manifest.files:
            with store.drafting(backup.content(sha256), backup.manifest.files[sha256]) as draft:
                store.settle(draft)
        with transaction.atomic():
            for label, model in models.items():
                write_lines(model, backup.lines(label))
            _compare(backup.manifest, models)
    call_command("migrate", verbosity=0, interactive=False)
    if not audit.log_path().exists():  # a new machine: the outside log of checkpoints begins with these
        audit.append_log()
    return Restored(backup.manifest.made_at, backup.manifest.rows, len(backup.manifest.files))


def _refuse_newer(manifest: Manifest) -> None:
    known = MigrationExecutor(connection).loader.graph.nodes
    for app, names in manifest.migrations.items():
        for name in names:
            if (app, name) not in known:
                raise Invalid(
                    text("这个备份是更新的版本做的，请先升级程序(没有{app} {name})"), app=app, name=name
                )


def _refuse_full() -> None:
    if connection.introspection.table_names():
        raise Conflict(
            text("数据库里已经有数据。请新建一个空数据库，设好BIHUAN_DATABASE_URL再恢复；原来的数据没有改动")
        )


def _tables_as_then(manifest: Manifest) -> dict[str, type[Model]]:
    """Make the tables as they were when the backup was made; answers their models."""
    executor = MigrationExecutor(connection)
    kept = {(app, name) for app, names in manifest.migrations.items() for name in names}
    graph = executor.loader.graph
    inner = {parent.key for one in kept for parent in graph.node_map[one].parents}
    state = executor.migrate(sorted(kept - {one for one in inner if one in kept}))
    found = tables(state.apps.get_models(include_auto_created=True))
    with connection.cursor() as cursor:
        for model in found.values():
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')  # noqa: S608 - rows that migrations made
    return {label: found[label] for label in manifest.tables}


def _compare(manifest: Manifest, models: dict[str, type[Model]]) -> None:
    for label, model in models.items():
        digest = Digest()
        for _ in digest.passing(lines_of(model)):
            pass
        if digest.told() != manifest.tables[label]:
            raise Conflict(text("{part}恢复后和备份不一致，没有写入任何数据"), part=label)
