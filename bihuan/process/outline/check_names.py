"""Static check of names: slots, tables, processes, registers, forms and fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bihuan.process.outline.check_flow import NO_STEP, NO_WAY
from bihuan.process.outline.documents import Documents
from bihuan.process.outline.known import UNASKED, FieldShape, FormShape, Known
from bihuan.process.outline.parts import Opens, Outcome
from bihuan.process.outline.place import Placed, Plan
from bihuan.process.outline.problems import Path, Problem, problem
from bihuan.process.outline.schema import DECIDING, Outline
from bihuan.process.outline.values import FORM_CODE, is_choice

_PEOPLE = ("by", "to", "notify", "confirm", "lead", "veto")
_EVENTS = ("submitted", "passed", "voided", "created", "changed", "removed", "due", "late", "opened", "ended")


def check_names(outline: Outline, plan: Plan, documents: Documents, known: Known) -> Iterator[Problem]:
    """Everything that is named exists."""
    yield from _document(("document",), outline.document, known)
    for at, start in enumerate(outline.start):
        yield from _people(("start", at, "by"), start.by, plan, known)
        yield from _event(("start", at, "event"), start.event, known)
        if start.at is not None and start.at not in plan.by_id:
            yield problem(("start", at, "at"), NO_STEP, step=start.at)
        elif start.at is not None and plan.by_id[start.at] not in plan.main.flow_items():
            yield problem(("start", at, "at"), NO_WAY, step=start.at)
    yield from _outcome(("end",), outline.end, plan, known)
    for item in plan.steps:
        yield from _step(item, plan, documents, known)


def _step(item: Placed, plan: Plan, documents: Documents, known: Known) -> Iterator[Problem]:
    step = item.step
    for key in _PEOPLE:
        if key not in ("notify", "confirm"):
            yield from _people((*item.where, key), getattr(step, key), plan, known)
    yield from _outcome(item.where, step, plan, known)
    yield from _event((*item.where, "event"), step.event, known)
    yield from _document((*item.where, "document"), step.document, known)
    for at, form in enumerate(step.input or []):
        yield from _form((*item.where, "input", at), form, known)
    for sheet in documents.sheets(item):
        yield from _form((*item.where, "form"), sheet["form"], known)
    if step.call is not None and step.pack is None:
        called = step.call if isinstance(step.call, list) else [step.call]
        for process in called:
            yield from _process((*item.where, "call"), process, step.at, known)
    if step.end is not None:
        yield from _outcome((*item.where, "end"), step.end, plan, known)
    yield from _fields(item, documents, known)


def _people(where: Path, value: Any, plan: Plan, known: Known) -> Iterator[Problem]:
    """Slots, tables and steps that some people are named by."""
    if isinstance(value, str) and value != "anyone":
        if value not in known.slots:
            yield problem(where, "没有岗位 {slot},这个位置没有人", slot=value)
    elif isinstance(value, list):
        for row in value:
            yield from _people(where, row, plan, known)
    elif isinstance(value, dict):
        yield from _people_map(where, value, plan, known)


def _people_map(where: Path, value: dict[str, Any], plan: Plan, known: Known) -> Iterator[Problem]:
    if is_choice([value]):
        for key in ("else", *_PEOPLE, "via"):
            yield from _people(where, value.get(key), plan, known)
        return
    for key in ("slot", "via", "previous_picks"):
        if isinstance(value.get(key), str | dict | list):
            yield from _people(where, value[key], plan, known)
    if isinstance(value.get("chain"), dict):
        yield from _people(where, value["chain"].get("until"), plan, known)
    if "table" in value and value["table"] not in known.tables:
        yield problem(where, "没有路线表 {table}", table=value["table"])
    did = value.get("did", [])
    for id in did if isinstance(did, list) else [did]:
        if id not in plan.by_id:
            yield problem(where, NO_STEP, step=id)


def _outcome(where: Path, outcome: Outcome, plan: Plan, known: Known) -> Iterator[Problem]:
    yield from _people((*where, "notify"), outcome.notify, plan, known)
    yield from _people((*where, "confirm"), outcome.confirm, plan, known)
    for at, opened in enumerate(outcome.opens or []):
        yield from _opened((*where, "opens", at), opened, known)
    for at, post in enumerate(outcome.post or []):
        for action in post if isinstance(post, dict) else [post]:
            register, _, verb = str(action).partition(".")
            if known.registers is not None and verb not in known.registers.get(register, ()):
                yield problem((*where, "post", at), "没有登记簿动作 {action}", action=action)


def _opened(where: Path, opened: Opens, known: Known) -> Iterator[Problem]:
    if opened.pack is None:
        yield from _process((*where, "process"), opened.process, opened.at, known)


def _process(where: Path, code: str, at: str | None, known: Known) -> Iterator[Problem]:
    if code not in known.processes:
        yield problem(where, "没有流程 {process}", process=code)
    elif at is not None and at not in known.processes[code].steps:
        yield problem(where, "流程 {process} 没有步骤 {step}", process=code, step=at)


def _event(where: Path, event: str | None, known: Known) -> Iterator[Problem]:
    if event is None:
        return
    source, _, verb = event.rpartition(".")
    if verb not in _EVENTS:
        yield problem(where, "{event} 不是事件", event=event)
    elif FORM_CODE.match(source):
        yield from _form(where, source, known)
    elif known.registers is not None and source != "case" and source not in known.registers:
        yield problem(where, "没有登记簿 {register}", register=source)


def _document(where: Path, value: Any, known: Known) -> Iterator[Problem]:
    for one in value if isinstance(value, list) else [value]:
        code = next(iter(one.values())) if isinstance(one, dict) else one
        if isinstance(code, str) and FORM_CODE.match(code):
            yield from _form(where, code, known)


def _form(where: Path, code: str, known: Known) -> Iterator[Problem]:
    if code not in known.forms:
        yield problem(where, "没有表单 {form}", form=code)


# fields ----------------------------------------------------------------------------------------


def _fields(item: Placed, documents: Documents, known: Known) -> Iterator[Problem]:
    """`write read require hide into set with` name fields of the step's documents."""
    step = item.step
    own = [known.forms[d["form"]] for d in documents.of(item) if d.get("form") in known.forms]
    if any(not d.get("form") for d in documents.of(item)):
        own = []
    sheets = [known.forms[s["form"]] for s in documents.sheets(item) if s["form"] in known.forms]
    named = [
        (key, at, name)
        for key in ("read", "write", "require", "hide")
        for at, name in enumerate(getattr(step, key) or [])
    ]
    for key, at, name in named:
        yield from _field((*item.where, key, at), name, own, documents, known)
    if step.into is not None:
        yield from _field((*item.where, "into"), step.into, own, documents, known)
    for name in step.set or {}:
        yield from _field((*item.where, "set", name), name, own, documents, known)
    if own and (sheets or not step.form):
        for name in step.with_ or {} if step.call is None else {}:
            yield from _preset((*item.where, "with", name), name, [*own, *sheets], documents, known)


def _preset(
    where: Path, name: str, forms: list[FormShape], documents: Documents, known: Known
) -> Iterator[Problem]:
    if not any(name in form.fields for form in forms):
        yield from _field(where, name, forms, documents, known)


def _field(
    where: Path, name: str, own: list[FormShape], documents: Documents, known: Known
) -> Iterator[Problem]:
    """One field, `field` of the own document, `NAME.field` of another, or a column below."""
    head, *rest = name.split(".")
    if rest and head in documents.forms:
        other = known.forms.get(documents.forms[head])
        forms, path = [other] if other else [], rest
    else:
        forms, path = own, [head, *rest]
    if forms and not any(_has(form.fields, path) for form in forms):
        yield problem(where, "表单 {form} 没有字段 {field}", form=forms[0].key, field=".".join(path))


def _has(fields: Any, path: list[str]) -> bool:
    if path[0] not in fields:
        return False
    return len(path) == 1 or not fields[path[0]].columns or _has(fields[path[0]].columns, path[1:])


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
