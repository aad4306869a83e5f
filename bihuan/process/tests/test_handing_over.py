"""Openings that fail or belong to a pack that is off (design.md §4, formats.md "Calling")."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.org import public as org
from bihuan.process import services
from bihuan.process.models import Case, CaseEvent, HandOver
from bihuan.process.tests import stage
from bihuan.process.tests.small_pack import Play, cases, open_company, play
from bihuan.process.tests.test_deciding import text_of

__all__ = ["play"]
Door = Callable[[str], Any]

FIRST = """\
    code: TP-020
    name: 前一个
    owner: head
    purpose: 打开后一个
    document: F-902
    start: [head]
    steps:
      - {id: write, do: fill, by: head}
    end:
      state: 通过
      opens:
        - {process: TP-021, with: {title: "=doc.title"}, document_as: source}
        - {process: XX-99, pack: away}
"""
NEXT = """\
    code: TP-021
    name: 后一个
    owner: head
    purpose: 被打开
    document: F-902
    start: []
    steps:
      - {id: write, do: fill, by: manager}
    end: {state: 通过}
"""
CALLING = """\
    code: TP-022
    name: 调用
    owner: head
    purpose: 调用别的包的流程
    document: F-902
    start: [head]
    steps:
      - {id: write, do: fill, by: head}
      - {id: away, call: XX-99, pack: away, by: manager, form: F-902, due: 2wd}
      - {id: here, call: TP-021, pack: small, by: boss, with: {title: "=doc.title"}}
      - {id: many, opens: [{process: TP-021, each: slot.manager, with: {owner: "=row"}, once: row.username}]}
    end: {state: 通过}
"""


@pytest.mark.req("R-020", "R-021")
def test_a_call_of_a_pack_that_is_off_is_a_plain_task(play: Play) -> None:
    play(
        """
        - {act: start, process: TP-022, by: h, as: p}
        - {act: fill, task: p/write, by: h, data: auto, set: {title: 甲}}
        - {expect: {case: p, open: {away: [k1, k2]}, only: true}}
        - {act: complete, task: p/away, by: k2, data: auto, forms: {paper: [{title: 随附}]}}
        - {expect: {case: p, open: {}, only: true, opened: {process: TP-021, count: 1, as: c}}}
        - {act: fill, task: c/write, by: k1, data: auto}
        - {expect: {case: p, state: ended, opened: {process: TP-021, count: 3}}}
        """,
        {"TP-022": CALLING, "TP-021": NEXT},
    )


WAITING = """\
    code: TP-023
    name: 先问再定
    owner: head
    purpose: 调用在用的流程并等它办完
    document: F-902
    start: [head]
    steps:
      - {id: write, do: fill, by: head}
      - {id: ask, call: TP-021, with: {title: "=doc.title"}, document_as: answer}
      - {id: settle, do: approve, by: boss, refuse: write,
         rules: [{check: docs.answer.amount > 0, message: 答复没有金额}]}
    end: {state: 已定}
"""


@pytest.mark.req("R-020")
def test_a_caller_waits_until_the_called_case_has_ended(db: None, tmp_path: Path, web: Door) -> None:
    open_company(tmp_path, "2026-03-02T09:00", {"TP-023": WAITING, "TP-021": NEXT})
    with clock.use(clock.FixedClock(clock.aware(stage.MONDAY))):
        caller = services.start_case(process="TP-023", by=stage.actor("h"), at=clock.now())
        task = stage.task_of(caller, "write")
        web("h").post(f"/tasks/{task.pk}/", {"verb": "fill", "f-title": "甲"})
        (called,) = cases("TP-021")
        assert (called.opener_id, called.state) == (caller.pk, "running")
        assert not caller.tasks.filter(state="open").exists()  # it waits
        assert f'href="/cases/{called.pk}/"' in web("h").get(f"/cases/{caller.pk}/").content.decode()
        assert f'href="/cases/{caller.pk}/"' in web("h").get(f"/cases/{called.pk}/").content.decode()
        asked = called.tasks.filter(state="open", person__username="k1").get()
        web("k1").post(f"/tasks/{asked.pk}/", {"verb": "fill", "f-title": "甲", "f-amount": "5"})
        called.refresh_from_db()
        assert called.state == "ended"
        settle = caller.tasks.get(state="open")
        assert (settle.node, settle.person.username) == ("settle", "b")
        answer = web("b").get(f"/cases/{caller.pk}/").content.decode()
        assert f"/documents/{called.main_document_id}/" in answer  # it came back with what it was asked for
        web("b").post(f"/tasks/{settle.pk}/", {"verb": "approve"})
        caller.refresh_from_db()
        assert (caller.state, caller.outcome) == ("ended", "已定")


@pytest.fixture
def broken(db: None, tmp_path: Path) -> Any:
    """A case that has ended while what it opens had nobody to do it; and nobody to fall back to."""
    open_company(tmp_path, "2026-03-02T09:00", {"TP-020": FIRST, "TP-021": NEXT})
    with clock.use(clock.FixedClock(clock.aware(stage.MONDAY))):
        slot = org.Slot.objects.get(code="manager")
        bound = list(org.Binding.objects.filter(slot=slot).select_related("position", "unit"))
        fallback = org.Binding.objects.get(slot__code="proc_admin")
        case = services.start_case(process="TP-020", by=stage.actor("h"), at=clock.now())
        task = stage.task_of(case, "write")
        for one in [*bound, fallback]:
            org.unbind_slot(binding=one, by=SYSTEM, at=clock.now())
        services.fill_task(task=task.pk, data={"title": "甲"}, by=stage.actor("h"), at=clock.now())
        yield case, slot, bound


def test_a_failed_opening_is_seen_at_the_case_and_tried_again(broken: Any, web: Door) -> None:
    case, slot, bound = broken
    case.refresh_from_db()
    assert (case.state, cases("TP-021")) == ("ended", [])
    assert CaseEvent.objects.filter(case=case, verb="broken").count() == 1  # the pack that is off is left out
    page = text_of(web("h").get(f"/cases/{case.pk}/"))
    assert "交接失败" in page
    assert "重试" in page
    row = HandOver.objects.get()
    assert web("b").post(f"/hand-overs/{row.pk}/retry/").status_code == 404
    for one in bound:
        org.bind_slot(slot=slot, unit=one.unit, position=one.position, by=SYSTEM, at=clock.now())
    answer = web("h").post(f"/hand-overs/{row.pk}/retry/")
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.pk}/")
    (made,) = cases("TP-021")
    assert (made.opener_id, made.opened_by) == (case.pk, Case.OpenedBy.CASE)
    assert "重试" not in text_of(web("h").get(f"/cases/{case.pk}/"))
    assert web("h").post(f"/hand-overs/{row.pk}/retry/").status_code == 404
    assert CaseEvent.objects.filter(case=case, verb="handed").count() == 1


def test_the_clock_tries_again_too(broken: Any) -> None:
    _, slot, bound = broken
    due = services.timers.next_moment()
    assert due is not None
    for one in bound:
        org.bind_slot(slot=slot, unit=one.unit, position=one.position, by=SYSTEM, at=clock.now())
    services.ring_alarms(due)
    assert len(cases("TP-021")) == 1
    assert not HandOver.objects.exists()
