"""The chain by eleven people in eleven browsers: the pack is agreed on, a plan becomes research, promotion, sales."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.desk import act, answer, begin, cell, choose, decide, done, refuse, saved, sign_in, take, tick
from tests.e2e.prepared import Drafts
from tests.harness.browser import Watch, open_page

pytestmark = pytest.mark.browser
PEOPLE = {
    "han": "韩两忙", "zhao": "赵一鸣", "qian": "钱多思", "sun": "孙若谷", "zhou": "周正衡", "li": "李求真",
    "wu": "吴有为", "yang": "杨如期", "zheng": "郑北行", "wang": "王南来", "xu": "徐西望",
}  # fmt: skip
PLAN = "城际列车门系统年度调研计划"


@pytest.fixture
def unsigned_company(monday: Any) -> Any:
    """The rail pack installed, but nobody has agreed to it; answers the clock."""
    from bihuan.kernel.actor import SYSTEM
    from bihuan.org.models import Installation
    from bihuan.packs import public as packs
    from tests.harness.doors import _rail_source

    at = monday.now()
    source: Any = _rail_source()
    packs.install_pack(source, by=SYSTEM, at=at)
    packs.build_organisation(source.entries["demo.yaml"][0].value, by=SYSTEM, at=at)
    Installation.objects.create(pk=1, demo=True, created_at=at)
    return monday


class Office:
    """Everybody's browser, by name, and the drafts on their desks."""

    def __init__(self, pages: dict[str, Page], server: str, clock: Any) -> None:
        self.pages, self.server, self.drafts = pages, server, Drafts(clock)
        self.keep = self.drafts.keep

    def __getitem__(self, who: str) -> Page:
        return self.pages[who]

    def does(self, who: str, step: str, verb: str, opinion: str = "") -> None:
        """A person takes a task from the inbox and presses a button."""
        act(self[who], self.server, step, verb, opinion)

    def answers(self, who: str, step: str, words: str) -> None:
        """A person answers what was said and hands in again."""
        answer(self[who], self.server, step, words)

    def takes(self, who: str, step: str) -> Page:
        """A person opens a task."""
        take(self[who], self.server, step)
        return self[who]

    def sees(self, who: str, path: str) -> Page:
        """A person opens an address."""
        self[who].goto(f"{self.server}{path}")
        return self[who]


@pytest.fixture
def office(
    page: Page,
    browser: Browser,
    browser_context_args: dict[str, Any],
    unsigned_company: Any,
    live_server: Any,
    watch: Watch,
) -> Iterator[Office]:
    """Eleven browsers, signed in through the page."""
    first, *others = PEOPLE
    contexts = [browser.new_context(**browser_context_args) for _ in others]
    pages = {first: page, **{who: open_page(one, watch) for who, one in zip(others, contexts, strict=True)}}
    for who, desk in pages.items():
        sign_in(desk, live_server.url, PEOPLE[who])
    yield Office(pages, live_server.url, unsigned_company)
    for one in contexts:
        one.close()


@pytest.mark.req("R-014")
@pytest.mark.req("R-016")
@pytest.mark.req("R-021")
@pytest.mark.req("R-101")
@pytest.mark.req("R-105")
def test_the_chain_from_the_agreed_pack_to_the_sales_tasks(office: Office, watch: Watch) -> None:
    watch.expect("409", "422")  # the browser's console names every refusal
    _agree_on_the_pack(office)
    _plan(office)
    _research(office)
    _promote(office)
    _sell(office)
    _look_around(office)


def _start_by_force(office: Office, who: str, process: str) -> None:
    """Send what the start button would, though there is none."""
    page = office.sees(who, "/start/")
    expect(page.locator("main")).to_contain_text("没有您可以发起的流程")
    with page.expect_navigation():
        page.evaluate(
            """address => {
                const form = document.createElement("form");
                form.method = "post";
                form.action = address;
                form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
                document.body.append(form);
                form.submit();
            }""",
            f"/start/{process}/",
        )
    expect(page.locator("body")).to_contain_text("流程包尚未生效")
    expect(page.locator("#task-form")).to_have_count(0)


def _agree_on_the_pack(office: Office) -> None:
    """SC-000: nothing starts before all five have agreed and it is published."""
    _start_by_force(office, "zhao", "SC-001")
    author = office["han"]
    begin(author, office.server, "SC-000")
    choose(author, cell(author, "lines", 0, "slot"), "总经理", "总经理")
    cell(author, "lines", 0, "position").fill("总经理")
    choose(author, cell(author, "lines", 0, "users"), "zzh", "周正衡")
    saved(author)
    author.goto("about:blank")
    office.keep("han", "SC-000/draft", forms={"process_doc": {"code": "SC-001", "name": "市场调研计划流程"}})
    office.does("han", "起草流程包", "提交")
    for who in ("zhou", "li", "wu", "yang"):
        office.does(who, "联合审核", "同意")
    refuse(office.takes("qian", "联合审核"), "不同意", "调研流程的时限写错了")
    office.answers("han", "起草流程包", "时限已改为五个工作日")
    for who in ("zhou", "li", "wu", "yang"):
        office.does(who, "联合审核", "同意")
    _start_by_force(office, "zhao", "SC-001")
    office.does("qian", "联合审核", "同意")
    office.does("han", "发布", "完成")
    expect(office["han"].locator("main")).to_contain_text("已生效")


def _plan(office: Office) -> None:
    """SC-001: an annual plan, once refused by the budget, signed by four."""
    begin(office["zhao"], office.server, "SC-001")
    office["zhao"].goto("about:blank")
    period = {"start": "2026-03-16", "end": "2026-04-10"}
    office.keep("zhao", "SC-001/draft", set={"plan_level": "年度", "title": PLAN, "scope_period": period})
    expect(office.takes("zhao", "编制").get_by_label("计划名称")).to_have_value(PLAN)
    decide(office["zhao"], "提交")
    done(office["zhao"])
    office.does("qian", "产品市场部经理审", "同意")
    refuse(office.takes("sun", "预算"), "不批准", "外包费用没有测算依据")
    office.answers("zhao", "编制", "按三家询价的中间价重算")
    office.does("qian", "产品市场部经理审", "同意", "依据已经补上。")
    page = office.takes("sun", "预算")
    page.get_by_label("批准预算").fill("15000")
    decide(page, "批准")
    done(page)
    office.does("zhou", "总经理", "同意", "按计划执行")
    for who in ("qian", "li", "zhou", "wu"):
        office.does(who, "签准", "签准")


def _research(office: Office) -> None:
    """SC-002: opened by the signed plan; weak data goes back to the one who collected it."""
    office.keep("zhao", "SC-002/prepare")
    page = office.takes("zhao", "准备问卷")
    expect(page.locator("main")).to_contain_text(PLAN)
    decide(page, "完成")
    done(page)
    _give_research_tasks(office)
    for who in ("zheng", "wang"):
        office.does(who, "接收任务", "完成")
        office.keep(who, "SC-002/collect", forms={"market_info": {}})
        office.does(who, "现场调研", "完成")
    _check(office, 1, 2)
    office.keep("zhao", "SC-002/report", set={"title": "城际列车门系统调研报告"})
    office.does("zhao", "写报告", "提交")
    refuse(
        office.takes("qian", "审核报告"), "退回", "第二人的数据需要重采",
        target="现场调研并交回", rows=("王南来",),
    )  # fmt: skip
    expect(office.sees("zheng", "/").locator("main")).to_contain_text("没有待办")
    office.does("wang", "现场调研", "完成")
    _check(office, 2)
    office.answers("zhao", "写报告", "补采后结论不变")
    office.does("qian", "审核报告", "通过")


def _give_research_tasks(office: Office) -> None:
    """One task sheet by hand, the other from the drawer."""
    page = office.takes("wu", "下达调研任务")
    if not cell(page, "targets", 0, "object").count():
        page.get_by_role("button", name="添加").last.click()
    choose(page, page.locator("select[name=f-assignee]"), "zbx", "郑北行")
    cell(page, "targets", 0, "object").fill("车辆制造企业")
    cell(page, "targets", 0, "count").fill("12")
    tick(page, "使用表单", "市场信息收集表")
    page.get_by_label("完成期限").fill("2026-03-27")
    saved(page)
    page.goto("about:blank")
    sheets = [None, {"assignee": "wang", "training_needed": False, "due": "2026-04-03"}]
    office.keep("wu", "SC-002/assign", forms={"research_task": sheets})
    office.does("wu", "下达调研任务", "完成")


def _check(office: Office, *rows: int) -> None:
    """The market manager accepts what the managers of these rows brought."""
    for row in rows:
        office.keep("zhao", f"SC-002/check@{row}", set={"market_info.check_result": "采用"})
    for _ in rows:
        office.does("zhao", "逐份检查", "验收")


def _promote(office: Office) -> None:
    """SC-003: opened by the passed report; the general manager sends the guide back to himself."""
    attend = [{"user": "qian", "state": "实到"}, {"user": "yang", "state": "应到"}]
    office.keep("qian", "SC-003/meeting", forms={"meeting": {"attend": attend}})
    office.does("qian", "推广研讨会", "完成")
    office.does("qian", "参会确认", "完成")
    office.does("yang", "参会确认", "完成", "无异议")
    actions = [
        {"action": "样机试用", "owner": "zheng", "start": "2026-04-01", "end": "2026-06-30", "budget": 20000}
    ]
    office.keep("zhao", "SC-003/guide", set={"actions": actions})
    office.does("zhao", "推广计划指导书", "提交")
    for who in ("qian", "li"):
        office.does(who, "分别审批", "同意")
    refuse(office.takes("zhou", "分别审批"), "不同意", "行动缺少预算说明", mode="直接送回给我")
    office.answers("zhao", "完善指导书", "预算已按行动逐项列明")
    office.does("zhou", "分别审批", "同意")
    office.does("wu", "按计划执行", "完成")
    office.keep("zheng", "SC-003/act")
    office.does("zheng", "执行推广行动", "提交")
    office.does("wu", "确认行动结果", "合格")


def _sell(office: Office) -> None:
    """SC-004: personal plans, one of them done again, the merged plan signed, the tasks accepted."""
    for who, quantity in (("zheng", 10), ("wang", 5), ("xu", 1)):
        lines = [{"qty": quantity, "unit_price": 10000}]
        office.keep(who, f"SC-004/own@{who}", set={"special_terms": False, "lines": lines})
        office.does(who, "编制个人销售计划", "提交")
    office.keep("wu", "SC-004/merge")
    office.does("wu", "合并计划", "提交")
    refuse(office.takes("qian", "签准或签否"), "签否", "第二位的计划与目标不符", rows=("王南来",))
    for who in ("zheng", "xu"):
        expect(office.sees(who, "/").locator("main")).to_contain_text("没有待办")
    page = office.takes("wang", "编制个人销售计划")
    cell(page, "lines", 0, "qty").fill("8")
    saved(page)
    office.answers("wang", "编制个人销售计划", "已按目标调高")
    office.drafts.keep("wu", "SC-004/merge", data={}, set={})
    office.answers("wu", "合并计划", "已重新合并")
    office.does("qian", "签准或签否", "签准")
    office.does("wu", "呈报总经理", "完成")
    page = office.takes("zhou", "总经理批示")
    page.get_by_role("group", name="抄送财务经理").get_by_label("否").check()
    decide(page, "完成", "同意按计划执行")
    done(page)
    _allot(office)


def _allot(office: Office) -> None:
    """Sales tasks: given, one declined and changed, accepted, carried out by hand."""
    letters = [
        {"assignee": who, "targets": [{"metric": "M-002", "value": value}]}
        for who, value in (("zheng", 100_000), ("wang", 80_000), ("xu", 10_000))
    ]
    office.keep("wu", "SC-004/allot", forms={"sales_task": letters})
    office.does("wu", "分配销售任务", "完成")
    for who in ("zheng", "xu"):
        office.does(who, "接受任务", "接受")
    refuse(office.takes("wang", "接受任务"), "不接受", "指标与客户不匹配")
    office.answers("wu", "调整任务书", "客户已经调整")
    office.does("wang", "接受任务", "接受")
    for who in ("zheng", "wang", "xu"):
        page = office.takes(who, "执行销售任务")
        page.locator("#f-progress, #id_f-progress").get_by_role("button", name="添加一行").click()
        cell(page, "progress", 0, "date").fill("2026-03-30")
        cell(page, "progress", 0, "actual").fill("90000")
        cell(page, "progress", 0, "rate").fill("90")
        saved(page)
        decide(page, "完成")
        done(page)


def _look_around(office: Office) -> None:
    """Money, facts and targets lead to the papers they came from; the paper prints; the ring counts."""
    for who, address, words in (
        ("qian", "/ledger/entries/", "15,000"),
        ("zhao", "/research/facts/", ""),
        ("zhao", "/research/items/", ""),
        ("qian", "/strategy/targets/", "王南来"),
    ):
        page = office.sees(who, address)
        expect(page.locator("main tbody tr", has_text=words).first).to_be_visible()
        page.locator("main tbody a[href^='/documents/']").first.click()
        page.wait_for_url("**/documents/**")
        pdf = page.get_by_role("link", name="打印(PDF)").get_attribute("href")
        answered = page.request.get(f"{office.server}{pdf}")
        assert answered.status == 200
        assert answered.headers["content-type"].startswith("application/pdf")
    page = office.sees("qian", "/loop/")
    expect(page.locator(".ring-total")).not_to_have_text("0")
