"""Backup and restore: one moment, the same rows and files afterwards, on either kind of database (trust.md 34, 35)."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import connection

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.errors import Conflict, Invalid
from bihuan.kit import files
from bihuan.kit.backup import make_backup, restore_backup
from bihuan.kit.backup.archive import MANIFEST, Backup
from bihuan.kit.backup.making import one_moment
from bihuan.kit.notify import Notice
from bihuan.process.tests import stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made(rail: Any, cli: Callable[..., Any], tmp_path: Path) -> Path:
    """A backup of a company with a running case, a kept file and texts that need care."""
    case = stage.plan_at("head")
    files.keep(io.BytesIO(b"%PDF-1.4 paper"), name="方案.pdf", by=SYSTEM, at=clock.now())
    Notice.objects.create(
        person=1, kind="x", text='换行\n引号"\\', params={"b": 1.5, "a": [None]}, at=clock.now()
    )
    assert case.number
    told = cli("backup", str(tmp_path / "made.zip"), "--json")
    assert told.exit_code == 0, told.output
    return Path(json.loads(told.stdout)["file"])


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[list[str]]:
    """Addresses of empty databases: SQLite, and PostgreSQL where the tests run on it."""
    found = [f"sqlite:///{tmp_path}/new.sqlite3"]
    if connection.vendor != "postgresql":
        yield found
        return
    name, url = f"restored_{uuid4().hex[:8]}", urlsplit(os.environ["BIHUAN_DATABASE_URL"])
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield [*found, url._replace(path=f"/{name}").geturl()]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def bihuan(folder: Path, database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command on another machine."""
    own = {"BIHUAN_DATA_DIR": str(folder), "BIHUAN_DATABASE_URL": database}
    command = [sys.executable, "-m", "bihuan", *arguments]
    keep = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(command, env={**keep, **own}, capture_output=True, text=True, check=False)


def content(path: Path) -> tuple[Any, Any]:
    """Tables and files of a backup as its manifest tells them."""
    with Backup(path) as backup:
        return backup.manifest.tables, backup.manifest.files


@pytest.mark.req("R-320")
def test_an_empty_machine_gets_the_same_rows_and_files(
    made: Path, databases: list[str], tmp_path: Path
) -> None:
    for number, database in enumerate(databases):
        folder = tmp_path / f"machine{number}"
        told = bihuan(folder, database, "restore", str(made), "--json")
        assert told.returncode == 0, told.stderr
        assert json.loads(told.stdout)["problems"] == []
        again = folder / "again.zip"
        assert bihuan(folder, database, "backup", str(again), "--json").returncode == 0
        assert content(again) == content(made)
        second = bihuan(folder, database, "restore", str(made))
        assert (second.returncode, "数据库里已经有数据" in second.stderr) == (1, True)
        assert bihuan(folder, database, "org", "add-admin", "new.admin").returncode == 0


def test_a_backup_shows_one_moment_and_nobody_waits(rail: Any) -> None:
    def write() -> None:
        Notice.objects.create(person=1, kind="x", text="同时", at=clock.now())
        connection.close()

    with one_moment():
        before = Notice.objects.count()
        other = threading.Thread(target=write)
        other.start()
        other.join(10)
        assert not other.is_alive()
        assert Notice.objects.count() == before
    assert Notice.objects.count() == before + 1


def test_a_missing_file_or_an_old_backup_is_not_lost_silently(made: Path) -> None:
    kept = made.read_bytes()
    sha256 = next(iter(content(made)[1]))
    files.store.path_of(sha256).unlink()
    with pytest.raises(Conflict, match=r"方案\.pdf"):
        make_backup(made, at=clock.now())
    assert made.read_bytes() == kept  # what lay there is as it was
    assert [one.name for one in made.parent.iterdir() if one.name.endswith(".part")] == []


def test_what_is_damaged_is_refused_before_anything_is_written(made: Path, tmp_path: Path) -> None:
    whole, chance = made.read_bytes(), random.Random(34)
    same, bad = content(made), tmp_path / "bad.zip"
    refused = 0
    for turn in range(120):
        at = chance.randrange(len(whole))
        bad.write_bytes(
            whole[:at] if turn % 4 == 0 else whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :]
        )
        try:
            with Backup(bad) as backup:
                backup.check()
                assert (backup.manifest.tables, backup.manifest.files) == same  # a byte that says nothing
        except Invalid:
            refused += 1
    assert refused > 100


def test_a_newer_or_foreign_file_is_refused(made: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.zip"
    for change in ({"format": 2}, {"migrations": {"kit": ["9999_tomorrow"]}}):
        with zipfile.ZipFile(made) as old, zipfile.ZipFile(newer, "w") as new:
            manifest = json.loads(old.read(MANIFEST)) | change
            new.writestr(MANIFEST, json.dumps(manifest))
        with pytest.raises(Invalid, match="更新的版本"):
            restore_backup(newer)
    for foreign in (b"", b"PK\x05\x06" + b"\0" * 18, b"text"):
        newer.write_bytes(foreign)
        with pytest.raises(Invalid, match="不是备份文件"):
            restore_backup(newer)
    with pytest.raises(Invalid, match="没有这个文件"):
        restore_backup(tmp_path / "none.zip")
    with pytest.raises(Conflict, match="已经有数据"):
        restore_backup(made)
