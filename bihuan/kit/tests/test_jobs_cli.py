"""`worker`, `tick` and `verify` as an operator runs them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from django.conf import settings as django_settings
from django.db import connection
from typer.testing import CliRunner

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.kit import audit, files, jobs
from bihuan.kit.audit import immutable
from bihuan.kit.cli import app
from bihuan.kit.files import store


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.FILES_DIR = tmp_path / "files"


@jobs.job("test.cli")
def greet(word: str) -> None:
    """Does nothing."""


@pytest.mark.django_db
def test_tick_runs_what_is_due_once():
    jobs.enqueue(greet, word="你好")
    first = CliRunner().invoke(app, ["tick", "--jobs", "--json"])
    assert first.exit_code == 0, first.output
    answer = json.loads(first.output)
    assert answer["jobs"] == 1
    assert "bihuan.kit.jobs.upkeep.seal_audit" in [tick["name"] for tick in answer["ticks"]]
    at = answer["at"][:19]
    again = CliRunner().invoke(app, ["tick", "--at", at])
    assert again.output == "0个定时任务，0个作业\n"


@pytest.mark.django_db
def test_verify_says_what_is_broken():
    immutable.lift(connection)
    audit.record(kind="case", id=1, verb="create", by=SYSTEM, at=clock.now())
    file = files.keep(b"hello", name="a.txt", by=SYSTEM, at=clock.now())
    fine = CliRunner().invoke(app, ["verify"])
    assert fine.exit_code == 0
    assert fine.output.startswith("audit: ok\nfiles: ok\n")
    store.path_of(file.sha256).unlink()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kit_audit_entry SET note = 'x'")
    broken = CliRunner().invoke(app, ["verify"])
    assert broken.exit_code == 1
    assert "case 1 #1: 内容被改过" in broken.output
    assert "a.txt: 文件内容缺失" in broken.output


SUPERVISE = """
import django; django.setup()
from bihuan.kit.jobs.supervisor import Supervisor
Supervisor(processes=1, interval=0.1, memory=1024).run()
"""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="one database is enough for process handling")
@pytest.mark.django_db(transaction=True)
def test_worker_survives_a_killed_process_and_ends_in_order(tmp_path):
    path = tmp_path / "worker.sqlite3"
    env = {
        **os.environ,
        "BIHUAN_DATABASE_URL": f"sqlite:///{path}",
        "BIHUAN_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", django_settings.SETTINGS_MODULE),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    connection.ensure_connection()
    with sqlite3.connect(path) as target:
        connection.connection.backup(target)
    target.close()
    worker = subprocess.Popen([sys.executable, "-c", SUPERVISE], env=env, stderr=subprocess.DEVNULL)
    try:
        first = _wait(lambda: _children(worker.pid))[0]
        os.kill(first, signal.SIGKILL)
        second = _wait(lambda: [pid for pid in _children(worker.pid) if pid != first])[0]
        assert _wait(lambda: _ask(path, "SELECT count(*) FROM kit_tickrun WHERE finished_at IS NOT NULL"))
        worker.terminate()
        assert worker.wait(30) == 0
        assert not os.path.exists(f"/proc/{second}")
    finally:
        worker.kill()


def _wait(found, seconds: float = 20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def _children(parent: int) -> list[int]:
    with open(f"/proc/{parent}/task/{parent}/children") as file:
        return [int(pid) for pid in file.read().split()]


def _ask(path, statement: str) -> int:
    with sqlite3.connect(path) as link:
        return link.execute(statement).fetchone()[0]
