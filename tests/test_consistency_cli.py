"""The command line as people meet it: one clear line for an error, exit code 1, no traceback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bihuan import cli
from bihuan.doctor import FAIL, OK, WARN, examine
from bihuan.kernel.errors import Invalid

ROOT = Path(__file__).resolve().parents[1]


def bihuan(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with a data folder of its own."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BIHUAN_", "DJANGO_SETTINGS"))
    }
    settings = {**clean, "BIHUAN_DATA_DIR": str(folder), **environment}
    command = [sys.executable, "-m", "bihuan", *words]
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)


def test_an_unknown_command_is_one_line(tmp_path: Path) -> None:
    answer = bihuan(tmp_path, "serv")
    assert answer.returncode == 2
    assert "No such command 'serv'. Did you mean 'serve'" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_each_mistake_of_a_pack_is_one_line(tmp_path: Path) -> None:
    pack = tmp_path / "broken"
    pack.mkdir()
    (pack / "pack.yaml").write_text("code: broken\nversio: 1.0.0\n", encoding="utf-8")
    answer = bihuan(tmp_path, "pack", "check", str(pack))
    assert answer.returncode == 1
    assert "pack.yaml:2: versio" in answer.stderr
    assert "Traceback" not in answer.stderr
    found = json.loads(bihuan(tmp_path, "pack", "check", str(pack), "--json").stdout)
    assert len(found["problems"]) == len(answer.stderr.splitlines())


def test_doctor_says_what_is_missing(tmp_path: Path) -> None:
    answer = bihuan(tmp_path, "doctor")
    assert answer.returncode == 1
    lines = answer.stdout.splitlines()
    assert {line.split()[0] for line in lines} <= {OK, WARN, FAIL}
    assert any(line.startswith("fail migrations:") and line.endswith("bihuan migrate") for line in lines)


def test_an_unreachable_database_is_one_line(tmp_path: Path) -> None:
    nowhere = "postgres://nobody@127.0.0.1:1/none"
    answer = bihuan(tmp_path, "migrate", BIHUAN_DATABASE_URL=nowhere)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.stderr
    checked = json.loads(bihuan(tmp_path, "doctor", "--json", BIHUAN_DATABASE_URL=nowhere).stdout)
    assert next(row["check"] for row in checked if row["state"] == FAIL) == "database"


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = bihuan(tmp_path, "demo", "--port", str(taken.getsockname()[1]))
    assert answer.returncode == 1
    assert answer.stderr.startswith("无法监听127.0.0.1:")
    assert answer.stderr.count("\n") == 1
    assert not (tmp_path / "demo").exists()


def test_the_demo_keeps_away_from_the_real_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("BIHUAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BIHUAN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("BIHUAN_DATABASE_URL", "postgres://real@db/real")
    monkeypatch.setenv("BIHUAN_FILES_DIR", "/srv/real")
    monkeypatch.setenv("BIHUAN_BASE_URL", "https://real.example")
    before = dict(os.environ)
    try:
        folder = cli._demo_environment("rail", 8123)
        assert folder == tmp_path / "demo" / "rail"
        left = {name: value for name, value in os.environ.items() if name.startswith("BIHUAN_")}
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert left.pop("BIHUAN_EMAIL_BACKEND").endswith("dummy.EmailBackend")
    assert left == {
        "BIHUAN_DATA_DIR": str(folder),
        "BIHUAN_SQLITE_SYNCHRONOUS": "NORMAL",
        "BIHUAN_BASE_URL": "http://127.0.0.1:8123",
    }


@pytest.mark.parametrize("pack", ["../rail", "/etc", "a b", ""])
def test_a_pack_code_is_no_path(pack: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli._demo_environment(pack, 8000)
    assert "没有流程包" in capsys.readouterr().err


def test_a_domain_error_names_the_fields() -> None:
    error = Invalid("编号{code}已存在", fields={"code": ["已被使用"]}, code="A1")
    assert cli._lines(error) == ["编号A1已存在 (code: 已被使用)"]


@pytest.mark.django_db
def test_doctor_reads_the_tables() -> None:
    found = {one.check: one.state for one in examine()}
    assert found["database"] == found["migrations"] == OK
    assert found["calendar"] == FAIL
    assert found["administrator"] == found["worker"] == WARN
