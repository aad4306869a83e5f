"""Field work on a phone without a network: sheets and photos stay on the phone and arrive once (R-049)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from playwright.sync_api import Error, Page, expect

from tests.e2e.desk import sign_in, take
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


class Cable:
    """The way to the server: pulled, no request gets an answer, not even on connections that stand."""

    def __init__(self) -> None:
        self.pulled = False

    def pull(self, page: Page) -> None:
        """Take the network away; the browser knows."""
        self.pulled = True
        page.context.set_offline(True)

    def plug(self, page: Page) -> None:
        """Give it back."""
        self.pulled = False
        page.context.set_offline(False)


@pytest.fixture
def cable(monkeypatch: pytest.MonkeyPatch) -> Cable:
    """The network of the phone. A browser's own switch does not hold for pages that open or close at that moment."""
    made, parse = Cable(), WSGIRequestHandler.parse_request

    def heard(handler: Any) -> bool:
        handler.close_connection = made.pulled
        return not made.pulled and parse(handler)

    monkeypatch.setattr(WSGIRequestHandler, "parse_request", heard)
    return made


@pytest.fixture
def phone(task: None, person: Enter, live_server: Any, watch: Watch) -> Page:
    """His phone, with the task open and ready to be used without a network."""
    watch.expect("ERR_INTERNET_DISCONNECTED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION", "Failed to fetch")
    page = person("zheng", PHONE)
    take(page, live_server.url, "现场调研")
    _ready(page)
    return page


def _ready(page: Page) -> None:
    """The service worker holds the page."""
    page.evaluate(
        """async () => {
            const kept = address => caches.match(address);
            const there = async () => await kept(location.pathname) && await kept("/offline/");
            while (!await there()) await new Promise(go => setTimeout(go, 100));
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


def test_a_sheet_and_a_photo_made_without_a_network_arrive_once(
    phone: Page, cable: Cable, watch: Watch
) -> None:
    address = phone.url
    cable.pull(phone)
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

    cable.plug(phone)
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


def test_signing_out_leaves_nothing_for_the_next_person(
    phone: Page, cable: Cable, live_server: Any, watch: Watch
) -> None:
    watch.expect("ERR_FAILED")  # the two requests that this test lets fail
    address = phone.url
    phone.route(re.compile("/files/$|/save/"), lambda route: route.abort())
    _content(phone).fill(WORDS + MORE)
    phone.evaluate(PHOTO, "车门.jpg")
    expect(phone.locator(".file-wait")).to_contain_text("等待联网后上传")
    phone.get_by_role("button", name="完成").click()
    expect(phone.locator("#toasts")).to_contain_text("还有 1 个文件没有上传完")

    phone.locator("summary[aria-label$=个人菜单]").click()
    phone.get_by_role("button", name="退出登录").click()
    expect(phone.get_by_role("dialog")).to_contain_text("还有 2 项内容没有传到服务器")
    phone.get_by_role("button", name="删除并退出").click()
    phone.wait_for_url(re.compile("/sign-in/"))
    assert phone.evaluate(LEFT) == {"entries": [], "photos": 0, "pages": []}

    sign_in(phone, live_server.url, "王南来")
    cable.pull(phone)
    with pytest.raises(Error, match="ERR_"):  # the browser's own page: nothing of his can be opened
        phone.goto(address)


LEFT = """async () => {
    const opened = await new Promise(done => {
        const request = indexedDB.open("bihuan", 1);
        request.onsuccess = () => done(request.result);
    });
    const count = opened.transaction("photos").objectStore("photos").count();
    const photos = await new Promise(done => (count.onsuccess = () => done(count.result)));
    const entries = Object.keys(localStorage).filter(key => key.startsWith("draft:"));
    return {entries, photos, pages: (await caches.keys()).filter(name => name.startsWith("pages-"))};
}"""
"""What lies in the browser."""


def test_moment_and_place_are_filled_in_by_a_touch(phone: Page) -> None:
    phone.get_by_role("button", name="定位").click()
    expect(phone.locator("body")).to_contain_text("没有得到定位许可，请直接填写地点")
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"latitude": 31.2304, "longitude": 121.4737, "accuracy": 12})
    phone.get_by_role("button", name="定位").click()
    expect(phone.get_by_label("地点")).to_have_value("31.23040, 121.47370 ±12 m")
    phone.get_by_role("button", name="现在").click()
    expect(phone.get_by_label("收集时间")).to_have_value("2026-03-02T08:55")
    expect(_status(phone)).to_contain_text("已保存")
    data = _sheet().data
    assert data["place"] == "31.23040, 121.47370 ±12 m"
    assert data["collected_at"].startswith("2026-03-02T08:55")


def test_without_a_network_only_the_opened_tasks_are_there(
    phone: Page, cable: Cable, live_server: Any
) -> None:
    cable.pull(phone)
    phone.goto(f"{live_server.url}/documents/")
    expect(phone.get_by_role("heading", name="没有网络")).to_be_visible()
    phone.get_by_role("link", name="现场调研并交回").click()
    expect(_content(phone)).to_have_value(WORDS)
    names = phone.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys())
                for (const kept of await (await caches.open(name)).keys()) found.push(new URL(kept.url).pathname);
            return found.filter(path => !path.startsWith("/static/"));
        }"""
    )
    assert sorted(names) == ["/offline/", re.sub(r"^https?://[^/]+", "", phone.url)]


def test_a_secret_sheet_stays_on_the_server(
    task: None, person: Enter, cable: Cable, live_server: Any, watch: Watch
) -> None:
    from bihuan.documents.models import Document
    from bihuan.kernel.secrecy import Secrecy

    watch.expect("ERR_INTERNET_DISCONNECTED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION", "Failed to fetch")
    Document.objects.filter(form_version__form__code="F-004").update(secrecy=Secrecy.SECRET)
    page = person("zheng", PHONE)
    take(page, live_server.url, "现场调研")
    cable.pull(page)
    _content(page).fill(WORDS + MORE)
    expect(_status(page)).to_contain_text("不能留在本机")
    page.evaluate(PHOTO, "车门.jpg")
    expect(page.locator(".file-wait")).to_contain_text("关闭页面会丢失")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []
    assert page.evaluate("caches.keys()") == []
