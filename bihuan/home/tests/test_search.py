"""Search page and palette: words, pinyin and initials; commands; nothing the viewer may not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.home import search as searching
from bihuan.org.public import initials
from bihuan.process.models import Case
from bihuan.process.tests import stage

Door = Callable[[str], Any]


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def plan() -> Case:
    """A plan handed in, as it stands."""
    return Case.objects.get(pk=stage.plan_at("head").pk)


def page(web: Door, who: str, words: str) -> str:
    return text_of(web(who).get("/search/", {"q": words})).split("<main")[1]


def palette(web: Door, who: str, words: str) -> str:
    return text_of(web(who).get("/search/palette/", {"q": words}))


@pytest.mark.parametrize("words", ["待办", "daiban", "wddb", "我的 dai"])
def test_pages_are_found_by_words_pinyin_and_initials(rail: Any, web: Door, words: str) -> None:
    for found in (page(web, "zhao", words), palette(web, "zhao", words)):
        assert 'href="/"' in found
        assert "我的待办" in found


def test_processes_are_offered_to_those_who_may_start_them(rail: Any, web: Door) -> None:
    assert 'href="/start/#SC-001"' in palette(web, "zhao", "发起 diaoyan")
    assert "发起 市场调研计划流程" in page(web, "zhao", "sc-001")
    assert 'href="/start/#SC-001"' not in palette(web, "deng", "发起 diaoyan")


@pytest.mark.req("R-073")
@pytest.mark.req("R-316")
def test_cases_and_documents_show_to_those_who_may_read_them(rail: Any, web: Door) -> None:
    case = plan()
    paper = f"/documents/{case.main_document_id}/"
    for find in (page, palette):
        assert f"/cases/{case.pk}/" in find(web, "qian", case.number.lower())
        assert paper in find(web, "qian", case.main_document.number.lower())
        for words in (case.title, case.title[1:], initials(case.title)[:12]):
            assert f"/cases/{case.pk}/" in find(web, "qian", words), words
            assert paper in find(web, "qian", words), words
        hidden = find(web, "deng", case.title)
        assert f"/cases/{case.pk}/" not in hidden
        assert paper not in hidden
        assert case.number not in hidden


def test_people_and_rows_of_registers_are_found(rail: Any, web: Door) -> None:
    person = stage.person("qian")
    assert f'href="/org/people/{person.pk}/"' in palette(web, "zhao", "钱多思")
    assert f'href="/org/people/{person.pk}/"' in page(web, "zhao", "qds")


def test_a_single_letter_asks_for_commands_only(rail: Any, web: Door) -> None:
    client = web("zhao")
    client.get("/search/palette/", {"q": "qq"})
    with CaptureQueriesContext(connection) as few:
        client.get("/search/palette/", {"q": "q"})
    with CaptureQueriesContext(connection) as more:
        client.get("/search/palette/", {"q": "qq"})
    assert not any("name_pinyin" in one["sql"] for one in few if "LIKE" in one["sql"])
    assert len(few) < len(more)


def test_the_palette_looks_through_the_newest_and_the_page_through_all(
    rail: Any, web: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, *_, new = [plan() for _ in range(3)]
    monkeypatch.setattr(searching, "REACH", 1)
    near = palette(web, "qian", new.title)
    assert f"/cases/{new.pk}/" in near
    assert f"/cases/{old.pk}/" not in near
    assert f"/cases/{old.pk}/" in palette(web, "qian", old.number.lower())
    assert f"/cases/{old.pk}/" in page(web, "qian", old.title)


def test_more_rows_cost_no_more_queries(rail: Any, web: Door) -> None:
    client = web("qian")
    words = {"q": plan().title}
    client.get("/search/", words)
    with CaptureQueriesContext(connection) as few:
        client.get("/search/", words)
    for _ in range(4):
        stage.plan_at("head")
    with CaptureQueriesContext(connection) as more:
        client.get("/search/", words)
    assert len(more) == len(few)


def test_no_words_no_hits_and_odd_words_do_no_harm(rail: Any, web: Door) -> None:
    assert "想找什么" in page(web, "zhao", "  ")
    assert "没有找到" in page(web, "zhao", "绝无此物")
    for odd in ("%", "_", "'", "a" * 500, "\\", '"<b>'):
        page(web, "zhao", odd)
        assert "<b>" not in palette(web, "zhao", odd)
    assert Case.objects.count() == 0
