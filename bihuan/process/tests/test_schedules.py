"""Scheduled starts and due dates by the clock (rules.md §15)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.clock import TZ
from bihuan.kit.notify import Notice
from bihuan.org import public as org
from bihuan.packs import public as packs
from bihuan.packs.models import PackRelease
from bihuan.process import services
from bihuan.process.jobs import ring
from bihuan.process.models import Case, HandOver, Task
from bihuan.process.services import schedules
from bihuan.process.tests import stage
from bihuan.process.tests.small_pack import Play, cases, open_company, play
from bihuan.process.tests.test_deciding import text_of

__all__ = ["play"]
Door = Callable[[str], Any]

SALES = """\
    code: TP-004
    name: 月度计划
    owner: head
    purpose: 每月26日
    document: F-902
    start:
      - head
      - {schedule: {monthly: 26, shift: "=setting.sc.shift"}, ahead: 5wd, for: next, by: head, once: case.period}
    steps:
      - id: own
        each: slot.manager
        do: fill
        by: {field: row}
        document: {own: F-902}
        with: {month: "=case.period", owner: "=row"}
        due: {monthly: 26, shift: "=setting.sc.shift"}
      - {id: merge, do: fill, by: head, with: {month: "=case.period"}, due: {monthly: 26, shift: "=setting.sc.shift"}}
      - {id: allot, do: do, by: head, due: {monthly: -1d}}
    end: {state: 完毕}
"""
DAILY = """\
    code: TP-005
    name: 日报
    owner: head
    purpose: 每天
    document: F-902
    start: [{schedule: {daily: "09:00"}, by: head}]
    steps: [{id: write, do: fill, by: head}]
    end: {state: 完毕}
"""
# rules.md §15: opened five working days before, due on the day, the last day of its month
TABLE_2026 = {
    (1, 19): (1, 26), (2, 12): (2, 26), (3, 19): (3, 26), (4, 17): (4, 24), (5, 19): (5, 26), (6, 18): (6, 26),
    (7, 17): (7, 24), (8, 19): (8, 26), (9, 18): (9, 24), (10, 19): (10, 26), (11, 19): (11, 26), (12, 18): (12, 25),
}  # fmt: skip
LAST = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def at(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=TZ)


@pytest.fixture
def time(db: None, tmp_path: Path) -> Iterator[clock.FixedClock]:
    """The small company with its monthly plan since New Year 2026; yields the clock."""
    yield from _since_new_year(tmp_path, {"TP-004": SALES})


@pytest.fixture
def days(db: None, tmp_path: Path) -> Iterator[clock.FixedClock]:
    """The same with a daily report."""
    yield from _since_new_year(tmp_path, {"TP-005": DAILY})


def _since_new_year(folder: Path, processes: dict[str, str]) -> Iterator[clock.FixedClock]:
    open_company(folder, "2026-01-01T00:00", processes)
    fixed = clock.FixedClock(at(1, 1, 0))
    with clock.use(fixed):
        yield fixed


@pytest.mark.req("R-102", "R-103")
def test_the_26th_of_every_month_of_2026(time: clock.FixedClock, web: Door) -> None:
    for (month, day), due in TABLE_2026.items():
        earlier = len(cases("TP-004"))
        time.move_to(at(month, day, 8, 59))
        services.ring_alarms(clock.now())
        assert len(cases("TP-004")) == earlier, month
        time.move_to(at(month, day))
        services.ring_alarms(clock.now())
        *_, case = cases("TP-004")
        assert len(cases("TP-004")) == earlier + 1, month
        assert (case.opened_by, case.for_date, case.starter.username) == ("schedule", date(2026, *due), "h")
        assert case.period == (f"2026-{month + 1:02}" if month < 12 else "2027-01")
        own = Task.objects.filter(case=case, node="own", state="open").select_related("person", "document")
        assert {task.person.username for task in own} == {"k1", "k2"}
        assert {task.due_at for task in own} == {at(*due, 18)}
        assert {task.document.data["month"] for task in own if task.document} == {case.period}
        assert case.number in text_of(web("k1").get("/"))
        for task in own:
            fill(task)
        merge = stage.task_of(case, "merge")
        assert merge.due_at == at(*due, 18)
        fill(merge)
        assert stage.task_of(case, "allot").due_at == at(month, LAST[month - 1], 18)
        finish(stage.task_of(case, "allot"))


def fill(task: Task) -> None:
    services.fill_task(task=task.pk, data={"title": "计划"}, by=stage.handler_of(task), at=clock.now())


def finish(task: Task) -> None:
    services.complete_task(task=task.pk, by=stage.handler_of(task), at=clock.now())


@pytest.mark.req("R-102")
def test_reminders_before_and_the_late_list_after(time: clock.FixedClock, web: Door) -> None:
    time.move_to(at(1, 19))
    ring(clock.now())
    (case,) = cases("TP-004")
    heard: dict[datetime, list[str]] = {}
    while clock.now() < at(1, 27, 9):
        moment = services.timers.next_moment() or at(12, 31)
        time.move_to(moment)
        ring(clock.now())
        told = Notice.objects.filter(person=stage.person("k1").pk, about_id=case.pk, at=moment)
        heard[moment] = list(told.values_list("kind", flat=True))
    assert {moment: kinds for moment, kinds in heard.items() if kinds} == {
        at(1, 21, 18): ["remind"],  # half of six working days
        at(1, 26, 13, 12): ["remind"],  # nine tenths
        at(1, 26, 18): ["late"],
        at(1, 27, 9): ["late"],
    }
    assert Task.objects.filter(case=case, late=True, state="open").count() == 2
    assert "row-late" in text_of(web("k1").get("/"))


@pytest.mark.req("R-103")
def test_the_rule_is_a_setting_of_the_company(time: clock.FixedClock, web: Door) -> None:
    company = org.Unit.objects.get(kind="company")
    packs.change_setting("sc.shift", "next_workday", unit=company, by=SYSTEM, at=clock.now())
    time.move_to(at(4, 19))
    ring(clock.now())
    time.move_to(at(4, 20))  # five working days before Monday 27 April
    ring(clock.now())
    assert cases("TP-004")[-1].for_date == date(2026, 4, 27)
    task = stage.task_of(cases("TP-004")[-1], "own", "k1")
    assert task.due_at == at(4, 27, 18)
    assert cases("TP-004")[-1].number in text_of(web("k1").get("/"))


def test_a_plan_sent_back_after_its_date_is_not_due_a_month_later(time: clock.FixedClock) -> None:
    time.move_to(at(1, 19))
    ring(clock.now())
    (case,) = cases("TP-004")
    time.move_to(at(1, 27, 10))
    for task in Task.objects.filter(case=case, state="open"):
        fill(task)
    assert stage.task_of(case, "merge").due_at == at(1, 30, 18)  # three working days


def test_each_date_opens_once_however_many_clocks_tick(
    days: clock.FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    days.move_to(at(1, 4))
    real = schedules._following

    def other_clock_first(row: Any, since: datetime) -> object:
        if since == clock.now():  # this clock has read the row and is about to claim it
            monkeypatch.setattr(schedules, "_following", real)
            ring(clock.now())
        return real(row, since)

    monkeypatch.setattr(schedules, "_following", other_clock_first)
    ring(clock.now())
    ring(clock.now())
    assert len(cases("TP-005")) == 1


def test_what_was_missed_is_opened_late_once(days: clock.FixedClock) -> None:
    days.move_to(at(1, 9, 8))  # nobody ticked for a week; 1 to 3 January are off, the 4th is worked
    ring(clock.now())
    ring(clock.now())
    opened = [case.for_date for case in cases("TP-005")]
    assert opened == [date(2026, 1, day) for day in (4, 5, 6, 7, 8)]


def test_a_release_opens_nothing_for_the_time_before_it_was_in_force(time: clock.FixedClock) -> None:
    PackRelease.objects.filter(pack__code="small").update(effective_at=at(1, 19, 9, 1))
    time.move_to(at(1, 20))
    ring(clock.now())
    assert cases("TP-004") == []


def test_a_company_that_switched_the_pack_off_is_left_alone(time: clock.FixedClock) -> None:
    company = org.Unit.objects.get(kind="company")
    packs.switch_pack("small", company, on=False, by=SYSTEM, at=clock.now())
    time.move_to(at(1, 19))
    ring(clock.now())
    packs.switch_pack("small", company, on=True, by=SYSTEM, at=clock.now())
    ring(clock.now())
    assert cases("TP-004") == []


def test_a_start_that_fails_is_told_tried_again_and_holds_up_no_other(days: clock.FixedClock) -> None:
    manager = org.Binding.objects.filter(slot__code="head").select_related("position__unit")
    position = manager[0].position
    for binding in manager:
        org.unbind_slot(binding=binding, by=SYSTEM, at=clock.now())
    days.move_to(at(1, 4))
    ring(clock.now())
    assert Case.objects.count() == 0
    assert [row.process_code for row in HandOver.objects.exclude(reason="")] == ["TP-005"]
    told = Notice.objects.filter(person=stage.person("pa").pk, kind="broken").values_list("text", flat=True)
    assert ["负责人" in one for one in told] == [True]
    unit = position.unit.company or position.unit
    org.bind_slot(
        slot=org.Slot.objects.get(code="head"), unit=unit, position=position, by=SYSTEM, at=clock.now()
    )
    days.move_to(at(1, 4) + timedelta(minutes=2))
    ring(clock.now())
    assert [case.for_date for case in cases("TP-005")] == [date(2026, 1, 4)]
    assert not HandOver.objects.exists()


def test_a_row_each_and_once(play: Play) -> None:
    each = """\
        code: TP-006
        name: 每人一份
        owner: head
        purpose: 逐人
        document: F-902
        start:
          - schedule: {monthly: 3wd}
            for: previous
            each: slot.manager
            by: {field: row}
            with: {owner: "=row", month: "=case.period"}
            once: row
          - schedule: {weekly: fri}
            each: slot.manager
            if: row.username == 'k1'
            by: {field: row}
            with: {owner: "=row"}
            once: row
        steps: [{id: write, do: fill, by: {starter: true}}]
        end: {state: 完毕}
        """
    play(
        """
        - {until: 2026-03-04T08:59}
        - {expect: {opened: {process: TP-006, count: 0}}}
        - {until: 2026-03-04T09:00}
        - {expect: {opened: {process: TP-006, count: 2, as: [one, two]}}}
        - {expect: {case: one, open: {write: [k1]}, only: true, document: {data: {month: 2026-02}}}}
        - {expect: {case: two, open: {write: [k2]}, only: true}}
        - {until: 2026-03-06T12:00}
        - {expect: {opened: {process: TP-006, count: 2}}}
        - {act: fill, task: one/write, by: k1, data: auto}
        - {act: fill, task: two/write, by: k2, data: auto}
        - {until: 2026-03-13T12:00}
        - {expect: {opened: {process: TP-006, count: 3, as: [one, two, three]}}}
        - {expect: {case: three, open: {write: [k1]}, only: true}}
        """,
        {"TP-006": each},
    )


def test_an_entrance_presets_what_it_fixes(play: Play) -> None:
    fixed = """\
        code: TP-007
        name: 两个入口
        owner: head
        purpose: 同一表单,两种类型
        document: F-902
        start:
          - head
          - {by: boss, at: second, with: {title: 固定标题, owner: "=starter"}}
        steps:
          - {id: first, do: fill, by: head, go: end}
          - {id: second, do: fill, by: boss}
        end: {state: 完毕}
        """
    play(
        """
        - {act: start, process: TP-007, by: h, as: one}
        - {expect: {case: one, open: {first: [h]}, only: true}}
        - {act: start, process: TP-007, by: b, at: second, as: two}
        - {expect: {case: two, open: {second: [b]}, only: true, document: {data: {title: 固定标题}}}}
        - {act: start, process: TP-007, by: k1, at: second, error: 不能发起}
        """,
        {"TP-007": fixed},
    )
