"""Cases that other cases open or call (formats.md, "Calling", "Outcome keys")."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from bihuan.documents.public import Document
from bihuan.kernel.actor import Actor
from bihuan.kit import links, numbering
from bihuan.kit.links import Ref
from bihuan.org import public as org
from bihuan.process.context import json_ready
from bihuan.process.engine.commands import Start
from bihuan.process.engine.graph import Kind
from bihuan.process.models import Case, CaseDocument
from bihuan.process.program import Program
from bihuan.process.services import events
from bihuan.process.session import Session
from bihuan.process.store import Fact

NUMBER = "{process}-{yyyy}-{seq5}"  # rules.md §16
LONGEST_ONCE = 100


class Caller(NamedTuple):
    """Whom an opened case answers to: the case that opened it, and for a call the token that waits.

    `chain` are the processes to run after this one before the call is over.
    """

    case: int | None = None
    token: int | None = None
    chain: Sequence[str] = ()


NO_CALLER = Caller()


@dataclass(frozen=True, slots=True)
class Opening:
    """How a case begins: who starts it, where, what it is handed, and who opened it.

    `documents` are handed over by name, `preset` fills the main document when its first step makes it.
    `for_date` and `period` come from a schedule; `once` is the value for which no second case may be open.
    """

    starter: int
    position: int | None
    unit: int
    entrance: str = ""
    documents: Mapping[str, Document] = field(default_factory=dict)
    preset: Mapping[str, Any] = field(default_factory=dict)
    caller: Caller = NO_CALLER
    opened_by: str = Case.OpenedBy.PERSON
    for_date: date | None = None
    period: str = ""
    once: str = ""


def open_case(plan: Program, opening: Opening, *, by: Actor, at: datetime) -> Case:
    """Make a case of a program and let its first step begin."""
    main = _travelling(plan, opening.documents)
    case = Case.objects.create(
        number=numbering.next_number(f"case:{plan.code}", NUMBER, at=at, process=plan.code),
        title=main.title if main else plan.names.get("zh-Hans", plan.code),
        version_id=plan.version,
        process_code=plan.code,
        company_id=org.company_of(opening.unit),
        unit_id=opening.unit,
        starter_id=opening.starter,
        starter_position_id=opening.position,
        main_document=main,
        secrecy=main.secrecy if main else max((d.secrecy for d in opening.documents.values()), default=1),
        opener_id=opening.caller.case,
        opener_token=opening.caller.token,
        chain=list(opening.caller.chain),
        preset=dict(opening.preset),
        opened_by=Case.OpenedBy.CASE if opening.caller.case is not None else opening.opened_by,
        for_date=opening.for_date,
        period=opening.period,
        once=opening.once,
        opened_at=at,
    )
    for name, document in opening.documents.items():
        CaseDocument.objects.create(
            case=case, name=plan.main_name if document == main else name, document=document
        )
    if opening.caller.case is not None:
        opener = Ref("case", opening.caller.case)
        links.link(kind="opens", source=opener, target=Ref("case", case.pk), by=by, at=at)
    events.case_event(case.pk, case.company_id, case.unit_id, "opened", by, at)
    Session(case.pk, by, at).play(Start(_start_node(plan, opening.entrance)), Fact("start"))
    case.refresh_from_db()
    return case


def once_key(entrance: str, value: Any) -> str:
    """The value of `once` as `Case.once` keeps it; the same value at another entrance is another thing."""
    if isinstance(value, Mapping) and "id" in value:
        value = {"id": value["id"]}
    found = f"{entrance}:{json.dumps(json_ready(value), ensure_ascii=False)}"
    return found if len(found) <= LONGEST_ONCE else hashlib.sha256(found.encode()).hexdigest()


def open_once(plan: Program, opening: Opening, *, by: Actor, at: datetime) -> Case | None:
    """Open the case unless one for the same `once` is open at the company; the database sees to it."""
    company = org.company_of(opening.unit)
    same = Case.objects.filter(
        company=company, process_code=plan.code, once=opening.once, state=Case.State.RUNNING
    )
    if opening.once and same.exists():
        return None
    try:
        with transaction.atomic():
            return open_case(plan, opening, by=by, at=at)
    except IntegrityError:
        if opening.once and same.exists():  # another worker was first
            return None
        raise


def _start_node(plan: Program, entrance: str) -> str | None:
    """The start node of an entrance in the middle; a step others open or call need not be listed as a start."""
    if not entrance:
        return None
    for node, item in plan.start_items:
        if item.get("at") == entrance:
            return node
    return entrance


def _travelling(plan: Program, handed: Mapping[str, Document]) -> Document | None:
    """The document that goes on as the new case's own: it has its form, and no step there fills that form."""
    form = plan.header.get("document", {}).get("form", "")
    filled = any(
        entry.get("form") == form
        for node in plan.graph.nodes.values()
        if node.kind is Kind.TASK and node.rules.get("do") == "fill"
        for entry in node.rules.get("documents", ())
    )
    if not form or filled:
        return None
    return next((d for d in handed.values() if d.form_version.form.code == form), None)
