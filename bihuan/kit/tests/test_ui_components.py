"""Components and the frame of pages: what every screen is made of."""

import re
from pathlib import Path

import lxml.html
import pytest
from django.http import HttpRequest
from django.template import Context, RequestContext, Template
from django.test import RequestFactory
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

from bihuan.kernel.actor import Actor
from bihuan.kit.ui import context
from bihuan.kit.ui.menu import Menu

PACKAGE = Path(__file__).resolve().parents[2]
EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _own_addresses(settings) -> None:
    settings.ROOT_URLCONF = "bihuan.kit.tests.ui_urls"


def ask(actor: Actor | None = None) -> HttpRequest:
    request = RequestFactory().get("/tasks/")
    request.actor, request.request_id = actor, "req-1"
    return request


def draw(source: str, request: HttpRequest | None = None, **values: object) -> str:
    template = Template(CottonCompiler().process(source))
    return template.render(RequestContext(request, values) if request else Context(values))


def test_a_card_escapes_and_counts() -> None:
    html = draw('<c-card title="待办" :count="n">{{ text }}</c-card>', n=0, text=EVIL)
    assert "card-title" in html
    assert '<span class="card-count">0</span>' in html
    assert "<script>" not in html


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('<c-badge tone="green">已通过</c-badge>', 'class="badge bg-green-lt"'),
        ('<c-button tone="primary" confirm="确定？">提交</c-button>', 'data-confirm="确定？"'),
        ('<c-button href="/x/">去</c-button>', '<a href="/x/"'),
        ('<c-avatar name="赵一鸣" />', ">赵</span>"),
        ('<c-alert title="注意" tone="red">坏了</c-alert>', 'role="alert"'),
        ('<c-empty title="没有">先登记</c-empty>', "先登记"),
        ('<c-modal id="m" title="转交">谁</c-modal>', 'aria-labelledby="m-title"'),
        ('<c-icon name="inbox" />', "#inbox"),
        ('<c-field label="名称" for="a" required="1" help="全称" error="请填写">x</c-field>', 'id="a_error"'),
        ('<c-diagram url="/d.bpmn" live="l">填写</c-diagram>', 'data-island="bpmn-viewer"'),
        ("<c-draft-status />", "data-draft-status"),
    ],
)
def test_components_draw(source: str, expected: str) -> None:
    assert expected in draw(source)


def test_lists_in_components_are_drawn_and_escaped() -> None:
    tabs = draw(
        '<c-tabs :items="items" />', items=[{"label": EVIL, "url": "/x/", "active": True, "count": 2}]
    )
    assert 'aria-current="page"' in tabs
    steps = draw('<c-steps :items="items" />', items=[{"label": EVIL, "state": "current"}])
    assert 'aria-current="step"' in steps
    line = draw('<c-timeline :entries="items" />', items=[{"title": EVIL, "text": EVIL, "tone": "red"}])
    phrases = draw('<c-phrases target="#a" :items="items" />', items=[EVIL])
    assert "<script>" not in tabs + steps + line + phrases


def test_pages_by_key_stop_at_the_ends() -> None:
    html = lxml.html.fromstring(draw('<c-pagination next="?after=9" />'))
    assert html.xpath(".//a/@href") == ["?after=9"]
    assert len(html.xpath(".//button[@disabled]")) == 1
    assert draw("<c-pagination />").strip() == ""


@pytest.fixture
def frame(monkeypatch) -> lxml.html.HtmlElement:
    parts = {
        "notices": lambda request: {"count": 120, "url": "/n/"},
        "person_menu": lambda request: {
            "sign_out_url": "/out/",
            "switch_url": "/switch/",
            "positions": [{"id": 1, "label": "市场经理", "active": True}, {"id": 2, "label": "组长"}],
            "links": [{"label": "修改密码", "url": "/p/", "icon": "lock"}],
        },
    }
    monkeypatch.setattr(context, "_providers", parts)
    menu = Menu()
    menu.group("test", "测试")
    menu.add("test", "我的待办", "tasks", icon="inbox", main=True)
    monkeypatch.setattr(context, "menu", menu)
    return _page(Actor(1, "赵一鸣", position_name="市场经理"))


def _page(actor: Actor | None) -> lxml.html.HtmlElement:
    source = '{% extends "kit/page.html" %}{% block content %}正文{% endblock %}'
    crumbs = [{"label": EVIL, "url": "/"}, {"label": "这里"}]
    return lxml.html.fromstring(draw(source, ask(actor), title=EVIL, breadcrumbs=crumbs))


def test_a_page_has_frame_menu_person_and_bell(frame: lxml.html.HtmlElement) -> None:
    assert frame.xpath("/html/@lang") == ["zh-Hans"]
    assert frame.xpath("//body/*[1]/@href") == ["#main"]
    assert frame.xpath("//nav[@id='navigation']//a[@aria-current='page']/@href") == ["/tasks/"]
    assert frame.xpath("//nav[@class='bottom-bar']/a/@href") == ["/tasks/"]
    assert frame.xpath("//span[@class='bell-count']/text()") == ["99+"]
    assert frame.xpath("//form[@action='/switch/']//button[@name='position']/@value") == ["1", "2"]
    assert frame.xpath("//form[@action='/out/' and @method='post']//input[@name='csrfmiddlewaretoken']")
    assert "X-CSRFToken" in frame.xpath("//body")[0].get("hx-headers:inherited")
    assert len(frame.xpath("//h1")) == len(frame.xpath("//main")) == 1


def test_strangers_see_no_menu() -> None:
    page = _page(None)
    assert not page.xpath("//nav[@id='navigation'] | //nav[@class='bottom-bar'] | //details")


def test_scripts_get_their_texts_in_other_languages_only() -> None:
    assert not _page(None).xpath("//script[@id='texts']")
    with translation.override("en"):
        assert "已保存" in _page(None).xpath("//script[@id='texts']")[0].text.encode().decode(
            "unicode_escape"
        )


def test_no_template_breaks_the_content_security_policy() -> None:
    """No inline script, no handler attribute, no javascript: address, no htmx code attribute."""
    forbidden = re.compile(
        r"<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+\s*=\s*[\"']|javascript:|hx-on|hx-vals=[\"']js:"
    )
    found = {
        f"{file.relative_to(PACKAGE)}: {match.group()}"
        for file in PACKAGE.rglob("templates/**/*.html")
        for match in forbidden.finditer(file.read_text("utf-8"))
    }
    assert found == set()
