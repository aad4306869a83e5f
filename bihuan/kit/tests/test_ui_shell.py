"""Menu, shell context, middlewares and error answers."""

import json
import re
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from django_htmx.middleware import HtmxDetails

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid
from bihuan.kit.ui import context, errors, script_texts
from bihuan.kit.ui.http import render_page, toast, wants_fragment, wants_json
from bihuan.kit.ui.menu import Menu, _current
from bihuan.kit.ui.middleware import DomainErrorMiddleware, RequestIdMiddleware
from bihuan.kit.ui.problems import PROBLEMS_BY_STATUS

FRONTEND = Path(__file__).resolve().parents[3] / "frontend" / "src"
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
BOOSTED = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "full"}


def ask(path: str = "/x/", actor: Actor | None = None, **headers: str) -> HttpRequest:
    request = RequestFactory().get(path, **headers)
    request.htmx = HtmxDetails(request)
    request.actor = actor
    request.request_id = "req-1"
    return request


@pytest.fixture(autouse=True)
def _own_addresses(settings) -> None:
    settings.ROOT_URLCONF = "bihuan.kit.tests.ui_urls"


@pytest.fixture
def menu() -> Menu:
    menu = Menu()
    menu.group("work", "工作", order=1)
    menu.group("risk", "风险", order=2)
    menu.add("risk", "风险登记", "risks", icon="shield")
    menu.add("work", "我的待办", "tasks", icon="inbox", order=1, count=lambda request: 3, main=True)
    menu.add("work", "待办归档", "archive", order=2, visible=lambda request: request.actor.admin)
    return menu


def test_menu_shows_what_a_person_may_see_and_where_he_is(menu: Menu) -> None:
    work, risk = menu.sections(ask("/tasks/17/", Actor(1, "赵")))
    assert [entry.label for entry in work.entries] == ["我的待办"]
    assert (work.active, work.count, risk.active) == (True, 3, False)
    assert len(menu.sections(ask("/tasks/", Actor(1, "赵", admin=True)))[0].entries) == 2


def test_the_longest_address_is_the_present_one() -> None:
    addresses = ["/", "/tasks/", "/tasks/archive/"]
    assert _current("/tasks/archive/4/", addresses) == "/tasks/archive/"
    assert _current("/", addresses) == "/"
    assert _current("/other/", addresses) == ""


def test_an_unnamed_group_shows_its_code(menu: Menu) -> None:
    menu.add("new", "新登记", "risks", order=5)
    assert menu.sections(ask(actor=Actor(1, "赵")))[-1].label == "new"


def test_shell_asks_providers_only_for_signed_in_people(monkeypatch) -> None:
    monkeypatch.setattr(context, "_providers", {"notices": lambda request: {"count": 5, "url": "/n/"}})
    assert context.shell(ask(actor=Actor(1, "赵")))["notices"]["count"] == 5
    assert context.shell(ask())["notices"] is None
    assert not context.shell(ask())["menu"]
    with pytest.raises(ValueError, match="unknown part"):
        context.provide("nonsense", lambda request: None)


def test_the_switch_of_languages_waits_for_a_second_one() -> None:
    def switch(*languages: tuple[str, str]) -> str:
        return render_to_string("kit/_languages.html", {"language_url": "/l/", "languages": languages})

    assert switch(("zh-hans", "简体中文")).strip() == ""
    assert "繁體中文" in switch(("zh-hans", "简体中文"), ("zh-hant", "繁體中文"))


def test_request_id_is_made_kept_or_replaced() -> None:
    middleware = RequestIdMiddleware(lambda request: HttpResponse(request.request_id))
    made = middleware(RequestFactory().get("/"))
    assert made.content.decode() == made.headers["X-Request-ID"] != ""
    assert middleware(RequestFactory().get("/", HTTP_X_REQUEST_ID="proxy-12345")).content == b"proxy-12345"
    assert b"<" not in middleware(RequestFactory().get("/", HTTP_X_REQUEST_ID="<script>x")).content


def test_only_parts_of_pages_are_fragments() -> None:
    assert wants_fragment(ask(**PARTIAL))
    assert not wants_fragment(ask(**BOOSTED))
    assert not wants_fragment(RequestFactory().get("/"))
    assert wants_json(ask("/api/v1/x"))
    assert not wants_json(ask(HTTP_ACCEPT="text/html,application/json"))


def answer(request: HttpRequest, error: Exception) -> HttpResponse | None:
    return DomainErrorMiddleware(lambda request: HttpResponse()).process_exception(request, error)


def test_a_domain_error_becomes_json_with_fields() -> None:
    found = answer(ask("/api/x"), Invalid("有{n}处问题", fields={"title": ["请填写"]}, n=2))
    assert found.status_code == 422
    assert json.loads(found.content)["error"] == {
        "code": "invalid",
        "message": "有2处问题",
        "fields": {"title": ["请填写"]},
        "request_id": "req-1",
    }


def test_a_domain_error_in_a_fragment_goes_to_the_problems_and_leaves_the_form_alone() -> None:
    found = answer(ask(actor=Actor(1, "赵"), **PARTIAL), Conflict("已被<b>{who}</b>修改", who="<i>李</i>"))
    assert (found.status_code, found.headers["HX-Retarget"]) == (409, "#problems")
    text = found.content.decode()
    assert "<html" not in text
    assert "已被&lt;b&gt;&lt;i&gt;李" in text


@pytest.mark.parametrize("status", sorted(PROBLEMS_BY_STATUS))
def test_each_error_page_says_what_happened_and_what_to_do(status: int) -> None:
    problem = PROBLEMS_BY_STATUS[status]
    found = errors.error_response(ask(), problem)
    text = found.content.decode()
    assert found.status_code == status
    assert problem.title in text
    assert problem.todo in text
    assert "req-1" in text
    assert found.headers["Cache-Control"] == "no-store"


def test_other_errors_are_left_to_django() -> None:
    assert answer(ask(), KeyError("x")) is None


def test_the_500_page_needs_no_context(monkeypatch) -> None:
    monkeypatch.setattr(context, "shell", lambda request: 1 / 0)
    found = errors.server_error(RequestFactory().get("/"))
    assert found.status_code == 500
    assert "系统出错了" in found.content.decode()


def test_scripts_learn_of_an_expired_sign_in_instead_of_following_to_its_page(settings) -> None:
    settings.LOGIN_URL = "/sign-in/"
    middleware = DomainErrorMiddleware(lambda request: HttpResponseRedirect("/sign-in/?next=/x/"))
    assert middleware(ask(**PARTIAL)).status_code == 401
    assert middleware(ask()).status_code == 302
    elsewhere = DomainErrorMiddleware(lambda request: HttpResponseRedirect("/x/"))
    assert elsewhere(ask(**PARTIAL)).status_code == 302


def test_render_page_gives_the_part_only_to_htmx(settings, tmp_path) -> None:
    (tmp_path / "part.html").write_text(
        "<p>{% partialdef content inline %}里{% endpartialdef %}</p>外", "utf-8"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert render_page(ask(**PARTIAL), "part.html").content.decode() == "里"
    assert "外" in render_page(ask(**BOOSTED), "part.html").content.decode()
    page = render_page(ask(), "part.html", status=422)
    assert (page.status_code, page.headers["Vary"]) == (422, "HX-Request, HX-Request-Type")


def test_a_toast_travels_in_a_header() -> None:
    response = toast(HttpResponse(), "已保存", "success")
    assert json.loads(response.headers["HX-Trigger"]) == {"toast": {"text": "已保存", "tone": "success"}}


def test_every_text_of_the_scripts_is_listed_for_translators() -> None:
    found: set[str] = set()
    for file in FRONTEND.rglob("*.ts"):
        found |= set(re.findall(r'\bt\(\s*"([^"]+)"', file.read_text("utf-8")))
    assert found == set(script_texts.TEXTS)
    with translation.override("en"):
        assert set(script_texts.translated()) == found
