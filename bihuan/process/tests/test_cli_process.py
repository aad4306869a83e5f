"""`bihuan process`: check, compile, layout, export, import; one line for each mistake, never a traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bihuan.process.outline.bpmn import from_bpmn

Cli = Callable[..., Any]
SC_001 = Path(settings.PACKS_DIR) / "rail" / "processes" / "SC-001.yaml"
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><definitions>&a;</definitions>'
HOSTILE = {
    "empty": b"",
    "text": b"not a process",
    "binary": bytes(range(256)) * 40,
    "doctype": BOMB,
    "utf-16": '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
    "unknown encoding": b'<?xml version="1.0" encoding="klingon"?><a/>',
    "huge": b"a" * (6 * 2**20),
    "deep": b"[" * 5000,
    "cut": SC_001.read_bytes()[:700],
    "list": b"- 1\n- 2\n",
}


@pytest.fixture
def rail_copy(tmp_path: Path) -> Path:
    """A copy of the rail pack to break."""
    return Path(shutil.copytree(settings.PACKS_DIR / "rail", tmp_path / "rail"))


def test_the_shipped_packs_have_no_mistake(cli: Cli) -> None:
    done = cli("process", "check", str(settings.PACKS_DIR))
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(cli("process", "check", str(SC_001), "--json").stdout)
    assert found == {"ok": True, "files": [str(SC_001)], "problems": []}


def test_a_mistake_is_named_by_file_line_and_key(cli: Cli, rail_copy: Path) -> None:
    file = rail_copy / "processes" / "SC-001.yaml"
    text = file.read_text(encoding="utf-8").replace("by: bu_mgr", "by: bu_mgrr")
    file.write_text(text, encoding="utf-8")
    line = text[: text.index("bu_mgrr")].count("\n") + 1
    for named in (file, rail_copy):
        done = cli("process", "check", str(named))
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr == f"{file}:{line}: steps[3].by: 没有岗位 bu_mgrr,这个位置没有人\n"
    (problem,) = json.loads(cli("process", "check", str(file), "--json").stdout)["problems"]
    assert (problem["line"], problem["key"]) == (line, "steps[3].by")


def test_a_file_without_a_pack_is_checked_for_its_way_only(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "alone.yaml"
    text = SC_001.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    assert cli("process", "check", str(file)).exit_code == 0
    file.write_text(text.replace("    do: all_sign\n", "    do: all_sign\n    go: draft\n"), encoding="utf-8")
    done = cli("process", "check", str(file))
    assert done.exit_code == 1
    assert "steps[0].id: 从步骤 draft 走不到结束" in done.stderr


def test_compile_layout_and_import_go_round(cli: Cli, tmp_path: Path) -> None:
    bpmn, picture, again = tmp_path / "a.bpmn", tmp_path / "a.svg", tmp_path / "b.svg"
    assert cli("process", "compile", str(SC_001), "-o", str(bpmn)).exit_code == 0
    graph = from_bpmn(bpmn.read_bytes()).graph
    assert graph is not None
    assert graph.code == "SC-001"
    assert graph.nodes["head"].rules["due"] == "2wd"
    assert cli("process", "layout", str(SC_001), "-o", str(picture)).exit_code == 0
    assert "产品市场部经理" in picture.read_text(encoding="utf-8")
    done = cli("process", "import", str(bpmn), "--svg", str(again))
    assert (done.exit_code, done.stdout) == (0, f"SC-001:{len(graph.nodes)}个元素可以执行\n")
    assert again.read_text(encoding="utf-8").startswith("<svg")
    printed = json.loads(cli("process", "compile", str(SC_001), "--json").stdout)
    assert (printed["code"], printed["bpmn"]) == ("SC-001", bpmn.read_text(encoding="utf-8"))
    failed = cli("process", "layout", str(SC_001), "-o", str(tmp_path))
    assert (failed.exit_code, failed.stderr.count("\n")) == (1, 1)


def test_import_says_of_each_element_why_it_cannot_run(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "other.bpmn"
    file.write_text(
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">\n<process id="p">\n<startEvent id="s"/>\n'
        '<scriptTask id="run" name="跑"/>\n<userTask id="ask"/>\n<sequenceFlow id="f" sourceRef="s" targetRef="ask"/>\n'
        "</process></definitions>",
        encoding="utf-8",
    )
    done = cli("process", "import", str(file), "--svg", str(tmp_path / "no.svg"))
    assert done.exit_code == 1
    assert f"{file}:4: run: 脚本任务不会执行(跑)\n" in done.stderr
    assert f"{file}:5: ask: 提示:不在泳道里,须指定办理人\n" in done.stdout
    assert not (tmp_path / "no.svg").exists()
    found = json.loads(cli("process", "import", str(file), "--json").stdout)
    assert found["ok"] is False
    assert {"line": 4, "element": "run", "name": "跑", "reason": "脚本任务不会执行", "stops": True} in found[
        "notes"
    ]


def test_export_gives_what_is_in_force(rail: object, cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "out.bpmn"
    assert cli("process", "export", "SC-001", "-o", str(file)).exit_code == 0
    read = from_bpmn(file.read_bytes()).graph
    assert read is not None
    assert read.code == "SC-001"
    missing = cli("process", "export", "SC-999")
    assert (missing.exit_code, missing.stderr) == (1, "SC-999: 没有生效的流程\n")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("suffix", [".yaml", ".bpmn"])
@pytest.mark.parametrize("command", ["check", "compile", "layout", "import"])
def test_no_input_shows_a_traceback(cli: Cli, tmp_path: Path, command: str, suffix: str, name: str) -> None:
    file = tmp_path / f"x{suffix}"
    file.write_bytes(HOSTILE[name])
    done = cli("process", command, str(file))
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 1
    assert all(line.startswith(str(file)) or "不能执行" in line for line in done.stderr.splitlines()), (
        done.stderr
    )


@pytest.mark.parametrize("command", ["check", "compile", "layout", "import"])
def test_a_file_that_is_not_there_is_one_line(cli: Cli, tmp_path: Path, command: str) -> None:
    done = cli("process", command, str(tmp_path / "none.bpmn"))
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
