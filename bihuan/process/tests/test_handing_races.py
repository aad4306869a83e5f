"""Cases that wake each other at the same moment, with real commits: nobody waits for ever, nothing comes twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from bihuan.kernel import clock
from bihuan.process import services
from bihuan.process.models import Case, CaseEvent, HandOver, Task
from bihuan.process.tests import stage
from bihuan.process.tests.small_pack import open_company

TIMES = 5
ROUND = """\
    code: TP-040
    name: 互相唤醒
    owner: head
    purpose: 每一份都唤醒所有人
    document: F-902
    start: [head]
    steps:
      - {id: write, do: fill, by: head}
      - {id: check, do: approve, by: boss, refuse: write}
      - {id: heard, watch: case, event: F-902.submitted, do: remind, to: boss}
    end: {state: 完毕}
"""
MONDAY = clock.FixedClock(clock.aware(stage.MONDAY))


@pytest.fixture
def committed(
    django_db_setup: None, django_db_blocker: Any, tmp_path: Path
) -> Iterator[tuple[list[Case], Any]]:
    with django_db_blocker.unblock(), clock.use(MONDAY):
        open_company(tmp_path, "2026-03-02T09:00", {"TP-040": ROUND})
        by = stage.actor("h")
        yield [services.start_case(process="TP-040", by=by, at=clock.now()) for _ in range(2 * TIMES)], by
        call_command("flush", interactive=False, verbosity=0)


def together(*works: Callable[[], None]) -> list[Exception]:
    """Do these at the same moment; what went wrong."""
    start, wrong = threading.Barrier(len(works)), list[Exception]()

    def run(work: Callable[[], None]) -> None:
        with clock.use(MONDAY):
            start.wait(timeout=60)
            try:
                work()
            except Exception as error:
                wrong.append(error)
        connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_cases_that_wake_each_other_do_not_block_each_other(committed: Any) -> None:
    cases, by = committed
    tasks = {case.pk: Task.objects.get(case=case).pk for case in cases}

    def fill(own: list[Case]) -> Callable[[], None]:
        def work() -> None:
            for case in own:
                services.fill_task(task=tasks[case.pk], data={"title": "试验"}, by=by, at=clock.now())

        return work

    assert together(fill(cases[:TIMES]), fill(cases[TIMES:])) == []
    services.deliver(clock.now())
    assert not HandOver.objects.exists()
    for case in cases:  # each heard of each paper once, its own too
        assert CaseEvent.objects.filter(case=case, verb="event").count() == 2 * TIMES
        stage.assert_sound(case.pk)


def test_two_deliverers_bring_each_thing_once(committed: Any) -> None:
    cases, _ = committed
    for case in cases:
        HandOver.objects.bulk_create(
            HandOver(
                kind="wake", receiver=case, process_code="TP-040", company_id=case.company_id,
                data={"event": "F-902.submitted", "record": {}, "watch": case.timers.get().local},
                made_at=clock.now(), due_at=clock.now(),
            )
            for _ in range(3)
        )  # fmt: skip

    def deliver() -> None:
        services.deliver(clock.now())

    assert together(deliver, deliver) == []
    services.deliver(clock.now())
    assert not HandOver.objects.exists()
    assert {CaseEvent.objects.filter(case=case, verb="event").count() for case in cases} == {3}
