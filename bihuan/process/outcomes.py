"""What passing a step or ending a case does outside the case itself: postings, openings, calls, notices, triggers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from bihuan.documents import public as documents
from bihuan.documents.public import Document
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError, text
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.expr import compile, parse_template
from bihuan.org import public as org
from bihuan.process import papers
from bihuan.process.engine import events as e
from bihuan.process.engine.commands import CallEnded, Terminate
from bihuan.process.engine.graph import Node
from bihuan.process.engine.state import Place
from bihuan.process.env import rows_of
from bihuan.process.models import Case, CaseDocument, Copy, HandOver
from bihuan.process.outline.place import END
from bihuan.process.people import find_people
from bihuan.process.queries import visible_cases
from bihuan.process.roots import Packs
from bihuan.process.services import handing, posting
from bihuan.process.services.opening import Caller, Opening, once_key, open_case, open_once
from bihuan.process.services.start import startable
from bihuan.process.session import Session, follow, on_cut_calls, take_effect, way_back
from bihuan.process.store import Fact


def connect() -> None:
    """Follow what the engine decides; called once when the app is ready."""
    follow(e.StepPassed)(after_step)
    follow(e.Returned)(after_refusal)
    follow(e.CaseEnded)(after_end)
    follow(e.CallRequested)(call)
    follow(e.WatchFired)(watched)
    on_cut_calls(cut_calls)
    take_effect(e.StepPassed, posting.after_step)
    take_effect(e.CaseEnded, posting.at_end)
    take_effect(e.Returned, posting.after_return)
    take_effect(e.StraightBack, posting.put_back)
    handing.receiver("opens", open_again)


def after_step(session: Session, event: e.StepPassed, place: Place) -> None:
    """`opens notify confirm` of a step."""
    node = session.context.program.graph.nodes[event.node]
    tell(session, node.rules, place)
    for opening in node.rules.get("opens", ()):
        hand_over(session, opening, place, session.context.document(node, place))


def after_refusal(session: Session, event: e.Returned, place: Place) -> None:
    """`notify` of the target a refusal goes to."""
    node = session.context.program.graph.nodes.get(event.source)
    if event.refused and node is not None:
        tell(session, way_back(node, event.target), session.refused_at or place)


def after_end(session: Session, event: e.CaseEnded, place: Place) -> None:
    """The process's own `end`, and the answer to who called the case."""
    nodes = session.context.program.graph.nodes
    node = nodes.get(event.node) or nodes.get(END)
    main = session.context.by_id(session.row.main_document_id)
    if event.passed and node is not None:
        tell(session, node.rules, place)
        for opening in node.rules.get("opens", ()):
            _open_at_end(session, opening, place, main)
    case = Case.objects.get(pk=session.row.id)
    if case.opener_token is not None and not _chained(case, node, event.passed):
        _answer_caller(session, case, event, main)


def _open_at_end(session: Session, opening: Mapping[str, Any], place: Place, main: Document | None) -> None:
    """A called case runs only the next of its chain; any other case all its openings."""
    case = Case.objects.get(pk=session.row.id)
    if case.opener_token is None:
        hand_over(session, opening, place, main)
    elif case.chain and opening["process"] == case.chain[0]:
        hand_over(session, opening, place, main, Caller(case.opener_id, case.opener_token, case.chain[1:]))


def _chained(case: Case, node: Node | None, passed: bool) -> bool:
    """Whether the next of the chain has taken over the call."""
    opens = [one["process"] for one in node.rules.get("opens", ())] if node is not None and passed else []
    return bool(case.chain) and case.chain[0] in opens


def _answer_caller(session: Session, case: Case, event: e.CaseEnded, main: Document | None) -> None:
    """The called case is over: its main document comes back under `document_as`, the caller goes on."""
    caller = Session(case.opener_id or 0, session.by, session.at)
    token = caller.state.tokens.get(case.opener_token or 0)
    if token is None:
        return
    node = caller.context.program.graph.nodes[token.node]
    if main is not None and event.passed:
        name = node.rules.get("document_as") or documents.definition_for(main).key
        CaseDocument.objects.get_or_create(case_id=caller.row.id, name=str(name), document=main)
        caller.context.forget_papers()
    caller.play(
        CallEnded(token.id, event.passed, event.outcome), Fact("called", node.id, None, event.outcome)
    )


def call(session: Session, event: e.CallRequested, place: Place) -> None:
    """Run another process inside this one."""
    node = session.context.program.graph.nodes[event.node]
    rules = node.rules
    codes = list(rules["call"])
    row, preset = session.row, papers.as_json(session.context, rules.get("with", {}), place)
    opening = Opening(
        row.starter_id, row.starter_position_id, row.unit_id, rules.get("at", ""), {}, preset,
        Caller(row.id, event.token, codes[1:]),
    )  # fmt: skip
    open_case(startable(codes[0]), opening, by=session.by, at=session.at)


def watched(session: Session, event: e.WatchFired, place: Place) -> None:
    """The effects of a trigger: remind, escalate, and its outcome keys."""
    if not event.held:
        return
    node = session.context.program.graph.nodes[event.node]
    said = text("{case}：{step}")
    handlers = [
        s
        for s in session.state.seats.values()
        if s.state == "open" and (not node.host or s.node == node.host)
    ]
    if node.rules.get("do") == "remind":
        session.outbox.add([seat.person for seat in handlers], "remind", said, step=node.name)
    elif node.rules.get("do") == "escalate":
        session.outbox.add(_above(session, node, place, handlers), "escalated", said, step=node.name)
    if "set" in node.rules:
        papers.set_fields(session.context, node, place, node.rules["set"], session.by, session.at)
    posting.after_watch(session, node, place)
    tell(session, node.rules, place)
    for opening in node.rules.get("opens", ()):
        hand_over(session, opening, place, session.context.document(node, place))


def _above(session: Session, node: Node, place: Place, handlers: list[Any]) -> list[int]:
    """`to`, by default the superiors of those who sit there."""
    if "to" in node.rules:
        return [chair.person for chair in find_people(node.rules["to"], session.context.circle(place))]
    return [
        above.person.pk
        for seat in handlers
        if seat.position
        for above in org.superior_of(position_id=seat.position, at=session.at)
    ]


def tell(session: Session, rules: Mapping[str, Any], place: Place) -> None:
    """`notify` (a copy with read mark) and `confirm` (a copy that is asked to be read).

    Who may not read the case hears nothing, as with alarms: a message without content would still
    betray that there is something, and nobody could act on it. The history says whom it left out.
    """
    named = {
        key: [chair.person for chair in find_people(rules[key], session.context.circle(place))]
        for key in ("notify", "confirm")
        if key in rules
    }
    cleared = _cleared(session, {person for people in named.values() for person in people}, place)
    for key in named:
        people = [person for person in named[key] if person in cleared]
        words = _told(session, rules, place)
        known = set(
            Copy.objects.filter(case_id=session.row.id, person_id__in=people).values_list(
                "person_id", flat=True
            )
        )
        Copy.objects.bulk_create(
            Copy(
                case_id=session.row.id, person_id=p, by_id=session.by.person, note=words[:200], at=session.at
            )
            for p in people
            if p not in known
        )
        kind = "copied" if key == "confirm" else "notified"
        session.outbox.add(people, kind, "{words}", words=words)


def _told(session: Session, rules: Mapping[str, Any], place: Place) -> str:
    """The step's own `text`, else what the case is called."""
    if rules.get("text"):
        return parse_template(rules["text"]).fill(session.context.roots(place))
    return f"{session.row.number} {session.row.title}"


def _cleared(session: Session, people: set[int], place: Place) -> set[int]:
    """Those who may read the case and the step's document once it is copied to them."""
    node = session.context.program.graph.nodes.get(place.node)
    document = session.context.document(node, place) if node is not None else None
    level = max(session.row.secrecy, document.secrecy if document is not None else 0)
    if level <= Secrecy.INTERNAL:
        return people
    viewers = {person: org.viewer_of_person(person) for person in people}
    kept = {
        person
        for person, viewer in viewers.items()
        if viewer.clearance >= level or visible_cases(viewer).filter(pk=session.row.id).exists()
    }
    left = [str(org.person_record(person)["name"]) for person in sorted(people - kept)]
    if left:
        session.note(Fact("withheld", place.node, None, "、".join(left)))
    return kept


def hand_over(
    session: Session,
    opening: Mapping[str, Any],
    place: Place,
    document: Document | None,
    caller: Caller | None = None,
) -> None:
    """Open another case, with `each` one for each row; what goes wrong is kept and never undoes the step.

    It answers to this case where no other `caller` is named. A process of a pack that is off is left out.
    """
    if "pack" in opening and not Packs(session.row.unit_id)[opening["pack"]]:
        return
    if "if" in opening and not compile(opening["if"]).holds(session.context.roots(place)):
        return
    for one in _places(session, opening, place):
        _hand_over_one(session, opening, one, document, caller or Caller(session.row.id))


def _places(session: Session, opening: Mapping[str, Any], place: Place) -> list[Place]:
    """The places of the rows of `each`, without it the place itself."""
    if "each" not in opening:
        return [place]
    rows = rows_of(session.context, opening["each"], place)
    return [place._replace(values=(*place.values, row)) for row in rows]


def _hand_over_one(
    session: Session, opening: Mapping[str, Any], place: Place, document: Document | None, caller: Caller
) -> None:
    try:
        with transaction.atomic():
            _open_next(session, opening, place, document, caller)
    except DomainError as error:
        session.note(Fact("broken", place.node, None, f"{opening['process']}:{error.text()}"))
        handing.keep_broken(
            HandOver(
                kind=HandOver.Kind.OPENS, sender_id=session.row.id, process_code=opening["process"],
                company_id=session.row.company_id, reason=error.text(), tries=1, made_at=session.at,
                due_at=session.at,
                data={
                    "opening": opening, "place": [place.node, 0, place.rows, place.values],
                    "document": document.pk if document is not None else None, "caller": list(caller),
                },
            )
        )  # fmt: skip


def _open_next(
    session: Session, opening: Mapping[str, Any], place: Place, document: Document | None, caller: Caller
) -> None:
    """The case that an opening opens; raises DomainError where it cannot."""
    plan, row, entrance = startable(opening["process"]), session.row, opening.get("at", "")
    once = ""
    if "once" in opening:
        once = once_key(entrance, session.context.value(opening["once"], place))
    case = Opening(
        row.starter_id, row.starter_position_id, row.unit_id, entrance,
        _handed(session, opening, place, document),
        papers.as_json(session.context, opening.get("with", {}), place), caller, once=once,
    )  # fmt: skip
    open_once(plan, case, by=session.by, at=session.at)


def open_again(row: HandOver, by: Actor, at: datetime) -> None:
    """Try an opening again that failed, as the sending case stands now."""
    if row.sender_id is None:
        return
    session = Session(row.sender_id, by, at)
    kept = row.data
    node, scope, rows, values = kept["place"]
    place = Place(node, scope, tuple(rows), tuple(values))
    document = session.context.by_id(kept["document"])
    _open_next(session, kept["opening"], place, document, Caller(*kept["caller"]))
    session.note(Fact("handed", node, None, row.process_code))


def _handed(
    session: Session, opening: Mapping[str, Any], place: Place, document: Document | None
) -> dict[str, Document]:
    """The documents handed over by the names the receiving case knows them by."""
    names = opening.get("document_as")
    if isinstance(names, Mapping):
        found = {}
        for there, here in names.items():
            one = (
                papers.given(session.context, here, place)
                if isinstance(here, Mapping)
                else session.context.newest(str(here), place.rows)
            )
            if isinstance(one, Document):
                found[there] = one
        return found
    if document is None:
        return {}
    return {str(names or documents.definition_for(document).key): document}


def cut_calls(session: Session, gone: list[int]) -> None:
    """Called cases whose token was cut end with it."""
    for case in Case.objects.filter(
        opener_id=session.row.id, opener_token__in=gone, state=Case.State.RUNNING
    ):
        child = Session(case.pk, session.by, session.at)
        child.play(Terminate("已取消"), Fact("terminate"))
