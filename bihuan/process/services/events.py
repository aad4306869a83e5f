"""Events: something happened to a document, a register or a case, and others wait for it (formats.md, "Events")."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bihuan.documents import public as documents
from bihuan.documents.public import Document
from bihuan.kernel.actor import Actor
from bihuan.kit import expr
from bihuan.process.engine import events as e
from bihuan.process.engine.commands import Fire
from bihuan.process.engine.state import Place
from bihuan.process.frozen import freeze, thaw
from bihuan.process.lookups import is_awaited
from bihuan.process.models import Case, HandOver, Timer, Trigger
from bihuan.process.services import handing
from bihuan.process.session import Session
from bihuan.process.store import Fact


def raise_event(
    name: str, record: Mapping[str, Any] | Case, *, company: int, unit: int, by: Actor, at: datetime
) -> None:
    """Tell that something happened: "product.created", "F-009.passed", "case.ended".

    `record` is what receivers read as `row` (plain values, a document's Record, or a case). Opens the cases that
    start with the event and wakes those of the company that wait for it, each in a transaction of its own
    after the caller's (ADR 0014). Costs one statement where nobody listens. `unit` is where it happened.
    """
    if not is_awaited(name):
        return
    data = {"event": name, "record": freeze(record), "unit": unit}
    for trigger in _triggers(name):
        handing.send(
            HandOver(
                kind=HandOver.Kind.START, trigger=trigger, process_code=trigger.version.process.code,
                company_id=company, data=data, made_at=at, due_at=at,
            )
        )  # fmt: skip
    for case, local, process in _waiting(name, company):
        handing.send(
            HandOver(
                kind=HandOver.Kind.WAKE, receiver_id=case, process_code=process, company_id=company,
                data={**data, "watch": local}, made_at=at, due_at=at,
            )
        )  # fmt: skip


def _triggers(name: str) -> list[Trigger]:
    """The starts of the releases in force, and of drafts that wait to be put in force by a process."""
    return list(
        Trigger.objects.filter(event=name)
        .exclude(version__release__state="historic")
        .select_related("version__process")
        .order_by("id")
    )


def _waiting(name: str, company: int) -> list[tuple[int, int, str]]:
    """Armed watches and waits for the event in running cases of the company."""
    found = Timer.objects.filter(event=name, case__company=company, case__state=Case.State.RUNNING)
    return list(found.order_by("id").values_list("case_id", "local", "case__process_code"))


def wake(row: HandOver, by: Actor, at: datetime) -> None:
    """Let a case go on that waits for the event, if its `if` holds; nothing where it waits no more."""
    if row.receiver_id is None or not Timer.objects.filter(case=row.receiver_id).exists():
        return
    session = Session(row.receiver_id, by, at)
    watch = session.state.watches.get(row.data["watch"])
    if watch is None or session.state.status != "running":
        return
    node = session.context.program.graph.nodes[watch.node]
    if node.rules.get("event") != row.data["event"]:
        return
    session.context.event = (node.id, thaw(row.data["record"]))
    place = session.state.place(node.id, watch.scope)
    condition = node.rules.get("if")
    if condition and not expr.compile(condition).holds(session.context.roots(place)):
        return
    session.play(Fire(watch.id), Fact("event", node.id, None, row.data["event"]))


def document_event(document: Document, verb: str, by: Actor, at: datetime) -> None:
    """What happened to a document, under its form's code; a record's events are those of a register."""
    definition = documents.definition_for(document)
    names = [verb]
    if definition.kind == "record" and verb == "submitted":
        names.append("created" if document.version_number == 1 else "changed")
    for one in names:
        raise_event(
            f"{definition.code}.{one}", documents.plain(document), company=document.company_id,
            unit=document.unit_id, by=by, at=at,
        )  # fmt: skip


def case_event(case: int, company: int, unit: int, verb: str, by: Actor, at: datetime) -> None:
    """`case.opened|ended|late`; `row` is what is known of the case when a receiver reads it."""
    raise_event(f"case.{verb}", Case(pk=case), company=company, unit=unit, by=by, at=at)


def after_end(session: Session, event: e.CaseEnded, place: Place) -> None:
    """Tell that a case has ended."""
    row = session.row
    case_event(row.id, row.company_id, row.unit_id, "ended", session.by, session.at)
