"""The loop: true counts for each viewer, doors to the lists behind them, nothing invisible."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.home import loop
from bihuan.home.ring import CENTRE, OUTER, arcs
from bihuan.process.tests import stage

Door = Callable[[str], Any]


def text_of(answer: Any) -> str:
    return answer.content.decode()


def said(answer: Any) -> dict[str, str]:
    """Stage → what its part of the ring says, as one hears it."""
    found = re.findall(r'<a class="ring-part[^>]*aria-label="([^：]+)：([^"]+)"', text_of(answer))
    return dict(found)


@pytest.fixture
def slots() -> Iterator[None]:
    """The registry as it was."""
    money, broken = dict(loop._money), dict(loop._broken)
    yield
    loop._money.clear()
    loop._money.update(money)
    loop._broken.clear()
    loop._broken.update(broken)


def test_the_ring_counts_what_each_may_see(rail: Any, web: Door) -> None:
    stage.plan_at("head")
    stage.start_plan()
    assert said(web("zhao").get("/loop/"))["市场调研"] == "进行中2项，逾期0项，我的待办1项"
    assert said(web("qian").get("/loop/"))["市场调研"] == "进行中2项，逾期0项，我的待办1项"
    assert said(web("deng").get("/loop/"))["市场调研"] == "进行中0项，逾期0项，我的待办0项"
    assert list(said(web("deng").get("/loop/"))) == [one.label for one in loop.STAGES]


def test_late_work_shows_with_its_door(rail: Any, web: Door) -> None:
    case = stage.plan_at("head")
    rail.move_to(stage.task_of(case, "head").due_at + stage.timedelta(days=1))
    page = web("qian").get("/loop/")
    assert said(page)["市场调研"] == "进行中1项，逾期1项，我的待办1项"
    assert "逾期1" in text_of(page)
    for show in ("running", "late", "mine"):
        assert case.number in text_of(web("qian").get(f"/loop/research/?show={show}")), show
    assert "没有逾期" in text_of(web("deng").get("/loop/research/?show=late"))
    assert "没有进行中的流程" in text_of(web("qian").get("/loop/planning/"))
    assert web("qian").get("/loop/nowhere/").status_code == 404


def test_a_head_sees_what_is_late_below(rail: Any, web: Door) -> None:
    case = stage.start_plan()
    due = stage.task_of(case, "draft").due_at
    assert case.title not in text_of(web("qian").get("/loop/"))
    rail.move_to(due - stage.timedelta(days=3))
    assert case.title in text_of(web("qian").get("/loop/")).split("一周内到期")[-1]
    rail.move_to(due + stage.timedelta(days=1))
    late = text_of(web("qian").get("/loop/")).split("下属逾期")[-1]
    assert "赵一鸣" in late
    assert "下属逾期" not in text_of(web("deng").get("/loop/"))


def test_a_process_no_pack_places_is_execution(rail: Any, web: Door) -> None:
    case = stage.start_plan()
    type(case).objects.filter(pk=case.pk).update(process_code="XX-99")
    assert said(web("zhao").get("/loop/"))["执行"].startswith("进行中1项")
    assert case.number in text_of(web("zhao").get("/loop/execution/"))
    assert case.number not in text_of(web("zhao").get("/loop/research/"))


def test_money_and_broken_hand_overs_show_where_an_app_knows_them(rail: Any, web: Door, slots: None) -> None:
    stage.start_plan()
    loop._money.clear()
    loop._broken.clear()
    assert "金额" not in text_of(web("zhao").get("/loop/"))
    loop.add_money("test", lambda viewer, stages: {"planning": [loop.Money("预占", Decimal("1234.5"))]})
    loop.add_broken("test", lambda viewer: {"SC-001": 3}, "process:cases")
    page = text_of(web("zhao").get("/loop/"))
    assert "¥1,234.50" in page
    assert '<a class="text-danger" href="/cases/"><strong>3</strong></a>' in page


def test_the_page_costs_the_same_with_more_work(rail: Any, web: Door) -> None:
    client = web("qian")
    stage.plan_at("head")
    client.get("/loop/")
    with CaptureQueriesContext(connection) as few:
        client.get("/loop/")
    for _ in range(4):
        stage.plan_at("head")
    with CaptureQueriesContext(connection) as more:
        client.get("/loop/")
    assert len(more) == len(few)


def test_the_logo_leads_to_the_loop(rail: Any, web: Door) -> None:
    assert '<a class="brand" href="/loop/">' in text_of(web("zhao").get("/"))


def test_six_arrows_stand_round_the_centre() -> None:
    found = arcs(6)
    assert len({one.path for one in found}) == 6
    assert abs(found[0].x - CENTRE) < 20
    assert found[0].y < CENTRE - 100
    assert all(abs(one.x - CENTRE) < OUTER and abs(one.y - CENTRE) < OUTER for one in found)
