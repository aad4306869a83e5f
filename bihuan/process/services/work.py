"""Doing one's task: fill, complete, approve, refuse, save."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from bihuan.documents import public as documents
from bihuan.documents.public import Document, Rights
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, text
from bihuan.kit import expr
from bihuan.process import papers, store
from bihuan.process.engine import events as e
from bihuan.process.engine.commands import Answer
from bihuan.process.engine.errors import EngineError
from bihuan.process.engine.graph import Node
from bihuan.process.engine.state import Place, Seat
from bihuan.process.lookups import task_head
from bihuan.process.models import Answer as AnswerRow
from bihuan.process.models import Task
from bihuan.process.program import ACTS, DECIDING
from bihuan.process.queries import can_see
from bihuan.process.services.sheets import Given, hand_in_sheets, write_others
from bihuan.process.session import Session
from bihuan.process.store import Fact, Seen

Decision = tuple[Document, dict[str, Any]]
MIN_REASON = 5  # characters, rules.md §27


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person may choose beside the answer itself.

    `go`: the way picked, for a refusal its target; `rows`: the rows a refusal re-opens; `choose`:
    answers to questions, by step; `mode`: all_again or straight_back.
    """

    go: str | None = None
    rows: Collection[int] | None = None
    choose: Mapping[str, bool] = field(default_factory=dict)
    mode: str | None = None


class Desk:
    """One open task with its case loaded and its person checked."""

    def __init__(self, task_id: int, by: Actor, at: datetime, acts: Collection[str]) -> None:
        found = task_head(task_id)
        if found is None or (found.person != by.person and not can_see(found.case, by)):
            raise NotFound(text("任务不存在"))
        if found.person != by.person:
            raise NotAllowed(text("这项任务不是您的"))
        if found.act not in acts:
            raise Invalid(text("这项任务不能这样处理"))
        self.by, self.at, self.task_id = by, at, task_id
        self.session = Session(found.case, by, at)
        seat = self.session.seat(found.local)
        if seat is None or seat.state != "open":
            raise Conflict(text("这项任务已经结束:{reason}"), reason=_why_over(task_id))
        if seat.person != by.person:  # given to another person before the case was locked
            raise NotAllowed(text("这项任务不是您的"))
        self.seat: Seat = seat
        self.local = seat.id
        self.context = self.session.context
        self.node: Node = self.context.program.graph.nodes[found.node]
        self.place: Place = self.context.state.place(found.node, self.context.state.tokens[seat.token].scope)

    @property
    def document(self) -> Document | None:
        """The document the step fills or decides on."""
        return self.context.document(self.node, self.place)

    def rights(self, name: str = "") -> Rights:
        """Rights on a document of the step."""
        return self.context.program.rights(self.node, name or str(self.node.rules.get("document", "")))

    def sheets(self) -> list[tuple[Mapping[str, Any], list[Document]]]:
        """The sheets of the step with the documents there are."""
        return [
            (sheet, self.context.named(sheet["name"], self.place))
            for sheet in self.node.rules.get("form", ())
        ]

    def others(self) -> list[tuple[str, list[Document]]]:
        """Documents of other steps on which this one writes fields, by name."""
        own = {
            str(self.node.rules.get("document", "")),
            *(str(one["name"]) for one in self.node.rules.get("form", ())),
        }
        names = dict.fromkeys(
            entry.rpartition(".")[0] for entry in self.node.rules.get("write", ()) if "." in entry
        )
        return [(name, self.context.named(name, self.place)) for name in names if name not in own]

    def sheet(self, document: int) -> tuple[Document, str]:
        """One of the step's papers beside its own document, with its name; raises NotFound for any other."""
        beside = [(str(entry["name"]), there) for entry, there in self.sheets()]
        for name, there in [*beside, *self.others()]:
            for one in there:
                if one.pk == document:
                    return one, name
        raise NotFound(text("单据不存在"))

    def refuse_broken_rules(self) -> None:
        """The step's own `rules` block passing, not refusing (R-036); raises Invalid with all messages."""
        roots = self.context.roots(self.place)
        broken = [
            r["message"]
            for r in self.node.rules.get("rules", ())
            if not expr.compile(r["check"]).check(roots)
        ]
        if broken:
            raise Invalid(text("不能完成这一步:{why}"), why=";".join(map(str, broken)), fields={"": broken})

    def decision(self, agreed: bool, opinion: str, extra: Mapping[str, Any] | None) -> Decision | None:
        """What the step's `into` keeps of this decision, and in which document."""
        return papers.decision(
            self.context,
            self.node,
            self.place,
            self.seat.chair,
            agreed,
            opinion,
            extra or {},
            self.by,
            self.at,
        )

    def answer(
        self, verb: str, answer: str, opinion: str, choices: Choices, straight_ok: bool = True
    ) -> list[e.Event]:
        """Give the seat's answer to the engine and keep what was seen."""
        document = self.document
        number = document.version_number if document is not None else 0
        root = self.context.root_of(document) if document is not None and number else ""
        seen = Seen(opinion, number or None, root)
        command = Answer(
            self.local, answer, choices.go, choices.rows, choices.choose, choices.mode, straight_ok
        )
        changes = {"step": (None, self.node.name), "answer": (None, answer)}
        if root:
            changes["root"] = (None, root)
        fact = Fact(verb, self.node.id, self.local, opinion, changes, seen)
        try:
            return self.session.play(command, fact)
        except EngineError as error:
            raise Conflict(text("这项任务已经结束:{reason}"), reason=error.text()) from error


@transaction.atomic
def save_task(
    *,
    task: int,
    data: Mapping[str, Any] | None = None,
    lock: int | None = None,
    head: Mapping[str, Any] | None = None,
    opinion: str | None = None,
    sheet: int | None = None,
    by: Actor,
    at: datetime,
) -> Document | None:
    """Keep a draft of the step's document (`sheet`: of one of its sheets) and of the opinion (暂存).

    Nothing is demanded; raises Conflict when someone saved in between.
    """
    desk = Desk(task, by, at, ACTS)
    if opinion is not None:
        Task.objects.filter(pk=task).update(saved_opinion=opinion)
    document, name = desk.sheet(sheet) if sheet is not None else (desk.document, "")
    if document is None or data is None:
        return document
    saved = documents.save_draft(
        document=document, data=dict(data), lock=lock, rights=desk.rights(name), head=head,
        roots=desk.context.outer_roots(desk.place), by=by, at=at,
    )  # fmt: skip
    _update_case(desk, saved)
    return saved


@transaction.atomic
def make_sheet(*, task: int, name: str, by: Actor, at: datetime) -> Document:
    """Begin one more sheet of a step; raises Invalid where the step takes no more of it."""
    desk = Desk(task, by, at, ACTS)
    for sheet, there in desk.sheets():
        if sheet["name"] == name and (sheet["max"] is None or len(there) < sheet["max"]):
            return papers.make_document(
                desk.context, desk.node, desk.place, name, sheet["form"], desk.seat.chair, at
            )
    raise Invalid(text("这一步不能再加这种单据"))


@transaction.atomic
def fill_task(
    *,
    task: int,
    data: Mapping[str, Any] | None = None,
    lock: int | None = None,
    head: Mapping[str, Any] | None = None,
    answers: Mapping[int, str] | None = None,
    sheets: Given | None = None,
    choices: Choices | None = None,
    by: Actor,
    at: datetime,
) -> Document:
    """Hand in the step's document with its sheets: checked in full, kept as a version, on to the next step.

    `answers` maps each refusal's task id to the author's answer: every one is wanted (R-018).
    Raises Invalid with every wrong field.
    """
    desk = Desk(task, by, at, {"fill"})
    document = desk.document
    if document is None:
        raise Conflict(text("这一步没有单据"))
    before = _binding(document)
    owed = open_comments(desk.session.row.id, document.pk)
    given = _answered(owed, answers or {})
    documents.take_over_draft(document=document, by=by, at=at)
    version = documents.submit_document(
        document=document, data=dict(data) if data is not None else None, lock=lock, rights=desk.rights(),
        process_code=desk.session.row.process_code, head=head, roots=desk.context.outer_roots(desk.place), by=by, at=at,
    )  # fmt: skip
    desk.context.forget_papers()
    hand_in_sheets(desk, sheets or {})
    _keep_answers(given, version.number, by, at)
    _update_case(desk, version.document)
    desk.refuse_broken_rules()
    straight_ok = not owed or before == _binding(version.document)
    desk.answer("fill", "done", "", choices or Choices(), straight_ok)
    return version.document


@transaction.atomic
def complete_task(
    *,
    task: int,
    data: Mapping[str, Any] | None = None,
    sheets: Given | None = None,
    others: Mapping[str, Mapping[str, Any]] | None = None,
    opinion: str = "",
    choices: Choices | None = None,
    by: Actor,
    at: datetime,
) -> None:
    """Finish work (`do`, `archive`) or give an answer (`collect`): writes the step's fields, hands in its sheets."""
    desk = Desk(task, by, at, {"do", "archive", "collect"})
    collecting = desk.node.rules["do"] == "collect"
    _write_step(desk, data, desk.decision(True, opinion, None) if collecting else None)
    hand_in_sheets(desk, sheets or {})
    write_others(desk, others or {})
    desk.refuse_broken_rules()
    desk.answer("complete", "done", opinion, choices or Choices())


@transaction.atomic
def approve_task(
    *,
    task: int,
    opinion: str = "",
    data: Mapping[str, Any] | None = None,
    sheets: Given | None = None,
    others: Mapping[str, Mapping[str, Any]] | None = None,
    extra: Mapping[str, Any] | None = None,
    choices: Choices | None = None,
    by: Actor,
    at: datetime,
) -> None:
    """Agree, with the fields this step may write; raises Invalid naming what is missing."""
    desk = Desk(task, by, at, DECIDING)
    _write_step(desk, data, desk.decision(True, opinion, extra))
    hand_in_sheets(desk, sheets or {})
    write_others(desk, others or {})
    desk.refuse_broken_rules()
    desk.answer("approve", "agree", opinion, choices or Choices())


@transaction.atomic
def refuse_task(
    *,
    task: int,
    opinion: str,
    data: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    choices: Choices | None = None,
    by: Actor,
    at: datetime,
) -> None:
    """Refuse with a reason of at least five characters (R-016); the document goes to the step's target."""
    desk = Desk(task, by, at, DECIDING)
    if len("".join(opinion.split())) < MIN_REASON:
        raise Invalid(
            text("不同意须写明理由,至少{count}个字"),
            count=MIN_REASON,
            fields={"opinion": [text("不同意须写明理由,至少5个字")]},
        )
    if data:
        document = desk.document
        if document is not None:
            documents.save_draft(
                document=document, data=dict(data), lock=None, rights=desk.rights(), by=by, at=at
            )
    papers.write_decision(desk.context, desk.decision(False, opinion, extra), by, at)
    desk.answer("refuse", "refuse", opinion, choices or Choices())


def open_comments(case_id: int, document_id: int) -> list[Task]:
    """Refusals of this document that its author has not answered yet."""
    return list(
        Task.objects.filter(
            case_id=case_id, answer="refuse", document_id=document_id, answers__isnull=True, live=False
        )
        .select_related("person")
        .order_by("id")
    )


def _binding(document: Document) -> dict[str, Any]:
    """The values of the fields marked `binding`, as stored."""
    return {
        one.key: document.data.get(one.key)
        for one in documents.definition_for(document).fields
        if one.binding
    }


def _answered(owed: Sequence[Task], answers: Mapping[int, str]) -> dict[int, str]:
    missing = [task for task in owed if not answers.get(task.pk, "").strip()]
    if missing:
        raise Invalid(
            text("请逐条答复意见:{who}"),
            who="、".join(f"{task.person.name}({task.name})" for task in missing),
            fields={f"answers.{task.pk}": [text("请答复这条意见")] for task in missing},
        )
    return {task.pk: answers[task.pk].strip() for task in owed}


def _keep_answers(given: Mapping[int, str], version: int, by: Actor, at: datetime) -> None:
    AnswerRow.objects.bulk_create(
        AnswerRow(task_id=task, text=words, version=version, by_id=by.someone, at=at)
        for task, words in given.items()
    )


def _update_case(desk: Desk, document: Document) -> None:
    """The case carries its main document's secrecy and urgency, and its title once it was handed in."""
    row = desk.session.row
    if row.main_document_id == document.pk:
        row.title = document.title if document.version_number else row.title
        row.secrecy, row.urgency = document.secrecy, document.urgency
        store.write_title(row)


def _write_step(desk: Desk, data: Mapping[str, Any] | None, decided: Decision | None) -> None:
    """The fields this step writes on its document, demanded where the form says so, and the decision with them."""
    document, rights = desk.document, desk.rights()
    if document is None:
        if data:
            raise Invalid(text("这一步没有可填写的单据"))
        papers.write_decision(desk.context, decided, desk.by, desk.at)
        return
    if rights.write or rights.require or data:
        also = None
        if decided is not None and decided[0].pk == document.pk:
            also, decided = decided[1], None
        version = documents.write_fields(
            document=document, values=dict(data or {}), rights=rights, process_code=desk.session.row.process_code,
            roots=desk.context.outer_roots(desk.place), also=also, by=desk.by, at=desk.at,
        )  # fmt: skip
        desk.context.renew(version)
    papers.write_decision(desk.context, decided, desk.by, desk.at)


def _why_over(task_id: int) -> str:
    """Who acted, for the person who came second."""
    task = Task.objects.select_related("person", "case").get(pk=task_id)
    if task.state == "done":
        return text("您已处理过")
    other = (
        Task.objects.filter(
            case=task.case_id, token=task.token, node=task.node, round=task.round, state="done"
        )
        .select_related("person")
        .order_by("-acted_at")
        .first()
    )
    if other is not None:
        return f"已由{other.person.name}处理"
    return task.reason or text("流程已经继续")
