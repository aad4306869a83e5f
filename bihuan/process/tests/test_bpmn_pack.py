"""Packs whose processes are BPMN files: ours exported, and those of other tools."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from bihuan.packs.public import check_pack
from bihuan.process.exchange import graph_of
from bihuan.process.models import ProcessVersion
from bihuan.process.outline.bpmn import to_bpmn
from bihuan.process.outline.layout import lay_out
from bihuan.process.scenario.run import run_file

pytestmark = pytest.mark.django_db
Scenario = Callable[..., object]


@pytest.fixture
def drawn_rail(tmp_path: Path) -> Path:
    """The rail pack with SC-001 as BPMN in the place of its outline."""
    pack = Path(shutil.copytree(settings.PACKS_DIR / "rail", tmp_path / "rail"))
    outline = pack / "processes" / "SC-001.yaml"
    graph, slots = graph_of(outline, [settings.PACKS_DIR])
    outline.unlink()
    (pack / "processes" / "SC-001.bpmn").write_bytes(to_bpmn(graph, lay_out(graph), slots))
    return pack


def plant(pack: Path, old: str, new: str) -> list[str]:
    """The problems of the pack with this put in the place of that."""
    file = pack / "processes" / "SC-001.bpmn"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return [str(problem) for problem in check_pack(pack, [settings.PACKS_DIR])]


def test_our_own_export_is_clean(drawn_rail: Path) -> None:
    assert [str(problem) for problem in check_pack(drawn_rail, [settings.PACKS_DIR])] == []


@pytest.mark.parametrize("name", ["sc001_annual_plan", "sc001_refusals", "sc001_routine_skips_budget_too"])
def test_our_own_export_runs_the_same_scenarios(drawn_rail: Path, name: str, scenario: Scenario) -> None:
    scenario(drawn_rail / "scenarios" / f"{name}.yaml", settings.PACKS_DIR)


def test_the_drawing_is_kept_as_it_stands(drawn_rail: Path) -> None:
    kept: list[tuple[str, str]] = []
    run_file(
        drawn_rail / "scenarios" / "sc001_annual_plan.yaml",
        [settings.PACKS_DIR],
        collect=lambda _: kept.extend(
            ProcessVersion.objects.filter(process__code="SC-001").values_list("bpmn", "names__en")
        ),
    )
    file = drawn_rail / "processes" / "SC-001.bpmn"
    assert kept == [(file.read_text(encoding="utf-8"), "Market research planning")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"by":"bu_mgr"', '"by":"bu_mgrr"', "budget.by: 没有岗位 bu_mgrr,这个位置没有人"),
        ('"form":"F-001"', '"form":"F-999"', "没有表单 F-999"),
        ('"into":"gm_opinion"', '"into":"gm_opinoin"', "gm.into: 表单 research_plan 没有字段 gm_opinoin"),
        ('"due":"2wd"', '"due":"2dw"', "head.due: "),
        ("doc.plan_level in ", "doc.plan_levle in ", "level.go[0].if: "),
        ('"kind":"xor"', '"kind":"maze"', "skip: 步骤规则已损坏"),
        ('sourceRef="draft" targetRef="head"', 'sourceRef="draft" targetRef="sign"', "head: 没有路走到"),
        ('"code":"SC-001"', '"code":"whatever"', "看不出流程代号"),
    ],
)
def test_a_planted_mistake_names_its_element(drawn_rail: Path, old: str, new: str, said: str) -> None:
    problems = plant(drawn_rail, old, new)
    assert any(one.startswith("processes/SC-001.bpmn") and said in one for one in problems), problems


HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x">'
    '<process id="SH-09" name="借用" isExecutable="true"><laneSet><lane name="clerk"><flowNodeRef>s</flowNodeRef>'
    '<flowNodeRef>ask</flowNodeRef></lane><lane name="boss"><flowNodeRef>lend</flowNodeRef>'
    '<flowNodeRef>note</flowNodeRef></lane></laneSet><startEvent id="s"/><userTask id="ask" name="申请借用"/>'
    '<parallelGateway id="fork"/><userTask id="lend" name="出借"/><userTask id="note" name="登记"/>'
    '<parallelGateway id="join"/><endEvent id="e" name="已借出"/>'
)
FLOWS = [
    ("s", "ask"),
    ("ask", "fork"),
    ("fork", "lend"),
    ("fork", "note"),
    ("lend", "join"),
    ("note", "join"),
]


def foreign(more: str = "", fork: str = "parallelGateway") -> bytes:
    """A file of another tool whose lanes are called by slots."""
    flows = "".join(
        f'<sequenceFlow id="f{at}" sourceRef="{source}" targetRef="{target}">{_condition(fork, target)}</sequenceFlow>'
        for at, (source, target) in enumerate([*FLOWS, ("join", "e")])
    )
    body = HEAD.replace('<parallelGateway id="fork"/>', f'<{fork} id="fork"/>')
    return f"{body}{flows}{more}</process></definitions>".encode()


def _condition(fork: str, target: str) -> str:
    wanted = fork == "exclusiveGateway" and target in ("lend", "note")
    return f"<conditionExpression>case.no == '{target}'</conditionExpression>" if wanted else ""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The pack from outside with room for a file of another tool."""
    return Path(
        shutil.copytree(Path(settings.PACKS_DIR).parent / "tests" / "outside" / "shop", tmp_path / "shop")
    )


def test_a_file_of_another_tool_runs(shop: Path, scenario: Scenario) -> None:
    (shop / "processes" / "SH-09.bpmn").write_bytes(foreign())
    story = shop / "scenarios" / "lend.yaml"
    story.write_text(
        "scenario: lending\npack: shop\nnow: 2026-03-02T09:00\ncast: {clerk: c, boss: b}\nsteps:\n"
        "  - {act: start, process: SH-09, by: b, as: x, error: 不能发起}\n"
        "  - {act: start, process: SH-09, by: c, as: x}\n"
        "  - {act: complete, task: x/ask, by: c}\n"
        "  - {expect: {case: x, open: {lend: [b], note: [b]}, only: true}}\n"
        "  - {act: complete, task: x/lend, by: b}\n"
        "  - {act: complete, task: x/note, by: b}\n"
        "  - {expect: {case: x, state: ended}}\n",
        encoding="utf-8",
    )
    scenario(story)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (foreign('<scriptTask id="run" name="跑"/>'), "run: 脚本任务不会执行（跑）"),
        (foreign(fork="exclusiveGateway"), "join: “join”等待的分支可能永远不到,汇合会一直等待"),
        (foreign().replace(b'name="boss"', b'name="bosss"'), "lend.by: 没有岗位 bosss,这个位置没有人"),
        (foreign().replace(b'name="boss"', "name='经理'".encode()), "lend.by: “出借”没有办理人"),
        (
            foreign().replace(b'id="SH-09"', b'id="Process_1"'),
            "看不出流程代号,请写在流程的编号或名称开头,如SC-001",
        ),
        (foreign().decode().encode("utf-16"), "流程图文件应为UTF-8编码"),
        (b"<!DOCTYPE x><x/>", "流程图文件不得带 DOCTYPE"),
        (b"\x00\xff\x00", "流程图文件应为UTF-8编码"),
        (b"", "不是有效的 XML"),
    ],
    ids=["script", "join", "slot", "nobody", "code", "utf-16", "doctype", "binary", "empty"],
)
def test_what_cannot_run_is_named_by_element(shop: Path, data: bytes, said: str) -> None:
    (shop / "processes" / "SH-09.bpmn").write_bytes(data)
    problems = [str(problem) for problem in check_pack(shop)]
    assert any(one.startswith("processes/SH-09.bpmn") and said in one for one in problems), problems


def test_a_code_given_twice_is_refused(shop: Path) -> None:
    (shop / "processes" / "SH-01.bpmn").write_bytes(foreign().replace(b'id="SH-09"', b'id="SH-01"'))
    assert any("“SH-01”与processes/SH-01.bpmn重复" in str(one) for one in check_pack(shop))
