"""SC-001 from an empty form to 已签准, by six people in six browsers."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.desk import cell, decide, fill_plan, open_task, saved
from tests.harness.browser import PHONE, Watch

pytestmark = pytest.mark.browser
TITLE = "城际列车门系统月度调研计划"
Enter = Callable[..., Page]


@pytest.fixture
def desks(company: Any, person: Enter) -> dict[str, Page]:
    """The six people of the process, signed in."""
    return {name: person(name) for name in ("zhao", "qian", "sun", "zhou", "li", "wu")}


def _start(page: Page, server: str) -> None:
    page.goto(f"{server}/start/")
    page.get_by_role("button", name="发起").first.click()
    expect(page.get_by_role("heading", name="市场调研计划书", exact=False).first).to_be_visible()


def _agree(page: Page, server: str, verb: str = "同意", opinion: str = "") -> None:
    open_task(page, server, TITLE)
    decide(page, verb, opinion)
    expect(page.locator("#toasts")).to_contain_text("已处理")


@pytest.mark.req("R-016")
@pytest.mark.req("R-018")
@pytest.mark.req("R-042")
@pytest.mark.req("R-045")
def test_a_plan_is_refused_answered_and_signed(
    desks: dict[str, Page], live_server: Any, watch: Watch
) -> None:
    watch.expect("422")  # the browser's console names every refused form
    server, author = live_server.url, desks["zhao"]
    _start(author, server)
    author.get_by_role("button", name="提交", exact=True).click()
    expect(author.get_by_role("alert").first).to_contain_text("没有提交")  # every empty field is marked
    fill_plan(author, TITLE, "月度")
    expect(cell(author, "schedule", 1, "start")).to_have_value("2026-03-16")
    expect(author.locator("#id_f-budget_total")).to_have_text(
        "¥32,000.00"
    )  # the server adds up: 10 × 2000 + 12000
    author.get_by_role("button", name="提交", exact=True).click()
    expect(author.locator("#toasts")).to_contain_text("已处理")

    _agree(desks["qian"], server, opinion="内容完整，同意上报。")
    budget = desks["sun"]
    open_task(budget, server, TITLE)
    decide(budget, "不批准", "短")
    expect(budget.locator(".field-error")).to_contain_text("至少5个字")
    decide(budget, "不批准", "外包费用没有测算依据，请说明")
    expect(budget.locator("#toasts")).to_contain_text("已处理")

    open_task(author, server, TITLE)
    expect(author.locator("#task-form")).to_contain_text("外包费用没有测算依据")
    cell(author, "budget_lines", 1, "unit_price").fill("9000")
    saved(author)
    author.get_by_role("button", name="提交", exact=True).click()
    expect(author.locator(".field-error").first).to_contain_text("请答复这条意见")
    author.get_by_label("我的答复").fill("按三家询价的中间价重算")
    author.get_by_role("button", name="提交", exact=True).click()
    expect(author.locator("#toasts")).to_contain_text("已处理")

    _agree(desks["qian"], server)  # a binding field changed: everyone again
    open_task(budget, server, TITLE)
    expect(budget.locator("#task-form")).to_contain_text("V1")  # what changed since he last looked
    budget.get_by_label("批准预算").fill("27000")
    decide(budget, "批准", "按批准数执行。")
    _agree(desks["zhou"], server, opinion="同意，结论直接服务于报价。")
    for name in ("qian", "li", "zhou"):
        _agree(desks[name], server, "签准")
    author.goto(f"{server}/started/")
    expect(author.get_by_role("row", name=TITLE)).to_contain_text("进行中")  # one signature is missing
    _agree(desks["wu"], server, "签准")
    author.reload()
    expect(author.get_by_role("row", name=re.compile(f"^{TITLE}"))).to_contain_text("已签准")
    author.get_by_role("link", name=TITLE).click()
    expect(author.locator(".timeline-list").first).to_contain_text("按三家询价的中间价重算")
    author.get_by_role("link", name=TITLE).click()
    expect(author.locator("main")).to_contain_text("¥27,000.00")
    expect(author.locator("main")).to_contain_text("V2")
    expect(author.get_by_role("link", name="V1", exact=True)).to_be_visible()


@pytest.mark.req("R-038")
def test_the_live_chart_shows_where_a_plan_stands(
    company: Any, person: Enter, live_server: Any, running_plan: int, watch: Watch
) -> None:
    watch.expect("404")  # the stranger's page
    for reader in ("zhao", "qian", "zhou"):
        page = person(reader)
        page.goto(f"{live_server.url}/cases/{running_plan}/")
        chart = page.locator("svg.bpmn")
        expect(chart.locator(".is-done[data-node=draft]")).to_have_count(1)
        expect(chart.locator("g.is-current[data-node=head] .bpmn-text")).to_contain_text("产品市场部经理审")
        expect(chart.locator("[data-node=sign]:not(.is-done):not(.is-current) .bpmn-text")).to_have_count(1)
        expect(page.locator("main")).to_contain_text("钱多思 · 产品市场部经理")
        expect(page.locator("dl.facts")).to_contain_text("不到1天")
    stranger = person("xie")
    answer = stranger.goto(f"{live_server.url}/cases/{running_plan}/")
    assert answer is not None
    assert answer.status == 404


@pytest.fixture
def running_plan(company: Any) -> int:
    """A plan handed in and waiting for its review; its case."""
    from bihuan.home.demo_paper import paper
    from bihuan.home.demo_story import Plan
    from bihuan.org import public as org
    from bihuan.process import services
    from bihuan.process.models import Task

    at = company.now()
    author = org.actor_for(org.Person.objects.get(username="zhao"))
    case = services.start_case(process="SC-001", by=author, at=at)
    task = Task.objects.get(case=case)
    values = paper(
        Plan("车钩客户访谈计划", "车钩", "常规", ""), at.date(), [author.person or 0] * 3, Random(1)
    )
    services.fill_task(task=task.pk, data=values, by=author, at=at)
    return int(case.pk)


def test_a_task_is_decided_on_a_phone(
    company: Any, person: Enter, live_server: Any, running_plan: int
) -> None:
    page = person("qian", PHONE)
    page.goto(live_server.url)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("link", name="车钩客户访谈计划", exact=True).tap()
    agree = page.locator("#task-form").get_by_role("button", name="同意", exact=True)
    expect(agree).to_be_in_viewport()  # the bar stays in sight however long the paper is
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="同意。", exact=True).tap()
    expect(page.locator("#opinion")).to_have_value("同意。")
    agree.tap()
    expect(page.locator("#toasts")).to_contain_text("已处理")
    page.goto(live_server.url)
    expect(page.locator("main")).to_contain_text("没有待办")


def test_a_task_is_decided_by_keys_alone(
    company: Any, person: Enter, live_server: Any, running_plan: int
) -> None:
    page = person("qian")
    page.goto(live_server.url)
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="车钩客户访谈计划", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#task-form")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("[data-hotkey=a]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("已处理")


def test_an_expired_sign_in_keeps_what_was_written(
    company: Any, person: Enter, live_server: Any, watch: Watch
) -> None:
    watch.expect("401")
    page = person("zhao")
    _start(page, live_server.url)
    page.get_by_label("计划名称").fill("写到一半")
    saved(page)
    page.context.clear_cookies(name="session")
    page.get_by_label("调研目的").fill("登录过期以后写的这句话不能丢")
    expect(page.locator("[data-draft-status]")).to_contain_text("登录已过期")
    page.once("dialog", lambda dialog: dialog.accept())  # leaving with unsaved work is asked for
    page.locator("[data-draft-status] a").click()
    page.get_by_role("link", name="演示").click()
    page.get_by_role("button", name="赵一鸣").click()
    page.goto(live_server.url)
    page.get_by_role("link", name="写到一半", exact=True).click()
    page.get_by_role("button", name="恢复").click()
    expect(page.get_by_label("调研目的")).to_have_value("登录过期以后写的这句话不能丢")
    saved(page)
