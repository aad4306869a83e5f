"""What a step costs does not depend on the past of its case, nor on how many other cases are alive."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set
from typing import Any

from django.db import connection, transaction

from bihuan.kernel import clock
from bihuan.process import queries, services
from bihuan.process.models import Case, Task
from bihuan.process.store.rows import TOGETHER
from bihuan.process.tests import stage
from bihuan.process.tests.bulk import analyse, copies, growing_tables

SEND_BACKS = 200
ALIVE = 30_000


def cost(work: Callable[[], object]) -> tuple[int, dict[str, int]]:
    """Statements sent and rows written by a piece of work that is then undone."""
    with transaction.atomic():
        with stage.Cost() as found:
            work()
        transaction.set_rollback(True)
    return len(found.statements), found.written


def costs(case: Case) -> dict[str, tuple[int, dict[str, int]]]:
    """What it costs to agree to, to refuse and to withdraw a plan at its review."""
    task = stage.task_of(case, "head")
    by, author, at = stage.handler_of(task), stage.actor("zhao"), clock.now()
    return {
        "approve": cost(lambda: services.approve_task(task=task.pk, by=by, at=at)),
        "refuse": cost(lambda: services.refuse_task(task=task.pk, opinion=stage.REASON, by=by, at=at)),
        "withdraw": cost(lambda: services.withdraw_case(case=case.pk, by=author, at=at)),
    }


def test_a_step_costs_the_same_after_200_send_backs(rail: object) -> None:
    case = stage.plan_at("head")
    plan = stage.filled_in(case)
    costs(case)  # whatever is kept in memory is there now
    found = []
    for number in range(1, SEND_BACKS + 1):
        stage.refuse(case, "head")
        stage.hand_in(case, plan)
        if number in (1, SEND_BACKS):
            found.append((costs(case), sizes(case)))
    assert Task.objects.filter(case=case, answer="refuse").count() == SEND_BACKS
    assert found[0][0] == found[1][0]
    assert found[1][1] <= found[0][1] + 40  # counters and ids have grown by some digits


def sizes(case: Case) -> int:
    """Characters of the engine's memory."""
    return len(str(Case.objects.values_list("memory", flat=True).get(pk=case.pk)))


def test_a_step_costs_the_same_among_30000_live_cases(rail: object) -> None:
    case = stage.plan_at("head")
    costs(case)
    alone = costs(case)
    assert len(copies(case, ALIVE, slim=True)) == ALIVE
    assert Task.objects.filter(state="open").count() == ALIVE + 1
    analyse()
    assert costs(case) == alone
    task = stage.task_of(case, "head")
    assert (
        list(scans(lambda: services.approve_task(task=task.pk, by=stage.handler_of(task), at=clock.now())))
        == []
    )
    assert list(scans(lambda: list(queries.inbox(task.person_id)[:51]))) == []


def scans(work: Callable[[], object], but: Set[str] = frozenset()) -> Iterator[str]:
    """The statements that read a growing table (`but` these) from end to end, with the database's plan."""
    told: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not many and sql.split(" ", 1)[0] in ("SELECT", "UPDATE", "DELETE"):
            told.extend(apart(sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(listen):
            work()
        word, pattern = (
            ("EXPLAIN QUERY PLAN", r"SCAN (\w+)")
            if connection.vendor == "sqlite"
            else ("EXPLAIN", r"Seq Scan on (\w+)")
        )
        for sql, params in told:
            with connection.cursor() as cursor:
                cursor.execute(f"{word} {sql}", params)
                plan = "\n".join(str(row) for row in cursor.fetchall())
            if set(re.findall(pattern, plan)) & (growing_tables() - but):
                yield f"{sql}\n{plan}"
        transaction.set_rollback(True)


def apart(sql: str, params: Any) -> Iterator[tuple[str, Any]]:
    """The single statements of some that are sent as one."""
    at = 0
    for one in sql.split(TOGETHER):
        count = one.count("%s")
        if one.split(" ", 1)[0] != "INSERT":
            yield one, (params or ())[at : at + count]
        at += count


def test_the_inbox_asks_the_same_for_1_and_for_30_tasks(rail: object, web: Callable[[str], Any]) -> None:
    case = stage.plan_at("head")
    client = web("qian")
    assert client.get("/").status_code == 200
    with_one = stage.queries_of(lambda: client.get("/"))
    copies(case, 29)
    assert client.get("/").content.decode().count(case.number) >= 30
    assert stage.queries_of(lambda: client.get("/")) == with_one
