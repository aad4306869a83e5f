"""The API of tasks: what a step asks, and the acts by which a person does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Schema, Status

from bihuan.documents import public as documents
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import NotAllowed, NotFound, text
from bihuan.kit.access import Scope
from bihuan.kit.crud.rest_router import ApiRouter, Strict, actor_of, needs, refuse_unknown
from bihuan.org import public as org
from bihuan.process import queries, services
from bihuan.process.api_shapes import CaseLine, TaskLine, WorkLine, case_line, task_line, work_line
from bihuan.process.choices import offered
from bihuan.process.models import Task
from bihuan.process.program import ACTS
from bihuan.process.services.work import Choices, Desk, open_comments

tasks = ApiRouter(tags=["任务"])
Data = dict[str, Any]


class Head(Strict):
    """The head of a document, as far as a step lets it be changed; attachments are ids of uploads."""

    title: str | None = None
    unit: int | None = None
    secrecy: str | None = None
    urgency: str | None = None
    remark: str | None = None
    attachments: list[int] | None = None


class Chosen(Strict):
    """What a person chooses beside the answer: the way on, and answers to questions by step."""

    go: str | None = None
    choose: dict[str, bool] = Field(default_factory=dict)


class Saving(Strict):
    """A draft: nothing is demanded. `lock` is the one read; an older one is refused with 409."""

    data: Data | None = None
    head: Head | None = None
    lock: int | None = None
    opinion: str | None = None
    sheet: int | None = None


class Filling(Chosen):
    """A document handed in; `answers` by the task of each refusal, all of them."""

    data: Data | None = None
    head: Head | None = None
    lock: int | None = None
    answers: dict[int, str] = Field(default_factory=dict)
    mode: Literal["all_again", "straight_back"] | None = None


class Passing(Chosen):
    """Agreed or done; `sheets` by name in order, `others` the fields of documents of other steps."""

    opinion: str = Field("", max_length=20_000)
    data: Data | None = None
    sheets: dict[str, list[Data | None]] = Field(default_factory=dict)
    others: dict[str, Data] = Field(default_factory=dict)


class Refusing(Strict):
    """Refused, with a reason of at least five characters (R-016).

    `target` is the step it goes back to, `rows` those of a block, `mode` how it comes back.
    """

    opinion: str = Field(max_length=20_000)
    data: Data | None = None
    target: str | None = None
    rows: list[int] | None = None
    choose: dict[str, bool] = Field(default_factory=dict)
    mode: Literal["all_again", "straight_back"] | None = None


class Reassigning(Strict):
    """The person, by id, who gets the task."""

    to: int
    reason: str = Field("", max_length=2000)


class Sheet(Schema):
    """A document on a task's desk: its values, and which of them may be written here."""

    id: int
    name: str
    form: str
    number: str
    title: str
    state: str
    version: int
    lock: int
    data: Data
    writable: list[str]


class Owed(Schema):
    """A refusal that the author has to answer."""

    task: int
    person: str
    step: str
    opinion: str


class Way(Schema):
    """A step one may choose."""

    go: str
    name: str


class TaskDetail(TaskLine):
    """A task; `mine` tells whether it is open and one's own, only then the rest is there."""

    case: CaseLine
    mine: bool
    saved_opinion: str = ""
    document: Sheet | None = None
    sheets: list[Sheet] = Field(default_factory=list)
    owed: list[Owed] = Field(default_factory=list)
    ways: list[Way] = Field(default_factory=list)
    targets: list[Way] = Field(default_factory=list)
    asks: list[Way] = Field(default_factory=list)


class Done(Schema):
    """What an act led to: the case as it stands, and one's next task in it."""

    case: CaseLine
    next: WorkLine | None


def _task(request: HttpRequest, task: int) -> Task:
    """The task, if it is one's own or of a case one may read; raises NotFound."""
    found = (
        Task.objects.select_related("case__starter", "person", "position", "stands_for")
        .filter(pk=task)
        .first()
    )
    by = actor_of(request)
    if found is None or not (found.person_id == by.person or queries.can_see(found.case_id, by)):
        raise NotFound(text("任务不存在"))
    return found


def _own(request: HttpRequest, task: int, **rest: Any) -> None:
    if _task(request, task).person_id != actor_of(request).person:
        raise NotAllowed(text("这项任务不是您的"))


def _admins(request: HttpRequest, task: int) -> None:
    by = actor_of(request)
    if not by.admin:
        _task(request, task)
        raise NotAllowed(text("只有流程管理员可以改派任务"))


def _seen(request: HttpRequest, task: int) -> None:
    _task(request, task)


def _hat(request: HttpRequest, task: int) -> Actor:
    """Who acts: the task's person, wearing its hat."""
    found = _task(request, task)
    by = org.actor_of(found.person_id, found.position_id, found.stands_for_id)
    return replace(by, admin=actor_of(request).admin, through=actor_of(request).through)


@tasks.get(
    "/{int:task}/", response=TaskDetail, summary="一项任务",
)  # fmt: skip
def detail(request: HttpRequest, task: int) -> Any:
    """What the step asks: its document, the fields to write, the ways on."""
    refuse_unknown(request, ())
    found = _task(request, task)
    mine = found.state == Task.State.OPEN and found.person_id == actor_of(request).person
    told = task_line(found) | {"case": case_line(found.case), "mine": mine}
    if not mine:
        return told
    by = _hat(request, task)
    services.mark_task_seen(task=task, by=by, at=clock.now())
    return told | {"saved_opinion": found.saved_opinion} | _desk(Desk(task, by, clock.now(), ACTS))


def _desk(desk: Desk) -> dict[str, Any]:
    document, fills = desk.document, desk.node.rules["do"] == "fill"
    beside = [(str(sheet["name"]), paper) for sheet, there in desk.sheets() for paper in there]
    beside += [(name, paper) for name, there in desk.others() for paper in there]
    name = str(desk.node.rules.get("document", ""))
    owed = open_comments(desk.session.row.id, document.pk) if document is not None and fills else []
    return {
        "document": _sheet(desk, name, document) if document is not None else None,
        "sheets": [_sheet(desk, name, paper) for name, paper in beside],
        "owed": [
            {"task": one.pk, "person": one.person.name, "step": one.name, "opinion": one.opinion}
            for one in owed
        ],
        **offered(desk),
    }


def _sheet(desk: Desk, name: str, paper: documents.Document) -> Mapping[str, Any]:
    rights, definition = desk.rights(name), documents.definition_for(paper)
    writable = [one.key for one in definition.fields if one.asked and rights.may_write(one.key)]
    newest = None if writable else documents.newest_version(paper)
    data = paper.data if newest is None else documents.content_of(newest)["data"]
    return {
        "id": paper.pk,
        "name": name,
        "form": definition.code,
        "number": paper.number,
        "title": paper.title,
        "state": paper.state,
        "version": paper.version_number,
        "lock": paper.lock,
        "data": {key: value for key, value in data.items() if rights.may_see(key)},
        "writable": writable,
    }


@tasks.post(
    "/{int:task}/save/", response=Sheet | None, summary="暂存",
)  # fmt: skip
@needs(Scope.PAPERS, _own)
def save(request: HttpRequest, task: int, body: Saving) -> Any:
    """Keep a draft of the document (or of one `sheet`) and of the opinion."""
    by, now = _hat(request, task), clock.now()
    data = {} if body.data is None and body.head is not None else body.data
    saved = services.save_task(
        task=task, data=data, head=_head(body.head), lock=body.lock, opinion=body.opinion,
        sheet=body.sheet, by=by, at=now,
    )  # fmt: skip
    if saved is None:
        return None
    desk = Desk(task, by, now, ACTS)
    name = desk.sheet(saved.pk)[1] if body.sheet is not None else str(desk.node.rules.get("document", ""))
    return _sheet(desk, name, saved)


@tasks.post(
    "/{int:task}/sheets/{str:name}/", response={201: Sheet}, summary="添加随附单据",
)  # fmt: skip
@needs(Scope.PAPERS, _own)
def sheet(request: HttpRequest, task: int, name: str) -> Any:
    """Begin one more sheet of the step."""
    by, now = _hat(request, task), clock.now()
    made = services.make_sheet(task=task, name=name, by=by, at=now)
    return Status(201, _sheet(Desk(task, by, now, ACTS), name, made))


@tasks.post("/{int:task}/fill/", response=Done, summary="提交")
@needs(Scope.PAPERS, _own)
def fill(request: HttpRequest, task: int, body: Filling) -> Any:
    """Hand the document in."""
    services.fill_task(
        task=task, data=body.data, head=_head(body.head), lock=body.lock, answers=body.answers,
        choices=Choices(go=body.go, choose=body.choose, mode=body.mode), by=_hat(request, task),
        at=clock.now(),
    )  # fmt: skip
    return _done(request, task)


@tasks.post("/{int:task}/complete/", response=Done, summary="完成")
@needs(Scope.WORK, _own)
def complete(request: HttpRequest, task: int, body: Passing) -> Any:
    """Finish work, or give an answer."""
    services.complete_task(
        task=task, data=body.data, sheets=body.sheets, others=body.others, opinion=body.opinion,
        choices=Choices(go=body.go, choose=body.choose), by=_hat(request, task), at=clock.now(),
    )  # fmt: skip
    return _done(request, task)


@tasks.post("/{int:task}/approve/", response=Done, summary="同意")
@needs(Scope.WORK, _own)
def approve(request: HttpRequest, task: int, body: Passing) -> Any:
    """Agree."""
    services.approve_task(
        task=task, data=body.data, sheets=body.sheets, others=body.others, opinion=body.opinion,
        choices=Choices(go=body.go, choose=body.choose), by=_hat(request, task), at=clock.now(),
    )  # fmt: skip
    return _done(request, task)


@tasks.post("/{int:task}/refuse/", response=Done, summary="不同意")
@needs(Scope.WORK, _own)
def refuse(request: HttpRequest, task: int, body: Refusing) -> Any:
    """Refuse with a reason."""
    choices = Choices(go=body.target, rows=body.rows, choose=body.choose, mode=body.mode)
    services.refuse_task(
        task=task, opinion=body.opinion, data=body.data, choices=choices, by=_hat(request, task),
        at=clock.now(),
    )  # fmt: skip
    return _done(request, task)


@tasks.post("/{int:task}/urge/", response={204: None}, summary="催办")
@needs(Scope.WORK, _seen)
def urge(request: HttpRequest, task: int) -> Any:
    """Remind the handler."""
    services.urge_task(task=task, by=actor_of(request), at=clock.now())
    return Status(204, None)


@tasks.post("/{int:task}/reassign/", response={204: None}, summary="改派")
@needs(Scope.ADMIN, _admins)
def reassign(request: HttpRequest, task: int, body: Reassigning) -> Any:
    """Give it to another (admins)."""
    services.reassign_task(task=task, to=body.to, reason=body.reason, by=actor_of(request), at=clock.now())
    return Status(204, None)


def _head(head: Head | None) -> Mapping[str, Any] | None:
    return head.dict(exclude_unset=True, exclude_none=True) if head is not None else None


def _done(request: HttpRequest, task: int) -> Mapping[str, Any]:
    case = Task.objects.select_related("case__starter").get(pk=task).case
    mine = queries.inbox(actor_of(request).someone).filter(case=case).first()
    return {"case": case_line(case), "next": work_line(mine) if mine is not None else None}
