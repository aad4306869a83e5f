"""Static check of names: slots, tables, processes, registers, forms and fields."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from bihuan.process.outline import named
from bihuan.process.outline.check_flow import NO_STEP, NO_WAY
from bihuan.process.outline.documents import Documents
from bihuan.process.outline.known import UNASKED, FieldShape, FormShape, Known
from bihuan.process.outline.parts import Outcome
from bihuan.process.outline.place import Placed, Plan
from bihuan.process.outline.problems import Path, Problem, problem
from bihuan.process.outline.schema import DECIDING, Outline
from bihuan.process.outline.values import FORM_CODE


def check_names(outline: Outline, plan: Plan, documents: Documents, known: Known) -> Iterator[Problem]:
    """Everything that is named exists."""
    yield from _document(("document",), outline.document, known)
    for at, start in enumerate(outline.start):
        yield from named.people(("start", at, "by"), start.by, plan.by_id, known)
        yield from named.event(("start", at, "event"), start.event, known)
        if start.at is not None and start.at not in plan.by_id:
            yield problem(("start", at, "at"), NO_STEP, step=start.at)
        elif start.at is not None and plan.by_id[start.at] not in plan.main.flow_items():
            yield problem(("start", at, "at"), NO_WAY, step=start.at)
    yield from _outcome(("end",), outline.end, plan.by_id, known)
    for item in plan.steps:
        yield from _step(item, plan, documents, known)


def _step(item: Placed, plan: Plan, documents: Documents, known: Known) -> Iterator[Problem]:
    step = item.step
    for key in named.PEOPLE:
        if key not in ("notify", "confirm"):
            yield from named.people((*item.where, key), getattr(step, key), plan.by_id, known)
    yield from _outcome(item.where, step, plan.by_id, known)
    yield from named.event((*item.where, "event"), step.event, known)
    yield from _document((*item.where, "document"), step.document, known)
    for at, form in enumerate(step.input or []):
        yield from named.form((*item.where, "input", at), form, known)
    for sheet in documents.sheets(item):
        yield from named.form((*item.where, "form"), sheet["form"], known)
    if step.call is not None and step.pack in (None, *known.packs):
        called = step.call if isinstance(step.call, list) else [step.call]
        for process in called:
            yield from named.process((*item.where, "call"), process, step.at, known)
    if step.end is not None:
        yield from _outcome((*item.where, "end"), step.end, plan.by_id, known)
    yield from _fields(item, documents, known)


def _outcome(where: Path, outcome: Outcome, steps: Container[str], known: Known) -> Iterator[Problem]:
    yield from named.people((*where, "notify"), outcome.notify, steps, known)
    yield from named.people((*where, "confirm"), outcome.confirm, steps, known)
    for at, opened in enumerate(outcome.opens or []):
        written = opened.model_dump(by_alias=True, exclude_unset=True)
        yield from named.opening((*where, "opens", at), written, known)


def _document(where: Path, value: Any, known: Known) -> Iterator[Problem]:
    for one in value if isinstance(value, list) else [value]:
        code = next(iter(one.values())) if isinstance(one, dict) else one
        if isinstance(code, str) and FORM_CODE.match(code):
            yield from named.form(where, code, known)


# fields ----------------------------------------------------------------------------------------


def _fields(item: Placed, documents: Documents, known: Known) -> Iterator[Problem]:
    """`write read require hide into set with` name fields of the step's documents."""
    step = item.step
    own = [known.forms[d["form"]] for d in documents.of(item) if d.get("form") in known.forms]
    if any(not d.get("form") for d in documents.of(item)):
        own = []
    sheets = [known.forms[s["form"]] for s in documents.sheets(item) if s["form"] in known.forms]
    rights = [
        (key, at, name)
        for key in ("read", "write", "require", "hide")
        for at, name in enumerate(getattr(step, key) or [])
    ]
    for key, at, name in rights:
        yield from named.field((*item.where, key, at), name, own, documents.forms, known)
    if step.into is not None:
        yield from named.field((*item.where, "into"), step.into, own, documents.forms, known)
    for name in step.set or {}:
        yield from named.field((*item.where, "set", name), name, own, documents.forms, known)
    if own and (sheets or not step.form):
        for name in step.with_ or {} if step.call is None else {}:
            yield from _preset((*item.where, "with", name), name, [*own, *sheets], documents, known)


def _preset(
    where: Path, name: str, forms: list[FormShape], documents: Documents, known: Known
) -> Iterator[Problem]:
    if not any(name in form.fields for form in forms):
        yield from named.field(where, name, forms, documents.forms, known)


def check_opened(outline: Outline, plan: Plan, documents: Documents, known: Known) -> Iterator[Problem]:
    """Every required field of a document that people fill is opened by some step or preset."""
    opened = _opened_fields(outline, plan, documents)
    fills: dict[str, list[Placed]] = {}
    for item in plan.steps:
        for document in documents.of(item) if item.step.do == "fill" else []:
            fills.setdefault(str(document.get("name", "")), []).append(item)
    for name, items in fills.items():
        form = known.forms.get(documents.forms.get(name, ""))
        if form is None or any(item.step.write is None for item in items):
            continue
        for key, field in form.fields.items():
            if _demanded(field, outline.code) and key not in opened.get(name, set()):
                where = (*items[0].where, "write")
                yield problem(where, "没有步骤填写必填字段 {field}", field=key)


def _opened_fields(outline: Outline, plan: Plan, documents: Documents) -> dict[str, set[str]]:
    """By document the fields that some step writes or presets, or that an entrance fixes."""
    opened: dict[str, set[str]] = {}
    for item in plan.steps:
        step = item.step
        keys = [*(step.write or []), *(step.set or {}), *(step.with_ or {}), step.into or ""]
        for document in documents.of(item) if item.kind in ("task", "auto") else []:
            opened.setdefault(str(document.get("name", "")), set()).update(keys)
        for name, _, below in (key.partition(".") for key in keys):
            opened.setdefault(name, set()).add(below)
    for start in outline.start:
        at = plan.by_id.get(start.at or "")
        for document in documents.of(at) if at else documents.main:
            opened.setdefault(str(document.get("name", "")), set()).update(start.with_ or {})
    return opened


def _demanded(field: FieldShape, code: str) -> bool:
    asked = field.required and not field.computed and not field.default and field.type not in UNASKED
    return asked and (not field.required_in or code in field.required_in)


def check_made(
    plan: Plan, documents: Documents, given: set[str], before: dict[str, set[str]]
) -> Iterator[Problem]:
    """No step decides on a document that no step before it can have made.

    `before` are the steps from which a way leads to a step; `given` the documents that come from
    other cases.
    """
    makers: dict[str, set[str]] = {}
    for item in plan.steps:
        if item.step.do not in DECIDING and item.kind != "watch":
            for document in documents.of(item):
                makers.setdefault(str(document.get("name", "")), set()).add(item.id)
        for sheet in documents.sheets(item):
            makers.setdefault(sheet["name"], set()).add(item.id)
    for item in plan.steps:
        for document in documents.of(item) if item.step.do in DECIDING else []:
            name = str(document.get("name", ""))
            rowed = document.get("row") or not name or name in given
            if not rowed and not makers.get(name, set()) & before.get(item.id, set()):
                where = (*item.where, "document" if item.step.document is not None else "do")
                yield problem(where, "单据 {document} 在此之前没有人填写", document=name)
