"""Due times, reminders, late marks and escalation, by the clock (rules.md §14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bihuan.kernel.clock import TZ
from bihuan.kit.notify import Notice
from bihuan.process.jobs import ring
from bihuan.process.services import timers
from bihuan.process.tests import stage
from bihuan.process.tests.stage import clock
from bihuan.process.tests.test_deciding import text_of

Door = Callable[[str], Any]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=TZ)


def told(username: str) -> Counter[str]:
    kinds = Notice.objects.filter(person=stage.person(username).pk).values_list("kind", flat=True)
    return Counter(kind for kind in kinds if kind in ("remind", "late", "escalated"))


@pytest.mark.req("R-035")
def test_reminders_late_mark_and_escalation(rail: Any, web: Door) -> None:
    case = stage.plan_at("head", "常规")
    task = stage.task_of(case, "head")
    assert task.due_at == at(4, 18)  # two working days after this one: 24 working hours
    for moment, handler, superior in (
        (at(3, 13, 59), {}, {}),
        (at(3, 14), {"remind": 1}, {}),  # half
        (at(4, 15, 35), {"remind": 1}, {}),
        (at(4, 15, 36), {"remind": 2}, {}),  # nine tenths
        (at(4, 18), {"remind": 2, "late": 1}, {}),
        (at(5, 9), {"remind": 2, "late": 2}, {}),
        (at(6, 9), {"remind": 2, "late": 3}, {"escalated": 1}),  # second working day: the superior
        (at(10, 9), {"remind": 2, "late": 5}, {"escalated": 1}),  # 7 and 8 March are a weekend
        (
            at(11, 9),
            {"remind": 2, "late": 6},
            {"escalated": 1},
        ),  # fifth day: the head, here the handler himself
    ):
        rail.move_to(moment)
        ring(clock.now())
        ring(clock.now())  # once more changes nothing
        assert (told("qian") - Counter({"escalated": 1}), told("zhou")) == (
            Counter(handler),
            Counter(superior),
        ), moment
    page = text_of(web("qian").get("/"))
    assert "row-late" in page
    assert stage.Task.objects.get(pk=task.pk).late


@pytest.mark.req("R-035")
def test_the_head_of_the_unit_hears_on_day_five(rail: Any, web: Door) -> None:
    case = stage.plan_at("budget", "常规")
    assert case.number in text_of(web("sun").get("/"))
    rail.move_to(at(11, 9))
    ring(clock.now())
    assert told("qian")["escalated"] == 1  # head of the case's unit
    assert told("zhou")["escalated"] == 1  # the handler's superior


@pytest.mark.parametrize(("urgency", "due"), [("一般", at(4, 18)), ("紧急", at(3, 18)), ("特急", at(2, 14))])
def test_urgency_shortens_what_is_due(rail: Any, urgency: str, due: datetime) -> None:
    case = stage.start_plan()
    task = stage.task_of(case, "draft")
    stage.services.fill_task(
        task=task.pk,
        data=stage.auto_plan(task),
        head={"urgency": urgency},
        by=stage.handler_of(task),
        at=clock.now(),
    )
    assert stage.task_of(case, "head").due_at == due


def test_two_workers_ring_an_alarm_once(rail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.plan_at("head", "常规")
    rail.move_to(at(3, 14))
    real = timers.next_alarm

    def other_worker_first(*given: Any) -> Any:
        monkeypatch.setattr(timers, "next_alarm", real)
        assert timers.ring_alarms(clock.now()) == 1
        return real(*given)

    monkeypatch.setattr(timers, "next_alarm", other_worker_first)
    assert timers.ring_alarms(clock.now()) == 0
    assert told("qian") == {"remind": 1}


def test_every_open_task_rings_once_for_each_moment(rail: Any) -> None:
    case = stage.plan_at("sign", "常规")
    rail.move_to(clock.now() + timedelta(days=40))
    ring(clock.now())
    before = Notice.objects.count()
    ring(clock.now())
    assert Notice.objects.count() == before
    stage.assert_sound(case.pk)
