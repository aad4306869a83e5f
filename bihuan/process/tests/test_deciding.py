"""Deciding on a research plan through the pages: reasons, versions, levels, amounts, signatures."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from bihuan.documents import public as documents
from bihuan.process.models import Case, CaseEvent, Task
from bihuan.process.tests import stage

Door = Callable[[str], Any]


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def decide(web: Door, case: Case, node: str, username: str, verb: str = "approve", **given: Any) -> Any:
    """Press a button on the page of a person's task."""
    task = stage.task_of(case, node, username)
    return web(username).post(f"/tasks/{task.pk}/", {"verb": verb, **given})


def open_at(case: Case) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    rows = Task.objects.filter(case=case, state="open").order_by("id").values_list("node", "person__username")
    for node, username in rows:
        found.setdefault(node, []).append(username)
    return found


@pytest.mark.req("R-016")
@pytest.mark.parametrize("reason", ["", "不行", "太 少 了 吧"])
def test_a_refusal_needs_a_reason_of_five_characters(rail: object, web: Door, reason: str) -> None:
    case = stage.plan_at("head")
    web("qian")
    with stage.nothing_written():
        answer = decide(web, case, "head", "qian", "refuse", opinion=reason)
    assert answer.status_code == 422
    assert "至少5个字" in text_of(answer)
    assert decide(web, case, "head", "qian", "refuse", opinion="样本量不够").status_code == 302
    assert open_at(case) == {"draft": ["zhao"]}


@pytest.mark.req("R-018")
def test_a_new_version_answers_every_opinion_and_keeps_the_old(rail: object, web: Door) -> None:
    case = stage.plan_at("head")
    decide(web, case, "head", "qian", "refuse", opinion="请补充竞争对手")
    task = stage.task_of(case, "draft")
    refusal = Task.objects.get(case=case, answer="refuse")
    author = stage.handler_of(task)
    web("zhao")
    with stage.nothing_written():
        answer = web("zhao").post(f"/tasks/{task.pk}/", {"verb": "fill"})
    assert answer.status_code == 422
    assert "请答复这条意见" in text_of(answer)
    plan = {**stage.filled_in(case), "topic_detail": "补充三家竞争对手"}
    stage.services.fill_task(
        task=task.pk, data=plan, answers={refusal.pk: "已补充三家"}, by=author, at=stage.clock.now()
    )
    document = Case.objects.select_related("main_document").get(pk=case.pk).main_document
    assert document is not None
    versions = list(document.versions.order_by("number", "revision"))
    assert [version.number for version in versions] == [1, 2]
    details = [documents.content_of(version)["data"]["topic_detail"] for version in versions]
    assert details[0] != details[1] == "补充三家竞争对手"
    page = text_of(web("qian").get(f"/cases/{case.pk}/"))
    assert "请补充竞争对手" in page
    assert "赵一鸣 答复(V2)" in page
    assert "已补充三家" in page


@pytest.mark.req("R-019")
@pytest.mark.parametrize(("level", "goes_to"), [("年度", "总经理签署书面意见"), ("常规", "共同签准")])
def test_a_gate_keeps_its_decision_and_what_it_read(
    rail: object, web: Door, level: str, goes_to: str
) -> None:
    case = stage.plan_at("budget", level)
    decide(web, case, "budget", "sun")
    taken = [
        one
        for event in CaseEvent.objects.filter(case=case, node="budget")
        for one in event.events
        if one["event"] == "GateTaken"
    ]
    assert taken[-1]["inputs"] == {"doc.plan_level": level}
    page = text_of(web("zhao").get(f"/cases/{case.pk}/"))
    assert f"转到:{goes_to} (计划级别 = {level})" in page


@pytest.mark.req("R-017")
def test_a_refusal_goes_to_the_target_of_its_step(rail: object, web: Door) -> None:
    case = stage.plan_at("budget")
    decide(web, case, "budget", "sun", "refuse", opinion=stage.REASON)
    assert open_at(case) == {"draft": ["zhao"]}


@pytest.mark.req("R-041")
@pytest.mark.parametrize(
    "missing",
    [
        "{schedule: []}",
        "{topics: []}",
        "{topic_detail: ''}",
        "{methods: []}",
        "{objects: []}",
        "{budget_lines: []}",
    ],
)
def test_a_plan_without_schedule_content_scheme_or_budget_is_refused(scenario: Any, missing: str) -> None:
    field = missing.strip("{}").partition(":")[0]
    scenario(f"""
        scenario: Without {field}
        pack: rail
        now: 2026-03-02T09:00
        effective: true
        steps:
          - {{act: start, process: SC-001, by: zhao, as: plan}}
          - {{act: fill, task: plan/draft, by: zhao, data: auto, set: {missing}, error: {field}}}
          - {{expect: {{case: plan, open: {{draft: [zhao]}}, only: true, document: {{version: 0, state: 草稿}}}}}}
          - {{act: fill, task: plan/draft, by: zhao, data: auto}}
    """)


@pytest.mark.req("R-042")
def test_the_review_with_its_opinion_comes_before_the_budget(rail: object, web: Door) -> None:
    case = stage.plan_at("head")
    assert open_at(case) == {"head": ["qian"]}
    assert not Task.objects.filter(case=case, node="budget").exists()
    decide(web, case, "head", "qian", opinion="同意,礼品改为书面资料")
    assert open_at(case) == {"budget": ["sun"]}
    assert "同意,礼品改为书面资料" in text_of(web("sun").get(f"/tasks/{stage.task_of(case, 'budget').pk}/"))


@pytest.mark.req("R-043")
def test_the_budget_may_be_cut_but_not_raised(rail: object, web: Door) -> None:
    case = stage.plan_at("budget")
    total = Decimal(Case.objects.get(pk=case.pk).main_document.data["budget_total"])
    web("sun")
    with stage.nothing_written():
        answer = decide(web, case, "budget", "sun", **{"f-approved_amount": str(total + 1)})
    assert answer.status_code == 422
    assert "批准预算应在0与预算合计之间" in text_of(answer)
    assert (
        decide(
            web, case, "budget", "sun", opinion="压缩差旅", **{"f-approved_amount": str(total - 1)}
        ).status_code
        == 302
    )
    document = Case.objects.get(pk=case.pk).main_document
    assert Decimal(document.data["approved_amount"]) == total - 1
    assert document.data["budget_opinion"]["result"] == "同意"


@pytest.mark.req("R-044")
@pytest.mark.parametrize(
    ("level", "setting", "asked"),
    [
        ("年度", "gm_opinion", ["budget", "gm", "sign"]),
        ("月度", "gm_opinion", ["budget", "gm", "sign"]),
        ("重大专题", "budget_and_gm", ["budget", "gm", "sign"]),
        ("常规", "gm_opinion", ["budget", "sign"]),
        ("常规", "budget_and_gm", ["sign"]),
    ],
)
def test_the_level_decides_who_is_asked(scenario: Any, level: str, setting: str, asked: list[str]) -> None:
    people = {"budget": "sun", "gm": "zhou"}
    lines = [
        f"- {{expect: {{case: plan, open: {{{node}: [{people[node]}]}}, only: true}}}}\n"
        f"          - {{act: approve, task: plan/{node}, by: {people[node]}, data: auto}}"
        for node in asked[:-1]
    ]
    scenario(f"""
        scenario: {level} under {setting}
        pack: rail
        now: 2026-03-02T09:00
        effective: true
        settings: {{sc001.routine_skips: {setting}}}
        steps:
          - {{act: start, process: SC-001, by: zhao, as: plan}}
          - {{act: fill, task: plan/draft, by: zhao, data: auto, set: {{plan_level: {level}}}}}
          - {{act: approve, task: plan/head, by: qian}}
          {(chr(10) + " " * 10).join(lines)}
          - {{expect: {{case: plan, open: {{sign: [qian, li, zhou, wu]}}, only: true}}}}
    """)


@pytest.mark.req("R-045")
@pytest.mark.parametrize("absent", ["qian", "li", "zhou", "wu"])
def test_one_missing_signature_keeps_the_plan_out_of_force(rail: object, web: Door, absent: str) -> None:
    case = stage.plan_at("sign", "常规")
    for username in ("qian", "li", "zhou", "wu"):
        if username != absent:
            decide(web, case, "sign", username)
    plan = Case.objects.select_related("main_document").get(pk=case.pk)
    assert (plan.state, plan.main_document.state, plan.main_document.passed_at) == (
        "running",
        "in_review",
        None,
    )
    decide(web, case, "sign", absent)
    plan = Case.objects.select_related("main_document").get(pk=case.pk)
    assert (plan.state, plan.outcome, plan.main_document.state) == ("ended", "已签准", "passed")
    signs = {row["user"]: row for row in plan.main_document.data["joint_signs"]}
    assert {row["result"] for row in signs.values()} == {"同意"}
    assert {row["role"] for row in signs.values()} == {"pm_mgr", "tech_dir", "gm", "ka_head"}


@pytest.mark.req("R-038")
def test_the_live_chart_shows_done_current_and_coming(rail: object, web: Door) -> None:
    case = stage.plan_at("budget")
    rail.move_to(stage.clock.now() + stage.timedelta(days=3))  # type: ignore[attr-defined]
    for reader in ("zhao", "qian", "sun"):
        page = text_of(web(reader).get(f"/cases/{case.pk}/"))
        assert re.search(r'class="[^"]*is-done[^"]*"[^>]*data-node="head"|data-node="head"[^>]*is-done', page)
        assert re.search(
            r'class="[^"]*is-(late|current)[^"]*"[^>]*data-node="budget"|data-node="budget"[^>]*is-(late|current)',
            page,
        )
        assert not re.search(r'data-node="sign"[^>]*is-|is-[a-z]+[^>]*data-node="sign"', page)
        assert "孙若谷 · 事业部经理" in page
        assert "3天" in page
    assert web("xie").get(f"/cases/{case.pk}/").status_code == 404


@pytest.mark.req("R-025")
def test_the_manual_marks_what_convention_added(rail: object, web: Door) -> None:
    page = text_of(web("zhao").get("/processes/SC-001/"))
    assert "市场调研计划流程" in page
    assert page.count("按惯例补全") >= 1
