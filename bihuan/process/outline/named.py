"""One name at a time: does what a process names exist in the pack and those it requires?"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from bihuan.process.outline.check_flow import NO_STEP
from bihuan.process.outline.known import FormShape, Known
from bihuan.process.outline.problems import Path, Problem, problem
from bihuan.process.outline.values import FORM_CODE, is_choice

PEOPLE = ("by", "to", "notify", "confirm", "lead", "veto")
"""Keys that name people."""
_EVENTS = ("submitted", "passed", "voided", "created", "changed", "removed", "due", "late", "opened", "ended")


def people(where: Path, value: Any, steps: Container[str], known: Known) -> Iterator[Problem]:
    """Slots, tables and steps that some people are named by."""
    if isinstance(value, str) and value != "anyone":
        if value not in known.slots:
            yield problem(where, "没有岗位 {slot},这个位置没有人", slot=value)
    elif isinstance(value, list):
        for row in value:
            yield from people(where, row, steps, known)
    elif isinstance(value, dict):
        yield from _people_map(where, value, steps, known)


def _people_map(where: Path, value: dict[str, Any], steps: Container[str], known: Known) -> Iterator[Problem]:
    if is_choice([value]):
        for key in ("else", *PEOPLE, "via"):
            yield from people(where, value.get(key), steps, known)
        return
    for key in ("slot", "via", "previous_picks"):
        if isinstance(value.get(key), str | dict | list):
            yield from people(where, value[key], steps, known)
    if isinstance(value.get("chain"), dict):
        yield from people(where, value["chain"].get("until"), steps, known)
    if "table" in value and value["table"] not in known.tables | known.unread:
        yield problem(where, "没有路线表 {table}", table=value["table"])
    did = value.get("did", [])
    for id in did if isinstance(did, list) else [did]:
        if id not in steps:
            yield problem(where, NO_STEP, step=id)


def opening(where: Path, opened: Mapping[str, Any], known: Known) -> Iterator[Problem]:
    """The process that an `opens` names, and the step in it; one of a pack that may be off is left out."""
    if opened.get("pack") in (None, *known.packs):
        yield from process((*where, "process"), opened["process"], opened.get("at"), known)


def process(where: Path, code: str, at: str | None, known: Known) -> Iterator[Problem]:
    """A process, and a step in it."""
    if code in known.unread:
        return
    if code not in known.processes:
        yield problem(where, "没有流程 {process}", process=code)
    elif at is not None and at not in known.processes[code].steps:
        yield problem(where, "流程 {process} 没有步骤 {step}", process=code, step=at)


def event(where: Path, event: str | None, known: Known) -> Iterator[Problem]:
    """An event of a form, a register or a case."""
    if event is None:
        return
    source, _, verb = event.rpartition(".")
    if verb not in _EVENTS:
        yield problem(where, "{event} 不是事件", event=event)
    elif FORM_CODE.match(source):
        yield from form(where, source, known)


def form(where: Path, code: str, known: Known) -> Iterator[Problem]:
    """A form by its code."""
    if code not in known.forms and code not in known.unread:
        yield problem(where, "没有表单 {form}", form=code)


def field(
    where: Path, name: str, own: Sequence[FormShape], named: Mapping[str, str], known: Known
) -> Iterator[Problem]:
    """One field, `field` of the own document, `NAME.field` of another, or a column below."""
    head, *rest = name.split(".")
    if rest and head in named:
        other = known.forms.get(named[head])
        forms: Sequence[FormShape] = [other] if other else []
        path = rest
    else:
        forms, path = own, [head, *rest]
    if forms and not any(_has(form.fields, path) for form in forms):
        yield problem(where, "表单 {form} 没有字段 {field}", form=forms[0].key, field=".".join(path))


def _has(fields: Any, path: list[str]) -> bool:
    if path[0] not in fields:
        return False
    return len(path) == 1 or not fields[path[0]].columns or _has(fields[path[0]].columns, path[1:])
