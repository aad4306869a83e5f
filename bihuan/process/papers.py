"""What a case does to its documents: makes them, hands them in, writes decisions, moves their state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bihuan.documents import public as documents
from bihuan.documents.public import Document, FormVersion, Rights, State
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import NotFound, text
from bihuan.org import public as org
from bihuan.packs import public as packs
from bihuan.process.context import CaseContext, json_ready
from bihuan.process.decisions import decision_value
from bihuan.process.engine.graph import Node
from bihuan.process.engine.state import Chair, Place
from bihuan.process.models import Case, CaseDocument
from bihuan.process.roots import row_key


def open_step(context: CaseContext, node: Node, place: Place, chair: Chair, at: datetime) -> Document | None:
    """Make the documents a step is the first to name, preset by its `with`; answers the step's own."""
    document = context.document(node, place)
    own = next(iter(node.rules.get("documents", ())), None)
    if (
        document is None
        and own is not None
        and own.get("form")
        and node.rules["do"] in ("fill", "do", "archive")
    ):
        document = make_document(context, node, place, own["name"], own["form"], chair, at)
    elif document is not None and node.rules["do"] == "fill" and node.rules.get("with"):
        documents.preset_document(
            document=document,
            preset=preset_of(context, node, place, (own or {}).get("name", "")),
            roots=context.outer_roots(place),
            by=_actor(chair),
            at=at,
        )
    for sheet in node.rules.get("form", ()):
        if sheet["min"] == 1 and sheet["max"] == 1 and not context.named(sheet["name"], place):
            make_document(context, node, place, sheet["name"], sheet["form"], chair, at)
    return document


def make_document(
    context: CaseContext, node: Node, place: Place, name: str, form: str, chair: Chair, at: datetime
) -> Document:
    """Make a document of the case under a name; the first with the process's own name is the main one."""
    row, author = context.row, _actor(chair)
    main = name == context.program.main_name and row.main_document_id is None
    handed = Case.objects.values_list("preset", flat=True).get(pk=row.id) if main else {}
    document = documents.create_document(
        form_version=form_version(form, context.release),
        company_id=row.company_id,
        unit_id=org.unit_of(chair.position) or row.unit_id,
        process_code=row.process_code,
        preset={**preset_of(context, node, place, name), **handed},
        roots=context.outer_roots(place),
        by=author,
        at=at,
    )
    CaseDocument.objects.create(
        case_id=row.id, name=name, document=document, row=row_key(place.rows), made_by_node=node.id
    )
    if main:
        Case.objects.filter(pk=row.id).update(
            main_document=document, secrecy=document.secrecy, title=document.title
        )
        row.main_document_id, row.secrecy, row.title = document.pk, document.secrecy, document.title
    context.forget_papers()
    return document


def form_version(code: str, release: packs.PackRelease) -> FormVersion:
    """What a form asks in a release, or in one it requires; raises NotFound."""
    for one in packs.with_required(release):
        found = FormVersion.objects.select_related("form").filter(release=one, form__code=code).first()
        if found is not None:
            return found
    raise NotFound(text("流程包里没有表单{code}"), code=code)


def preset_of(context: CaseContext, node: Node, place: Place, name: str) -> dict[str, Any]:
    """The values of `with` for the document of this name: plain keys for the step's own, `NAME.key` for another."""
    main = name == node.rules.get("document", "") or not node.rules.get("documents")
    found = {}
    for key, value in node.rules.get("with", {}).items():
        document, _, field = key.rpartition(".")
        if document == name or (main and not document):
            found[field] = given(context, value, place)
    return found


def given(context: CaseContext, value: Any, place: Place) -> Any:
    """A value of `with` or `set` (formats.md, "Values"): literal, `=expression`, find, table or a choice."""
    if isinstance(value, str) and value.startswith("="):
        return context.value(value, place)
    if isinstance(value, Mapping) and "find" in value:
        return next(iter(context.found(value, place)), None)
    if isinstance(value, Mapping) and "table" in value:
        return context.circle(place).table(value["table"], value.get("with", {}))
    if (
        isinstance(value, list)
        and value
        and isinstance(value[0], Mapping)
        and ("if" in value[0] or "else" in value[0])
    ):
        for row in value:
            if "else" in row:
                return given(context, row["else"], place)
            if context.value(row["if"], place):
                return given(context, next(v for k, v in row.items() if k != "if"), place)
    return value


def as_json(context: CaseContext, values: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """A `with` as it waits in another case's `preset` until its main document is made."""
    found = {}
    for key, value in values.items():
        one = given(context, value, place)
        found[key] = one.ref if hasattr(one, "ref") else json_ready(one)
    return found


def set_fields(
    context: CaseContext, node: Node, place: Place, values: Mapping[str, Any], by: Actor, at: datetime
) -> None:
    """`set`: write fields of the step's document, or of another one by `NAME.field`."""
    by_name: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        name, _, field = key.rpartition(".")
        by_name.setdefault(name, {})[field] = given(context, value, place)
    for name, fields in by_name.items():
        document = (
            context.newest(name, place.rows)
            if name
            else context.document(node, place) or context.by_id(context.row.main_document_id)
        )
        if document is not None:
            context.forget_papers()
            documents.write_fields(
                document=document,
                values=fields,
                rights=Rights(write=frozenset(fields)),
                by_process=True,
                by=by,
                at=at,
            )


def decision(
    context: CaseContext,
    node: Node,
    place: Place,
    chair: Chair,
    agreed: bool,
    opinion: str,
    extra: Mapping[str, Any],
    by: Actor,
    at: datetime,
) -> tuple[Document, dict[str, Any]] | None:
    """`into`: the document and the field that receive the decision, an opinion block or a table row per seat."""
    entry = node.rules.get("into")
    if not entry:
        return None
    name, _, key = str(entry).rpartition(".")
    document = context.newest(name, place.rows) if name else context.document(node, place)
    if document is None:
        return None
    value = decision_value(
        document, key, agreed=agreed, opinion=opinion, person=chair.person, name=by.name,
        slot=lambda: _slot_of(node, chair, context, place), unit=lambda: org.unit_of(chair.position), at=at,
        extra=extra,
    )  # fmt: skip
    return document, {key: value}


def write_decision(
    context: CaseContext, decided: tuple[Document, dict[str, Any]] | None, by: Actor, at: datetime
) -> None:
    """Write what `decision` found."""
    if decided is None:
        return
    document, values = decided
    rights = Rights(write=frozenset(values))
    context.renew(
        documents.write_fields(document=document, values=values, rights=rights, by_process=True, by=by, at=at)
    )


def _slot_of(node: Node, chair: Chair, context: CaseContext, place: Place) -> str:
    """The slot a person sits in for at a step, for the row of a joint signature."""
    by = node.rules.get("by")
    for one in by if isinstance(by, list) else [by]:
        code = one if isinstance(one, str) else one.get("slot", "") if isinstance(one, Mapping) else ""
        circle = context.circle(place)
        who = {chair.person, chair.stands_for}
        found = org.slot_seats(code, circle.unit, circle.at) if code else None
        if found is not None and any(person in who for person, _ in found.seats):
            return code
    return ""


def after_pass(context: CaseContext, node: Node, place: Place, by: Actor, at: datetime) -> None:
    """Move the states of the step's documents (formats.md, "States")."""
    for document, name in _own(context, node, place):
        if (
            document.state not in (State.REVIEW, State.DRAFT, State.RETURNED, State.WITHDRAWN)
            or not document.version_number
        ):
            continue
        if context.program.passes_at(node, name):
            documents.change_state(document=document, state=State.PASSED, by=by, at=at)
            context.forget_papers()


def after_return(
    context: CaseContext, source: Node, target: Node, place: Place, refused: bool, by: Actor, at: datetime
) -> None:
    """A refused document, and one the target fills, is 已退回; after a withdrawal it is 已撤回."""
    state = State.RETURNED if refused else State.WITHDRAWN
    for document, _ in [*_own(context, source, place), *_own(context, target, place)]:
        fills = target.rules.get("do") == "fill" and document in [d for d, _ in _own(context, target, place)]
        if document.state == State.REVIEW or (fills and document.state == State.PASSED):
            documents.change_state(document=document, state=state, by=by, at=at)
            context.forget_papers()


def at_end(context: CaseContext, passed: bool, by: Actor, at: datetime) -> None:
    """What is under way when the case ends passes, or is refused if the last decision was a refusal."""
    for paper in context.papers:
        if paper.document.state in (State.REVIEW, State.RETURNED) and paper.document.version_number:
            state = State.PASSED if passed else State.REFUSED
            documents.change_state(document=paper.document, state=state, by=by, at=at)


def _own(context: CaseContext, node: Node, place: Place) -> Iterator[tuple[Document, str]]:
    for entry in node.rules.get("documents", ()):
        document = context.document(node, place, entry.get("name", ""))
        if document is not None:
            yield document, str(entry.get("name") or entry.get("path"))


def _actor(chair: Chair) -> Actor:
    return org.actor_of(chair.person, chair.position, chair.stands_for)
