"""Field work on a phone without a network: sheets and photos stay on the phone and arrive once (R-049)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.desk import take
from tests.e2e.prepared import Drafts
from tests.harness.browser import PHONE, Watch, open_page

pytestmark = [pytest.mark.browser, pytest.mark.req("R-049")]
Enter = Callable[..., Page]
WORDS = "两条线路明年更换车门系统，要求全寿命成本报价，备件三天内到货。"
MORE = "检修主任另外要求现场响应不超过四小时。"
PHOTO = """async name => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [3000, 1500];
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#1f5aa8";
    pen.fillRect(0, 0, 3000, 1500);
    const blob = await new Promise(done => canvas.toBlob(done, "image/jpeg"));
    const photos = new DataTransfer();
    photos.items.add(new File([blob], name, {type: "image/jpeg"}));
    const input = document.querySelector("input[data-photo][multiple]");
    input.files = photos.files;
    input.dispatchEvent(new Event("change", {bubbles: true}));
}"""
"""A camera's picture, 3000 × 1500 px, chosen from the album."""


@pytest.fixture
def task(company: Any) -> None:
    """The research task of 郑北行 stands at 现场调研, with one collection sheet begun."""
    story = Drafts(company)
    plan = {"plan_level": "常规", "scope_period": {"start": "2026-03-16", "end": "2026-04-10"}}
    story.does("start", "SC-001", "zhao")
    story.does("fill", "SC-001/draft", "zhao", set=plan)
    story.does("approve", "SC-001/head", "qian")
    story.does("approve", "SC-001/budget", "sun")
    for who in ("qian", "li", "zhou", "wu"):
        story.does("approve", "SC-001/sign", who)
    story.does("complete", "SC-002/prepare", "zhao")
    sheet = {"assignee": "zheng", "training_needed": False, "due": "2026-03-27"}
    story.does("complete", "SC-002/assign", "wu", forms={"research_task": sheet})
    story.does("complete", "SC-002/accept", "zheng")
    story.keep("zheng", "SC-002/collect", forms={"market_info": {"content": WORDS}})


@pytest.fixture
def phone(task: None, person: Enter, live_server: Any, watch: Watch) -> Page:
    """His phone, with the task open and ready to be used without a network."""
    watch.expect("ERR_INTERNET_DISCONNECTED", "Failed to fetch")
    page = person("zheng", PHONE)
    take(page, live_server.url, "现场调研")
    _ready(page)
    return page


def _ready(page: Page) -> None:
    """The service worker holds the page."""
    page.evaluate(
        """async () => {
            const kept = address => caches.match(address);
            while (!(await kept(location.pathname) && await kept("/offline/"))) await new Promise(go => setTimeout(go, 100));
        }"""
    )


def _reopened(page: Page, address: str, watch: Watch) -> Page:
    """The same phone after its browser was closed."""
    context = page.context
    page.close()
    again = open_page(context, watch)
    again.goto(address)
    return again


def _content(page: Page) -> Any:
    return page.locator("[name=f-content]")


def _status(page: Page) -> Any:
    return page.locator("form[data-island=autosave] [data-draft-status]").last


def _sheet() -> Any:
    from bihuan.documents.models import Document

    return Document.objects.get(form_version__form__code="F-004")


def test_a_sheet_and_a_photo_made_without_a_network_arrive_once(phone: Page, watch: Watch) -> None:
    address = phone.url
    phone.context.set_offline(True)
    expect(phone.locator(".offline-note")).to_contain_text("离线")
    _content(phone).fill(WORDS + MORE)
    expect(_status(phone)).to_contain_text("内容保留在本机")
    phone.evaluate(PHOTO, "车门.heic.jpg")
    expect(phone.locator(".file-wait")).to_contain_text("等待联网后上传")
    phone.get_by_role("button", name="完成").click()
    expect(phone.locator("#toasts")).to_contain_text("现在没有网络")

    phone = _reopened(phone, address, watch)
    expect(phone.locator(".offline-note")).to_contain_text("打开的页面")
    expect(_content(phone)).to_have_value(WORDS + MORE)
    expect(phone.locator(".file-wait")).to_have_count(1)
    phone.get_by_label("来源说明").fill("车辆段检修主任")

    phone.context.set_offline(False)
    expect(_status(phone)).to_contain_text("已保存", timeout=20_000)
    expect(phone.locator(".file-line[data-id]")).to_have_count(1)
    expect(_status(phone)).to_contain_text("已保存")
    phone.wait_for_function(
        "() => !Object.keys(localStorage).some(key => key.startsWith('draft:'))", timeout=20_000
    )
    phone = _reopened(phone, address, watch)
    expect(phone.locator(".offline-note")).to_have_count(0)
    expect(_content(phone)).to_have_value(WORDS + MORE)
    phone.get_by_role("button", name="完成").click()
    expect(phone.locator("#toasts")).to_contain_text("已处理")

    sheet = _sheet()
    assert sheet.data["content"] == WORDS + MORE
    assert sheet.data["source_detail"] == "车辆段检修主任"
    assert len(sheet.data["evidence"]) == 1
    _check_photo(int(sheet.data["evidence"][0]["id"]))


def _check_photo(number: int) -> None:
    """It was shrunk, and uploaded once."""
    import struct

    from bihuan.kit.files.models import File
    from bihuan.kit.files.services import open_file

    assert [file.pk for file in File.objects.all()] == [number]
    with open_file(number) as content:
        frame = re.search(rb"\xff[\xc0-\xc2]..\x08(....)", content.read(), re.DOTALL)
    assert frame is not None
    assert struct.unpack(">HH", frame.group(1)) == (1000, 2000)
