"""The API of processes and cases; every route ends in the services the pages call."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Schema, Status

from bihuan.documents.public import seen_through
from bihuan.kernel import clock
from bihuan.kernel.errors import DomainError, NotFound, text
from bihuan.kit.access import Scope, viewer_of
from bihuan.kit.crud.rest import add_router
from bihuan.kit.crud.rest_router import ApiRouter, Strict, actor_of, needs, refuse_unknown
from bihuan.process import presenting, queries, services
from bihuan.process.api_shapes import (
    CaseLine,
    Rows,
    TaskLine,
    case_line,
    parameter,
    rows_page,
    task_line,
)
from bihuan.process.api_tasks import tasks
from bihuan.process.models import Case, Task
from bihuan.process.program import program
from bihuan.process.starting import startable_lines

processes = ApiRouter(tags=["流程"])
cases = ApiRouter(tags=["流程实例"])
FILTERS = frozenset({"state", "process", "q", "after"})


def register() -> None:
    """Called once when the app is ready."""
    add_router("/processes", processes)
    add_router("/cases", cases)
    add_router("/tasks", tasks)


class Entrance(Schema):
    """A way to begin a process; `at` is "" for the usual one."""

    at: str
    name: str


class Startable(Schema):
    """A process one may start; `blocked` says what stands in the way."""

    code: str
    name: str
    purpose: str
    pack: str
    entrances: list[Entrance]
    blocked: str


class Start(Strict):
    """How to start."""

    at: str = ""
    for_date: date | None = None


class Started(Schema):
    """The new case and one's first task in it."""

    case: int
    number: str
    task: int | None


@processes.get("/", response=list[Startable], summary="可以发起的流程")
def startable(request: HttpRequest) -> Any:
    """Processes one may start now."""
    refuse_unknown(request, ())
    return list(startable_lines(actor_of(request)))


@processes.post("/{str:code}/start/", response={201: Started}, summary="发起流程")
@needs(Scope.PAPERS)
def start(request: HttpRequest, code: str, body: Start) -> Any:
    """Start a case."""
    by = actor_of(request)
    case = services.start_case(process=code, by=by, at=clock.now(), entrance=body.at, for_date=body.for_date)
    mine = Task.objects.filter(case=case, person=by.person, state="open").order_by("id").first()
    return Status(201, {"case": case.pk, "number": case.number, "task": mine.pk if mine else None})


class Paper(Schema):
    """A document of a case."""

    id: int
    name: str
    form: str
    number: str
    title: str
    state: str
    version: int


class Remark(Schema):
    """A comment."""

    person: str
    at: datetime
    text: str


class Event(Schema):
    """One thing that happened."""

    what: str
    person: str
    step: str
    at: datetime
    text: str


class CaseDetail(CaseLine):
    """A case; of one that may be known but not read, only the head and who sits at which step."""

    readable: bool
    unit: str
    open_tasks: list[TaskLine]
    tasks: list[TaskLine] = Field(default_factory=list)
    documents: list[Paper] = Field(default_factory=list)
    comments: list[Remark] = Field(default_factory=list)
    history: list[Event] = Field(default_factory=list)


@cases.get(
    "/", response=Rows[CaseLine], summary="流程实例", openapi_extra=parameter(*sorted(FILTERS)),
)  # fmt: skip
def listing(request: HttpRequest) -> Any:
    """Cases whose titles one may read, newest first."""
    chosen = refuse_unknown(request, FILTERS)
    found = queries.listed_cases(viewer_of(request)).select_related("starter")
    if chosen.get("state"):
        if chosen["state"] not in Case.State.values:
            raise DomainError(text("参数{name}的值无效"), name="state")
        found = found.filter(state=chosen["state"])
    if chosen.get("process"):
        found = found.filter(process_code=chosen["process"])
    if chosen.get("q"):
        found = queries.search_cases(found, chosen["q"][:100])
    return rows_page(request, found, ("-id",), case_line)


@cases.get(
    "/{int:case}/", response=CaseDetail, summary="一个流程实例",
)  # fmt: skip
def detail(request: HttpRequest, case: int) -> Any:
    """Head, open tasks, opinions, documents, comments and history of a case."""
    refuse_unknown(request, ())
    viewer = viewer_of(request)
    found = queries.titled_cases(viewer).select_related("version", "starter", "unit").filter(pk=case).first()
    if found is None:
        raise NotFound(text("流程实例不存在"))
    readable = queries.can_see(case, actor_of(request))
    head = case_line(found) | {
        "readable": readable,
        "unit": found.unit.name,
        "open_tasks": [_bare(task_line(task)) for task in presenting.working_now(case)],
    }
    return head | _content(request, found) if readable else head


def _bare(line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "opinion": ""}


def _content(request: HttpRequest, case: Case) -> dict[str, Any]:
    services.mark_copy_read(case=case.pk, by=actor_of(request), at=clock.now())
    papers = (
        case.case_documents.filter(seen_through(viewer_of(request), "document"))
        .select_related("document__form_version__form")
        .order_by("id")
    )
    plan = program(case.version_id)
    return {
        "tasks": [task_line(task) for task in queries.opinions(case.pk)],
        "documents": [
            {
                "id": paper.document_id,
                "name": paper.name,
                "form": paper.document.form_version.form.code,
                "number": paper.document.number,
                "title": paper.document.title,
                "state": paper.document.state,
                "version": paper.document.version_number,
            }
            for paper in papers
        ],
        "comments": [
            {"person": one.by.name, "at": one.at, "text": one.text}
            for one in case.comments.select_related("by")
        ],
        "history": [
            {
                "what": one["title"],
                "person": one.get("person", ""),
                "step": one.get("badge", ""),
                "at": one["time"],
                "text": one["text"],
            }
            for one in presenting.history_entries(case, plan)
        ],
    }


class Words(Strict):
    """A comment."""

    text: str


class Withdrawal(Strict):
    """Why it is taken back."""

    reason: str = Field("", max_length=2000)


class Copying(Strict):
    """Whom to show the case to, by id."""

    to: list[int] = Field(min_length=1, max_length=200)
    note: str = Field("", max_length=200)


def _seen(request: HttpRequest, case: int) -> None:
    queries.require_seen(case, actor_of(request))


@cases.post("/{int:case}/comments/", response={204: None}, summary="评论")
@needs(Scope.WORK, _seen)
def comment(request: HttpRequest, case: int, body: Words) -> Any:
    """Add a comment."""
    services.comment_case(case=case, text_=body.text, by=actor_of(request), at=clock.now())
    return Status(204, None)


@cases.post("/{int:case}/copies/", response={204: None}, summary="抄送")
@needs(Scope.WORK, _seen)
def copy(request: HttpRequest, case: int, body: Copying) -> Any:
    """Show it to people."""
    services.copy_case(case=case, to=body.to, note=body.note, by=actor_of(request), at=clock.now())
    return Status(204, None)


@cases.post("/{int:case}/withdraw/", response={204: None}, summary="撤回")
@needs(Scope.WORK, _seen)
def withdraw(request: HttpRequest, case: int, body: Withdrawal) -> Any:
    """Take one's own case back."""
    services.withdraw_case(case=case, reason=body.reason, by=actor_of(request), at=clock.now())
    return Status(204, None)
