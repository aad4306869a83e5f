"""What people do at the pages of their work, as they do it: by labels, buttons and keys."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

SAVED = re.compile("已保存")
SCHEDULE = "设计\t2026/3/9\t2026/3/13\n实施\t2026年3月16日\t2026-3-31\n报告\t2026-04-01\t2026-04-10\n"
COSTS = "差旅\t10\t２０００\t\t高铁与住宿\n外包\t1\t12,000\t\t行业数据\n"


def choose(page: Page, select: Locator, words: str, wanted: str) -> None:
    """Pick from a searchable list: type, then take what is offered."""
    box = select.locator("xpath=following-sibling::div[contains(@class,'ts-wrapper')]")
    box.locator(".ts-control").click()
    page.keyboard.type(words)
    page.locator(".ts-dropdown:visible .option", has_text=wanted).first.click()
    page.keyboard.press("Escape")


def paste(page: Page, cell: Locator, block: str) -> None:
    """Copy a block and paste it with the keyboard, as from Excel."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", block)
    cell.focus()
    page.keyboard.press("Control+V")


def cell(page: Page, table: str, row: int, column: str) -> Locator:
    """A cell of a table field."""
    return page.locator(f"[name='f-{table}-{row}-{column}']")


def tick(page: Page, group: str, *labels: str) -> None:
    """Tick choices of a group."""
    for label in labels:
        page.get_by_role("group", name=group).get_by_label(label, exact=True).check()


def fill_plan(page: Page, title: str, level: str) -> None:
    """Fill a research plan from top to bottom; each person is picked by pinyin initials."""
    page.get_by_label("计划名称").fill(title)
    tick(page, "计划级别", level)
    page.get_by_label("调研背景").fill(
        "主要竞争对手上季度调整了价格和服务承诺，现有资料已不足以支持投标，需要尽快摸清真实情况。"
    )
    page.get_by_label("调研目的").fill("为下一年度门系统产品的定型和报价策略提供依据。")
    choose(page, page.locator("select[name=f-scope_area]"), "江苏", "江苏")
    page.locator("[name='f-scope_period-start']").fill("2026-03-09")
    page.locator("[name='f-scope_period-end']").fill("2026-04-10")
    paste(
        page, cell(page, "objects", 0, "group"), "车辆制造企业\t采购负责人\t12\n地铁运营公司\t检修主任\t8\n"
    )
    tick(page, "调研内容", "竞争对手", "客户需求")
    page.get_by_label("内容细目").fill("竞争对手的型号、价格和交付周期；客户对可靠性的要求。")
    tick(page, "调研方法", "文案", "访谈")
    paste(page, cell(page, "schedule", 0, "stage"), SCHEDULE)
    for row in range(3):
        choose(page, cell(page, "schedule", row, "owner"), "zym", "赵一鸣")
    choose(page, cell(page, "staff", 0, "user"), "赵一鸣", "赵一鸣")
    cell(page, "staff", 0, "role").fill("负责人")
    cell(page, "staff", 0, "task").fill("统筹进度，执笔调研报告")
    paste(page, cell(page, "budget_lines", 0, "item"), COSTS)
    page.get_by_label("质量控制措施").fill("访谈记录当日整理，由市场经理抽查一成以上。")
    tick(page, "预期成果", "调研报告")
    saved(page)


def saved(page: Page) -> None:
    """The draft has reached the server."""
    expect(page.locator("[data-draft-status]")).to_have_text(SAVED)


def open_task(page: Page, server: str, title: str) -> None:
    """From the inbox to the task."""
    page.goto(server)
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.locator("#task-form")).to_be_visible()


def decide(page: Page, verb: str, opinion: str = "") -> None:
    """Write an opinion and press the button of the decision."""
    if opinion:
        page.get_by_role("textbox", name="意见").first.fill(opinion)
    page.locator("#task-form").get_by_role("button", name=verb, exact=True).click()


def sign_in(page: Page, server: str, name: str) -> None:
    """Sign in as a person of the demo company."""
    page.goto(f"{server}/sign-in/demo/")
    page.get_by_role("button", name=name).click()
    expect(page.locator("main")).to_be_visible()


def begin(page: Page, server: str, process: str) -> None:
    """Start a process from its card."""
    page.goto(f"{server}/start/")
    page.locator(f"[id='{process}']").get_by_role("button", name="发起").click()
    expect(page.locator("#task-form")).to_be_visible()


def take(page: Page, server: str, step: str) -> None:
    """From the inbox to the first task of a step, which has to be there."""
    page.goto(server)
    page.locator("tr[data-hot-item]", has_text=step).first.locator(".row-act a").click()
    expect(page.locator("#task-form")).to_be_visible()


def act(page: Page, server: str, step: str, verb: str, opinion: str = "") -> None:
    """Take a task from the inbox and do it."""
    take(page, server, step)
    decide(page, verb, opinion)
    done(page)


def done(page: Page) -> None:
    """What was handed in has gone through."""
    expect(page.locator("#toasts")).to_contain_text("已处理")


def refuse(
    page: Page, verb: str, reason: str, *, target: str = "", mode: str = "", rows: tuple[str, ...] = ()
) -> None:
    """Say no to the task at hand, with where it goes, to whom, and how it comes back."""
    page.get_by_text("不同意时", exact=True).click()
    if target:
        page.get_by_label("退回到").select_option(label=target)
    if mode:
        page.get_by_label("修改后").select_option(label=mode)
    for row in rows:
        page.get_by_role("group", name="只退回给").get_by_label(row).check()
    decide(page, verb, reason)
    done(page)


def answer(page: Page, server: str, step: str, words: str) -> None:
    """Answer every comment on a paper that came back, and hand it in."""
    take(page, server, step)
    for box in page.get_by_label("我的答复").all():
        box.fill(words)
    decide(page, "提交")
    done(page)
