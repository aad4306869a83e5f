"""Cases and tasks as the API shows them; `home` lists its own work in the same shapes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Schema

from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.keyset import key_page
from bihuan.process.models import Case, Task
from bihuan.process.presenting import seat_name

Item = TypeVar("Item")


class Rows(Schema, Generic[Item]):
    """A page; `next` is the `after` of the following one, "" at the end."""

    items: list[Item]
    next: str


class CaseLine(Schema):
    """A case in a list."""

    id: int
    number: str
    title: str
    process: str
    starter: str
    state: str
    outcome: str
    urgency: str
    secrecy: str
    opened_at: datetime
    ended_at: datetime | None


class TaskLine(Schema):
    """One person's seat at one step of a case."""

    id: int
    step: str
    name: str
    act: str
    person: str
    position: str
    state: str
    answer: str
    opinion: str
    late: bool
    opened_at: datetime
    due_at: datetime
    acted_at: datetime | None


class WorkLine(TaskLine):
    """A task in a list of one's own work, with its case."""

    case: CaseLine
    document: int | None


def case_line(case: Case) -> dict[str, Any]:
    """What lists tell of a case; needs its starter."""
    return {
        "id": case.pk,
        "number": case.number,
        "title": case.title,
        "process": case.process_code,
        "starter": case.starter.name,
        "state": case.state,
        "outcome": case.outcome,
        "urgency": case.urgency,
        "secrecy": Secrecy(case.secrecy).label,
        "opened_at": case.opened_at,
        "ended_at": case.ended_at,
    }


def task_line(task: Task) -> dict[str, Any]:
    """What lists tell of a task; needs its person, position and whom it stands for."""
    return {
        "id": task.pk,
        "step": task.node,
        "name": task.name,
        "act": task.act,
        "person": seat_name(task),
        "position": task.position.name if task.position else "",
        "state": task.state,
        "answer": task.answer,
        "opinion": task.opinion,
        "late": task.late,
        "opened_at": task.opened_at,
        "due_at": task.due_at,
        "acted_at": task.acted_at,
    }


def work_line(task: Task) -> dict[str, Any]:
    """A task of one's own with its case."""
    return {**task_line(task), "case": case_line(task.case), "document": task.document_id}


def rows_page(
    request: HttpRequest, rows: QuerySet[Any], order: tuple[str, ...], line: Any
) -> Mapping[str, Any]:
    """The page of `rows` that the address asks for by `after`, each row drawn by `line`."""
    page = key_page(rows, order, request.GET.get("after", ""))
    drawn: list[Any] = [line(row) for row in page.rows]
    return {"items": drawn, "next": page.next}


def parameter(*names: str) -> dict[str, Any]:
    """Optional parameters of an address, for the API's description."""
    return {
        "parameters": [
            {"in": "query", "name": name, "required": False, "schema": {"type": "string"}} for name in names
        ]
    }
