"""What the tests of this app play with: SC-001 of the rail pack, its people by name, and looks at the database.

Everything goes through the services that the screens call. `auto_plan` invents a research plan that
passes all checks, once per task; `changes` are raw input.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.documents import public as documents
from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM, Actor
from bihuan.kernel.errors import DomainError
from bihuan.org import public as org
from bihuan.org.models import Person
from bihuan.packs import public as packs
from bihuan.packs.organisation import build_organisation
from bihuan.process import services
from bihuan.process.engine import events as e
from bihuan.process.engine.evolve import replay
from bihuan.process.engine.invariants import invariants
from bihuan.process.engine.state import State
from bihuan.process.models import Case, CaseEvent, Task
from bihuan.process.program import DECIDING, program
from bihuan.process.scenario.inventing import invented
from bihuan.process.services.work import Desk, open_comments
from bihuan.process.store import load

MONDAY = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - Asia/Shanghai, as the fixture `rail` begins
__all__ = ["Actor", "DomainError", "clock", "services", "timedelta"]
LATER = frozenset({"budget_opinion", "approved_amount", "gm_opinion", "joint_signs"})
"""Fields of the plan that later steps write."""
REASON = "依据不足,请补充"


def open_company(packs_dir: Path) -> None:
    """The rail pack in force with its demo company."""
    source = packs.load_pack(packs_dir / "rail", [packs_dir])
    packs.install_pack(source, by=SYSTEM, at=clock.now(), effective=True)
    build_organisation(source.entries["demo.yaml"][0].value, by=SYSTEM, at=clock.now())


def person(username: str) -> Person:
    return Person.objects.get(username=username)


def actor(username: str) -> Actor:
    return org.actor_for(person(username))


def task_of(case: Case | int, node: str, username: str | None = None) -> Task:
    """The open task of a step: of a person, else the first."""
    found = Task.objects.filter(case=case, node=node, state="open").select_related("person").order_by("id")
    task = (found.filter(person__username=username) if username else found).first()
    assert task is not None, f"{username} 在 {node} 没有待办"
    return task


def handler_of(task: Task) -> Actor:
    return org.actor_of(task.person_id, task.position_id, task.stands_for_id)


def auto_plan(task: Task, **changes: Any) -> dict[str, Any]:
    """Valid input for the research plan of a fill task."""
    desk = Desk(task.pk, handler_of(task), clock.now(), {"fill"})
    document = desk.document
    assert document is not None
    definition = documents.definition_for(document)
    asked = {one.key for one in definition.fields if one.asked and desk.rights().may_write(one.key)}
    kept = {key: value for key, value in document.data.items() if key in asked and value not in (None, [])}
    return invented(desk, str(desk.node.rules["document"]), definition, {**kept, **changes})


def filled_in(case: Case) -> dict[str, Any]:
    """What the author typed into the plan, to hand it in again."""
    document = Case.objects.select_related("main_document__form_version__form").get(pk=case.pk).main_document
    assert document is not None
    asked = {one.key for one in documents.definition_for(document).fields if one.asked}
    kept = {key: value for key, value in document.data.items() if key in asked and value not in (None, [])}
    return {key: value for key, value in kept.items() if key not in LATER}


def start_plan(username: str = "zhao") -> Case:
    return services.start_case(process="SC-001", by=actor(username), at=clock.now())


def hand_in(case: Case, data: Mapping[str, Any] | None = None, **changes: Any) -> None:
    """Fill or revise the plan, answering every refusal."""
    task = task_of(case, "draft")
    owed = open_comments(case.pk, task.document_id)
    services.fill_task(
        task=task.pk, data=dict(data) if data is not None else auto_plan(task, **changes),
        answers={one.pk: "已按意见修改" for one in owed}, by=handler_of(task), at=clock.now(),
    )  # fmt: skip


def agree(case: Case, node: str, username: str | None = None, **given: Any) -> None:
    task = task_of(case, node, username)
    services.approve_task(task=task.pk, by=handler_of(task), at=clock.now(), **given)


def refuse(case: Case, node: str, username: str | None = None, **given: Any) -> None:
    task = task_of(case, node, username)
    services.refuse_task(task=task.pk, opinion=REASON, by=handler_of(task), at=clock.now(), **given)


def plan_at(node: str, level: str = "年度") -> Case:
    """A new plan standing at a step of SC-001."""
    case = start_plan()
    if node == "draft":
        return case
    hand_in(case, plan_level=level)
    for step in ("head", "budget", "gm"):
        if step == node:
            return case
        if step != "gm" or level in ("年度", "月度", "重大专题"):
            agree(case, step)
    return case


def replayed(case: int) -> State:
    """The state that the case's history gives."""
    told = CaseEvent.objects.filter(case=case).order_by("seq").values_list("events", flat=True)
    return replay(e.from_json(one) for events in told for one in events)


def assert_sound(case: int) -> None:
    """History gives the stored state, the engine's invariants hold, and every open task can be worked on."""
    row, stored = load(case)
    assert replayed(case) == stored
    assert invariants(program(row.version_id).graph, stored) == []
    seated = {local: (s.person, s.state) for local, s in stored.seats.items()}
    live = Task.objects.filter(case=case, live=True)
    assert seated == {task.local: (task.person_id, task.state) for task in live}
    for task in Task.objects.filter(case=case, state="open").select_related("person", "document"):
        assert task.person.is_active
        assert task.due_at is not None
        assert task.next_alarm_at is not None
        assert task.act not in DECIDING or task.document is None or task.document.author_id != task.person_id


def tables() -> list[str]:
    """All tables that hold work: everything but sessions and framework tables."""
    names = connection.introspection.table_names()
    return sorted(name for name in names if not name.startswith("django_"))


def contents() -> dict[str, tuple[int, str]]:
    """Of every table the number of rows and a digest over all of them."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = sorted(map(repr, cursor.fetchall()))
            found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


@contextmanager
def nothing_written(*but: str) -> Iterator[None]:
    """The block leaves every row of the database as it was; tables named in `but` aside."""
    before = contents()
    yield
    changed = {table for table, now in contents().items() if before[table] != now} - set(but)
    assert not changed


class Cost:
    """What a block asked of the database: statements by verb, and rows written where the driver says so."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.written: dict[str, int] = {}

    def __enter__(self) -> Cost:
        self._wrapper = connection.execute_wrapper(self._count)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *about: Any) -> None:
        self._wrapper.__exit__(*about)

    def _count(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        self.statements.append(sql)
        verb = sql.lstrip().split(" ", 1)[0].upper()
        if verb in ("INSERT", "UPDATE", "DELETE"):
            table = next(
                word.strip('"') for word in sql.replace("INTO ", "").replace("FROM ", "").split()[1:]
            )
            self.written[f"{verb} {table}"] = self.written.get(f"{verb} {table}", 0) + max(
                context["cursor"].rowcount, 0
            )
        return result


def queries_of(work: Any) -> int:
    """How many statements a piece of work sends."""
    with CaptureQueriesContext(connection) as found:
        work()
    return len(found)
