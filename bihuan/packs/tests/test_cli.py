"""The command line: one line per error, exit codes, no traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bihuan.packs.cli import app

from .conftest import PACK, SLOTS, MakePack

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_readers")]
RUN = CliRunner()


def test_check_says_what_it_did(make_pack: MakePack) -> None:
    result = RUN.invoke(app, ["check", str(make_pack())])
    assert (result.exit_code, result.stdout) == (0, "流程包mini 1.0.0没有错误，共3个文件。\n")


def test_check_prints_one_line_per_error(make_pack: MakePack) -> None:
    folder = make_pack(files={"slots.yaml": SLOTS.replace("via: clerk", "via: nobody") + "boss: {name: 2}\n"})
    result = RUN.invoke(app, ["check", str(folder)])
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert lines[0] == "slots.yaml:3: ext_printer.via: 岗位槽“nobody”不存在"
    assert lines[1].startswith("slots.yaml:4: boss: 键“boss”重复")
    as_json = RUN.invoke(app, ["check", str(folder), "--json"])
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["problems"][0]["key"] == "ext_printer.via"


def test_install_and_list(make_pack: MakePack) -> None:
    folder = str(make_pack())
    assert RUN.invoke(app, ["install", folder]).stdout == "已安装小包 1.0.0（修订1，草案）。\n"
    again = RUN.invoke(app, ["install", folder, "--effective"])
    assert again.stdout == "内容没有变化，仍是小包 1.0.0（修订1，已生效）。\n"
    as_json = RUN.invoke(app, ["install", folder, "--json"])
    assert json.loads(as_json.stdout) == {
        "ok": True, "code": "mini", "version": "1.0.0", "revision": 1, "state": "effective", "new": False,
    }  # fmt: skip
    assert RUN.invoke(app, ["list"]).stdout == "mini\t1.0.0-1\t已生效\t小包\n"
    assert json.loads(RUN.invoke(app, ["list", "--json"]).stdout)[0]["revision"] == 1


@pytest.mark.parametrize("options", [["--unit", "gone"], []])
def test_install_fails_with_a_line(make_pack: MakePack, options: list[str]) -> None:
    files: dict[str, str | bytes | None] = {} if options else {"pack.yaml": PACK + "x: 1\n"}
    result = RUN.invoke(app, ["install", str(make_pack(files=files)), *options])
    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert len(result.stderr.splitlines()) == 1


def test_schema_writes_one_file_per_kind(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["schema", str(tmp_path / "out")])
    assert result.exit_code == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"pack.schema.json", "slots.schema.json", "tables.schema.json", "demo.schema.json"} <= names
    pack = json.loads((tmp_path / "out" / "pack.schema.json").read_text(encoding="utf-8"))
    assert pack["additionalProperties"] is False
    assert "requires" in pack["properties"]
    (tmp_path / "file").write_text("")
    assert RUN.invoke(app, ["schema", str(tmp_path / "file")]).exit_code == 1


def test_an_empty_list_says_what_to_do() -> None:
    assert "pack install" in RUN.invoke(app, ["list"]).stdout
