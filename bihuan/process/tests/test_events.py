"""Events open cases and wake those that wait, each exactly once, and never undo who raised them (ADR 0014)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.org import public as org
from bihuan.process import public as process
from bihuan.process import services
from bihuan.process.models import Case, HandOver, Task
from bihuan.process.tests import stage
from bihuan.process.tests.small_pack import Play, cases, open_company, play
from bihuan.process.tests.test_deciding import text_of

__all__ = ["play"]
Door = Callable[[str], Any]

PAPER = """\
    code: TP-010
    name: 单据
    owner: head
    purpose: 发出事件
    document: F-902
    start: [head]
    steps:
      - {id: write, do: fill, by: head}
      - {id: check, do: approve, by: boss, refuse: write}
    end: {state: 通过}
"""
FOLLOW = """\
    code: TP-011
    name: 跟进
    owner: head
    purpose: 单据通过后
    document: F-902
    start:
      - event: F-902.passed
        if: row.amount > 100
        by: manager
        with: {title: "=row.title", paper_ref: "=row"}
        document_as: source
        once: row.title
      - {event: case.ended, if: "row.process == 'TP-010'", by: boss, at: look, with: {title: "=row.no"}}
    steps:
      - {id: write, do: fill, by: {starter: true}, go: end}
      - {id: look, do: fill, by: boss}
    end: {state: 完毕}
"""
WAITING = """\
    code: TP-012
    name: 等待
    owner: head
    purpose: 先到者先走
    document: F-902
    start: [head]
    steps:
      - {id: write, do: fill, by: head}
      - id: pause
        wait:
          - {after: 5d, go: late}
          - {event: F-902.changed, if: row.pct > 5 and row.title == doc.title, go: change}
      - {id: change, do: do, by: manager}
      - {id: again, wait: {event: F-902.changed, if: "row.pct > 5"}, set: {amount: "=row.pct"}, go: end}
      - {id: late, do: do, by: boss}
      - {id: alarm, watch: change, event: F-902.changed, if: "row.pct > 50", do: escalate, to: boss}
      - {id: stop, watch: case, event: F-902.removed, interrupt: true, go: given_up}
      - {id: given_up, end: {state: 取消}}
    end: {state: 完毕}
"""
ALL = {"TP-010": PAPER, "TP-011": FOLLOW, "TP-012": WAITING}


@pytest.mark.req("R-021")
def test_a_document_opens_what_follows_once(play: Play) -> None:
    play(
        """
        - {act: start, process: TP-010, by: h, as: p}
        - {act: fill, task: p/write, by: h, data: auto, set: {title: 甲, amount: 100}}
        - {act: approve, task: p/check, by: b}
        - {expect: {opened: {process: TP-011, count: 1, as: looked}}}
        - {expect: {case: looked, open: {look: [b]}, only: true}}
        - {act: start, process: TP-010, by: h, as: q}
        - {act: fill, task: q/write, by: h, data: auto, set: {title: 乙, amount: 101}}
        - {expect: {opened: {process: TP-011, count: 1}}}
        - {act: refuse, task: q/check, by: b, opinion: 再想一想吧}
        - {expect: {opened: {process: TP-011, count: 1}}}
        - {act: fill, task: q/write, by: h, answers: all}
        - {act: approve, task: q/check, by: b}
        - {expect: {case: q, state: ended}}
        - {expect: {opened: {process: TP-011, count: 3, as: [a, f, c]}}}
        - {expect: {case: f, open: {write: [k1]}, only: true, document: {data: {title: 乙}}}}
        - {expect: {case: f, documents: {source: {count: 1, state: 已通过}}}}
        - {act: start, process: TP-010, by: h, as: r}
        - {act: fill, task: r/write, by: h, data: auto, set: {title: 乙, amount: 500}}
        - {act: approve, task: r/check, by: b}
        - {expect: {opened: {process: TP-011, count: 4}}}            # one for 乙 is open: only the look at the case
        """,
        {"TP-010": PAPER, "TP-011": FOLLOW},
    )


@pytest.fixture
def monday(db: None, tmp_path: Path) -> Any:
    open_company(tmp_path, "2026-03-02T09:00", ALL)
    fixed = clock.FixedClock(clock.aware(stage.MONDAY))
    with clock.use(fixed):
        yield fixed


def waiting(title: str = "甲") -> Case:
    case = services.start_case(process="TP-012", by=stage.actor("h"), at=clock.now())
    task = stage.task_of(case, "write")
    services.fill_task(task=task.pk, data={"title": title}, by=stage.actor("h"), at=clock.now())
    return case


def price(verb: str = "changed", **record: Any) -> None:
    company = org.Unit.objects.get(kind="company")
    process.raise_event(
        f"F-902.{verb}", record, company=company.pk, unit=company.pk, by=stage.actor("b"), at=clock.now()
    )


def steps(case: Case) -> list[str]:
    found = (
        Task.objects.filter(case=case, state="open").order_by("id").values_list("node", "person__username")
    )
    return [f"{node} {who}" for node, who in found]


def test_a_wait_goes_on_with_the_first_thing_that_happens(monday: Any) -> None:
    case, other = waiting(), waiting("乙")
    price(pct=Decimal("5"), title="甲")
    price(pct=Decimal("5.1"), title="丙")
    services.deliver(clock.now())
    assert steps(case) == []
    price(pct=Decimal("5.1"), title="甲")
    assert steps(case) == []  # not in the sender's transaction
    services.deliver(clock.now())
    assert steps(case) == ["change k1", "change k2"]
    monday.move_to(clock.now() + timedelta(days=6))
    services.ring_alarms(clock.now())
    assert (steps(case), steps(other)) == (["change k1", "change k2"], ["late b"])
    stage.assert_sound(case.pk)
    assert not HandOver.objects.exists()


def test_the_record_is_read_by_what_follows_the_wait(monday: Any) -> None:
    case = waiting()
    price(pct=Decimal(6), title="甲")
    services.deliver(clock.now())
    task = stage.task_of(case, "change", "k1")
    services.complete_task(task=task.pk, by=stage.actor("k1"), at=clock.now())
    price(pct=Decimal("7.25"), title="")
    services.deliver(clock.now())
    case.refresh_from_db()
    assert case.state == "ended"
    assert case.main_document is not None
    assert case.main_document.data["amount"] == "7.25"


def test_a_watched_step_and_a_watched_case(monday: Any) -> None:
    case = waiting()
    price(pct=6, title="甲")
    price(pct=60, title="")
    services.deliver(clock.now())
    told = stage.services and stage.documents and process.Case.objects.get(pk=case.pk)
    assert told.state == "running"
    price("removed")
    services.deliver(clock.now())
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("ended", "取消")


def test_an_event_that_happens_twice_in_one_go_wakes_once(monday: Any) -> None:
    case = waiting()
    price(pct=6, title="甲")
    price(pct=7, title="甲")
    services.deliver(clock.now())
    assert steps(case) == ["change k1", "change k2"]
    assert not HandOver.objects.exists()
    stage.assert_sound(case.pk)


def test_another_company_hears_nothing(monday: Any) -> None:
    case = waiting()
    other = org.open_unit(code="other", name="另一家", kind="company", by=SYSTEM, at=clock.now())
    process.raise_event(
        "F-902.removed", {}, company=other.pk, unit=other.pk, by=stage.actor("b"), at=clock.now()
    )
    services.deliver(clock.now())
    case.refresh_from_db()
    assert case.state == "running"


def test_an_event_nobody_listens_to_costs_one_statement(monday: Any) -> None:
    company, by = org.Unit.objects.get(kind="company").pk, stage.actor("b")

    def unheard() -> None:
        process.raise_event("F-902.due", {"pct": 1}, company=company, unit=company, by=by, at=clock.now())

    assert stage.queries_of(unheard) == 1


def test_a_receiver_that_fails_undoes_nothing_and_is_tried_again(monday: Any, web: Door) -> None:
    slot = org.Slot.objects.get(code="manager")
    bound = list(org.Binding.objects.filter(slot=slot).select_related("position", "unit"))
    case = services.start_case(process="TP-010", by=stage.actor("h"), at=clock.now())
    task = stage.task_of(case, "write")
    services.fill_task(
        task=task.pk, data={"title": "甲", "amount": "101"}, by=stage.actor("h"), at=clock.now()
    )
    for one in bound:
        org.unbind_slot(binding=one, by=SYSTEM, at=clock.now())
    stage.agree(case, "check", "b")
    services.deliver(clock.now())
    case.refresh_from_db()
    assert case.state == "ended"
    assert cases("TP-011") == []
    page = text_of(web("pa").get("/hand-overs/"))
    assert "TP-011" in page
    assert "经理" in page
    assert "TP-011" not in text_of(web("h").get("/hand-overs/"))
    row = HandOver.objects.order_by("id")[0]
    assert web("h").post(f"/hand-overs/{row.pk}/retry/").status_code == 404
    assert web("pa").post(f"/hand-overs/{row.pk}/retry/").status_code == 422  # still nobody there
    for one in bound:
        org.bind_slot(slot=slot, unit=one.unit, position=one.position, by=SYSTEM, at=clock.now())
    assert web("pa").post(f"/hand-overs/{row.pk}/retry/").status_code == 302
    services.ring_alarms(clock.now() + timedelta(minutes=3))
    assert sorted(one.starter.username for one in cases("TP-011")) == ["b", "k1"]
    assert not HandOver.objects.exists()
