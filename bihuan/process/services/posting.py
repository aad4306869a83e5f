"""Postings: what passing a step writes to registers, once, and what takes it back (ADR 0013).

Called by what follows the engine's decisions (outcomes.py), in the order of these decisions and inside
the command's transaction: a register that refuses refuses the step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from bihuan.documents import public as documents
from bihuan.documents.public import Document, DocumentVersion
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError
from bihuan.kernel.period import Period
from bihuan.kit import audit
from bihuan.kit.expr import compile
from bihuan.process import papers
from bihuan.process.context import CaseContext, json_ready
from bihuan.process.engine import events as e
from bihuan.process.engine.graph import Node
from bihuan.process.engine.state import Place
from bihuan.process.models import Posting
from bihuan.process.outline.place import END
from bihuan.process.registers import Post, Register, Source, register_of
from bihuan.process.roots import period_parts, row_key
from bihuan.process.services.undoing import undone_by
from bihuan.process.session import Session
from bihuan.process.store import Fact

KIND = "posting"
"""What postings are called in the audit trail."""

_OWN_KEYS = frozenset({"each", "key", "when"})
_RECORD = ("of", "id", "code", "number", "name", "title", "version")
Wanted = tuple[str, Place]
"""A key, and the place where the values of its posting are read."""


# following the engine ----------------------------------------------------------------------------


def after_step(session: Session, event: e.StepPassed, place: Place) -> None:
    """Post what the step says, after its `set`."""
    post_node(session, session.context.program.graph.nodes[event.node], place)


def at_end(session: Session, event: e.CaseEnded, place: Place) -> None:
    """Post what the process's end says; a case that failed takes back what its papers not passed posted."""
    nodes = session.context.program.graph.nodes
    node = nodes.get(event.node) or nodes.get(END)
    if event.passed and node is not None:
        post_node(session, node, place)
    elif not event.passed and _posts(session.context):
        failed = Posting.objects.filter(case=session.row.id, document__isnull=False)
        reverse(failed.exclude(document__state__in=documents.PASSED), by=session.by, at=session.at)


def after_return(session: Session, event: e.Returned, place: Place) -> None:
    """Take back what the steps posted that the return leads to again."""
    if _posts(session.context):
        live = Posting.objects.filter(case=session.row.id, reversed_at=None)
        again = [one.pk for one in live if undone_by(session, event, one)]
        reverse(Posting.objects.filter(pk__in=again), by=session.by, at=session.at, back=event.back or None)


def put_back(session: Session, event: e.StraightBack, place: Place) -> None:
    """The steps between target and refuser stand as they were: what the return reversed is posted again."""
    if not _posts(session.context):
        return
    gone = Posting.objects.filter(case=session.row.id, back=event.back).order_by("id")
    for node, row in dict.fromkeys(gone.values_list("node", "row")):
        post_node(session, session.context.program.graph.nodes[node], _place_of(session, node, row))


def after_watch(session: Session, node: Node, place: Place) -> None:
    """Post what a trigger says; by the clock a refusal is told in the history, since nobody is there to hear it."""
    if session.by.person is not None:
        post_node(session, node, place)
        return
    try:
        with transaction.atomic():
            post_node(session, node, place)
    except DomainError as error:
        session.note(Fact("broken", node.id, None, error.text()))


def after_document_event(document: Document, verb: str, by: Actor, at: datetime) -> None:
    """A voided document takes back all it posted, in whatever case."""
    if verb == "voided":
        reverse(Posting.objects.filter(document=document), by=by, at=at)


# posting -----------------------------------------------------------------------------------------


def post_node(session: Session, node: Node, place: Place) -> None:
    """All postings of a node, from its own document, else the case's main one."""
    for written in node.rules.get("post", ()):
        for name, mapping in (written if isinstance(written, Mapping) else {written: None}).items():
            _post_action(session, node, place, str(name), mapping)


def _post_action(
    session: Session, node: Node, place: Place, name: str, mapping: Mapping[str, Any] | None
) -> None:
    """One `register.action`, a posting for each row where it says `each`."""
    context, (register, _, action) = session.context, name.rpartition(".")
    document = context.document(node, place) or context.by_id(context.row.main_document_id)
    version = documents.newest_version(document) if document is not None else None
    source = _source(context, node, document, version)
    offered = register_of(register)
    about: dict[str, Any] = {"document": document}
    if document is None:
        about["case_id"] = context.row.id
    same = Posting.objects.filter(**about, register=register, action=action, reversed_at=None)
    live = {one.key: one for one in same.select_related("version")}
    for key, here in _wanted(context, place, mapping or {}):
        values = _values(context, here, mapping, document, offered, action)
        earlier = live.get(key)
        if earlier is not None and not _replaces(version, earlier):
            continue
        if earlier is not None:
            reverse(Posting.objects.filter(pk=earlier.pk), by=session.by, at=session.at)
        posting = Posting(
            case_id=context.row.id, document=document, version=version, node=node.id, row=row_key(place.rows),
            register=register, action=action, key=key, values=json_ready(values), step_no=context.state.pass_no,
            by_id=session.by.person, at=session.at,
        )  # fmt: skip
        if _keep(posting, session.by, session.at) and offered is not None and action in offered.actions:
            offered.post(Post(posting.pk, action, key, values, source), by=session.by, at=session.at)


def _wanted(context: CaseContext, place: Place, mapping: Mapping[str, Any]) -> Iterator[Wanted]:
    """The postings of an action: one, or one for each row of `each`; those whose `when` is false are left out."""
    for number, here in _places(context, place, mapping.get("each")):
        if "when" in mapping and not compile(mapping["when"]).holds(context.roots(here)):
            continue
        rows = ".".join(str(one + 1) for one in (*place.rows, *number))
        key = papers.given(context, mapping["key"], here) if "key" in mapping else rows
        yield _text(key)[:120], here


def _places(context: CaseContext, place: Place, each: Any) -> Iterator[tuple[tuple[int, ...], Place]]:
    if each is None:
        yield (), place
        return
    rows = context.found(each, place) if isinstance(each, Mapping) else context.value(each, place)
    for number, row in enumerate(rows or ()):
        yield (number,), place._replace(values=(*place.values, row))


def _values(
    context: CaseContext,
    place: Place,
    mapping: Mapping[str, Any] | None,
    document: Document | None,
    register: Register | None,
    action: str,
) -> dict[str, Any]:
    """What the mapping says; without one the document's fields that the action takes."""
    if mapping is not None:
        given = {
            key: papers.given(context, one, place) for key, one in mapping.items() if key not in _OWN_KEYS
        }
    elif document is not None and register is not None:
        record = documents.plain(document)
        taken = register.actions.get(action, frozenset())
        fields = documents.definition_for(document).field_by_key
        given = {key: record[key] for key in sorted(taken) if key in fields}
    else:
        given = {}
    return {key: bare(one) for key, one in given.items()}


def bare(value: Any) -> Any:
    """A value without anything behind it: a record as the few values that name it, lists and maps gone through."""
    if isinstance(value, Document):
        return documents.reference_of(value)
    if hasattr(value, "ref"):
        return dict(value.ref)
    if isinstance(value, Mapping):
        kept = [key for key in _RECORD if key in value] if "id" in value else list(value)
        return {str(key): bare(value[key]) for key in kept}
    if isinstance(value, list | tuple | set | frozenset):
        return [bare(one) for one in value]
    if isinstance(value, Period):
        return value.code
    return value if isinstance(value, Decimal | date | str | int | type(None)) else str(value)


def _text(key: Any) -> str:
    """A key as text: a record by its id."""
    plain = bare(key)
    return str(plain["id"] if isinstance(plain, dict) and "id" in plain else "" if plain is None else plain)


def _source(
    context: CaseContext, node: Node, document: Document | None, version: DocumentVersion | None
) -> Source:
    row = context.row
    return Source(
        company=row.company_id,
        unit=document.unit_id if document is not None else row.unit_id,
        case=row.id,
        document=document.pk if document is not None else None,
        version=version.pk if version is not None else None,
        node=node.id,
        number=(document.number if document is not None else "") or row.number,
        title=document.title if document is not None else row.title,
        secrecy=max(row.secrecy, document.secrecy) if document is not None else row.secrecy,
        period=str(period_parts(context.case_date, row.period)["period"]()),
    )


def _replaces(version: DocumentVersion | None, earlier: Posting) -> bool:
    """Whether a document posts again because it has been handed in anew since."""
    return version is not None and (earlier.version is None or version.number > earlier.version.number)


def _keep(posting: Posting, by: Actor, at: datetime) -> bool:
    """Write the journal's row; False when another command has posted the same in between."""
    try:
        with transaction.atomic():
            posting.save(force_insert=True)
    except IntegrityError:
        return False
    changes = {"action": (None, f"{posting.register}.{posting.action}"), "key": (None, posting.key)}
    audit.record(kind=KIND, id=posting.pk, verb="post", by=by, at=at, changes=changes, head=audit.EMPTY)
    return True


# taking back -------------------------------------------------------------------------------------


def reverse(postings: Iterable[Posting], *, by: Actor, at: datetime, back: int | None = None) -> None:
    """Take back these postings where they still stand, the newest first, each exactly once."""
    for posting in sorted(postings, key=lambda one: -one.pk):
        standing = Posting.objects.filter(pk=posting.pk, reversed_at=None)
        if not standing.update(reversed_at=at, back=back):
            continue
        register = register_of(posting.register)
        if register is not None and posting.action in register.actions:
            register.reverse(posting.pk, by=by, at=at)
        audit.record(kind=KIND, id=posting.pk, verb="reverse", by=by, at=at)


def _posts(context: CaseContext) -> bool:
    """Whether any step of the process posts at all."""
    return any("post" in node.rules for node in context.program.graph.nodes.values())


def _place_of(session: Session, node: str, row: str) -> Place:
    """The place a posting was made at, from the rows its blocks remember."""
    rows = tuple(int(one) for one in row.split(".")) if row else ()
    blocks = session.context.program.row_blocks(node)
    values = [
        session.context.state.rows[block, rows[:depth]][rows[depth]]
        for depth, block in enumerate(blocks[: len(rows)])
    ]
    return Place(node, 0, rows, tuple(values))
