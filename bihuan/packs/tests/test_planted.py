"""Mistakes planted in the shipped rail pack, found by all readers of the program together."""

# ruff: noqa: E501 - one planted mistake a line

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.conf import settings
from typer.testing import CliRunner

from bihuan.packs.checking import check_pack
from bihuan.packs.cli import app
from bihuan.packs.domain.yaml import read_yaml

PROCESS = "processes/SC-001.yaml"
FORM = "forms/F-001.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rail pack; what it requires is found among the shipped packs."""
    return Path(shutil.copytree(settings.PACKS_DIR / "rail", tmp_path / "rail"))


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        (PROCESS, "by: bu_mgr", "by: bu_mgrr", "steps[3].by"),
        (PROCESS, "document: F-001", "document: F-999", "document"),
        (PROCESS, "start: [mkt_mgr]", "start: [mkt_mrg]", "start[0]"),
        (PROCESS, "go: gm}", "go: gmm}", "steps[4].gate[0].go"),
        (PROCESS, "doc.plan_level in [", "doc.plan_levle in [", "steps[4].gate[0].if"),
        (PROCESS, "setting.sc001.routine_skips ==", "setting.sc001.routine_skip ==", "steps[2].gate[0].if"),
        (PROCESS, "doc.plan_level in [", "doc.plan_level in in [", "steps[4].gate[0].if"),
        (PROCESS, "into: budget_opinion", "into: budget_opinoin", "steps[3].into"),
        (PROCESS, "write: [approved_amount]", "write: [approved_amuont]", "steps[3].write[0]"),
        (PROCESS, "into: gm_opinion", "inot: gm_opinion", "steps[5].inot"),
        (PROCESS, "due: 5wd", "due: 5dw", "steps[0].due"),
        (PROCESS, "do: all_sign", "do: all_sing", "steps[6].do"),
        (PROCESS, "  - id: gm\n", "  - id: head\n", "steps[5].id"),
        (PROCESS, "archive: 10y\n", "archive: [}\n", ""),
        (FORM, "key: reserve_pct,", "key: title,", "fields[16].key"),
        (FORM, "compute: row.qty * row.unit_price", "compute: row.qty * row.price", "fields[14].columns[3].compute"),
        (FORM, "sum(l.amount for l in doc.budget_lines)", "sum(l.amount for l in doc.budget_line)", "fields[15].compute"),
        (FORM, "type: daterange", "type: date_range", "fields[5].type"),
        (FORM, "min: 2, max: 80", "min: two, max: 80", "fields[0].min"),
        (FORM, "all(l.start <= l.end for l", "all(l.start <= l.finish for l", "rules[4].check"),
        (FORM, "secrecy: 秘密", "secrecy: 很秘密", "secrecy"),
        (FORM, "origin: mixed", "orgin: mixed", "orgin"),
        ("slots.yaml", "via: ka_head", "via: ka_haed", "ext_customer.via"),
        ("tables/amounts.yaml", "fin_mgr]}", "fin_mrg]}", "rows[2].by[1]"),
        ("demo.yaml", "slots: [designer]", "slots: [desinger]", "positions.pos.designer.slots[0]"),
        ("pack.yaml", "fill: 5wd", "fill: five days", "due.fill"),
    ],
)  # fmt: skip
def test_a_planted_mistake_is_named_by_file_line_and_key(
    folder: Path, file: str, old: str, new: str, key: str
) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    problems = check_pack(folder)
    line = text[: text.index(old)].count("\n") + 1
    named = [(one.file, one.line, one.key) for one in problems]
    near = [one for one in named if one[0] == file and abs(one[1] - line) <= 1 and one[2].startswith(key)]
    assert near, [str(one) for one in problems]


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("    do: review\n", "    do: review\n    go: end\n", "steps[2]"),
        ("    do: all_sign\n", "    do: all_sign\n    go: draft\n", "steps[0]"),
    ],
    ids=["nothing leads to the gate", "no way to an end"],
)
def test_a_step_without_a_way_to_it_or_out_of_it_is_named(
    folder: Path, old: str, new: str, step: str
) -> None:
    path = folder / PROCESS
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    problems = [one for one in check_pack(folder) if one.file == PROCESS]
    assert any(one.key.startswith(step) for one in problems), [str(one) for one in problems]


def test_the_command_line_never_shows_a_traceback(folder: Path) -> None:
    content = (folder / PROCESS).read_bytes()
    for cut in range(0, len(content), 701):
        (folder / PROCESS).write_bytes(content[:cut])
        result = CliRunner().invoke(app, ["check", str(folder)])
        assert result.exit_code in (0, 1)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert read_yaml(content[:cut]).lines is not None


@pytest.mark.parametrize("added", ["versoin: 1\n", "  bad: [\n"], ids=["a misspelt key", "no YAML"])
def test_a_mistake_in_pack_yaml_is_the_only_one_reported(folder: Path, added: str) -> None:
    with (folder / "pack.yaml").open("a", encoding="utf-8") as file:
        file.write(added)
    assert {one.file for one in check_pack(folder)} == {"pack.yaml"}


def test_a_form_that_is_no_yaml_is_not_missing_too(folder: Path) -> None:
    (folder / FORM).write_text("code: [\n", encoding="utf-8")
    assert {one.file for one in check_pack(folder)} == {FORM}
