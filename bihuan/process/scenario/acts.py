"""What a scenario's people do: every act ends in the service that the screens call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bihuan.documents import public as documents
from bihuan.documents.public import Document, FormDefinition
from bihuan.kernel.actor import Actor
from bihuan.org import public as org
from bihuan.org.public import Unit
from bihuan.process import papers, services
from bihuan.process.models import CaseDocument, Task, Timer
from bihuan.process.papers import form_version
from bihuan.process.program import ACTS
from bihuan.process.queries import rows_of_step
from bihuan.process.registers import Editable, fits, register_of
from bihuan.process.scenario.inventing import invented
from bihuan.process.scenario.story import UnknownNameError
from bihuan.process.scenario.world import World
from bihuan.process.services.events import raise_event
from bihuan.process.services.sheets import OPEN
from bihuan.process.services.work import Choices, Desk, open_comments

_DOCUMENT = re.compile(r"=(?P<case>\w+)(?:/(?P<name>\w+)(?:@(?P<row>\d+))?)?\Z")


def act(world: World, step: Mapping[str, Any]) -> None:
    """Do one `act`, by each of its people in turn."""
    who = step.get("by", "admin")
    for person in who if isinstance(who, list) else [who]:
        _ACTS[step["act"]](world, step, person)


def _start(world: World, step: Mapping[str, Any], who: str) -> None:
    case = services.start_case(
        process=step["process"], by=world.actor(who, step.get("position")), at=world.now,
        entrance=step.get("at", ""),
    )  # fmt: skip
    world.cases[step.get("as", step["process"])] = case
    if "data" in step or "set" in step:
        task = Task.objects.filter(case=case, state="open").order_by("id").first()
        if task is not None:
            _save_task(world, step, who, task)


def _fill(world: World, step: Mapping[str, Any], who: str) -> None:
    task = find_task(world, step, who)
    desk = Desk(task.pk, world.actor(who), world.now, {"fill"})
    services.fill_task(
        task=task.pk, data=_data(world, step, desk, desk.document, str(desk.node.rules.get("document", ""))),
        answers=_answers(world, step, desk), sheets=_sheets(world, step, desk), choices=_choices(step),
        by=world.actor(who), at=world.now,
    )  # fmt: skip


def _save(world: World, step: Mapping[str, Any], who: str) -> None:
    _save_task(world, step, who, find_task(world, step, who))


def _save_task(world: World, step: Mapping[str, Any], who: str, task: Task) -> None:
    desk = Desk(task.pk, world.actor(who), world.now, ACTS)
    data = _data(world, step, desk, desk.document, str(desk.node.rules.get("document", "")))
    services.save_task(
        task=task.pk, data=data, opinion=step.get("opinion"), by=world.actor(who), at=world.now
    )
    for paper, values in _drafts(world, step, desk):
        services.save_task(task=task.pk, data=values, sheet=paper.pk, by=world.actor(who), at=world.now)


def _drafts(
    world: World, step: Mapping[str, Any], desk: Desk
) -> Iterator[tuple[Document, Mapping[str, Any]]]:
    """The papers beside the step's document with what is kept in them; sheets are made where there are too few."""
    there = {str(sheet["name"]): found for sheet, found in desk.sheets()}
    for name, entries in _sheets(world, step, desk).items():
        for place, values in enumerate(entries):
            if values is None:
                continue
            if place < len(there[name]):
                yield there[name][place], values
            else:
                yield services.make_sheet(task=desk.task_id, name=name, by=desk.by, at=desk.at), values
    given = _others(world, step, desk)
    for name, found in desk.others():
        if given[name]:
            yield from ((paper, given[name]) for paper in found)


def _complete(world: World, step: Mapping[str, Any], who: str) -> None:
    task = find_task(world, step, who)
    desk = Desk(task.pk, world.actor(who), world.now, {"do", "archive", "collect", "fill"})
    if desk.node.rules["do"] == "fill":
        _fill(world, step, who)
        return
    services.complete_task(
        task=task.pk, data=_data(world, step, desk, desk.document, str(desk.node.rules.get("document", ""))),
        sheets=_sheets(world, step, desk), others=_others(world, step, desk),
        opinion=step.get("opinion", ""), choices=_choices(step), by=world.actor(who), at=world.now,
    )  # fmt: skip


def _approve(world: World, step: Mapping[str, Any], who: str) -> None:
    task = find_task(world, step, who)
    desk = Desk(task.pk, world.actor(who), world.now, ACTS)
    services.approve_task(
        task=task.pk, opinion=step.get("opinion", ""), extra=step.get("row"), choices=_choices(step),
        data=_data(world, step, desk, desk.document, str(desk.node.rules.get("document", ""))),
        sheets=_sheets(world, step, desk), others=_others(world, step, desk), by=world.actor(who), at=world.now,
    )  # fmt: skip


def _refuse(world: World, step: Mapping[str, Any], who: str) -> None:
    task = find_task(world, step, who)
    rows = _rows(world, step, task) if "rows" in step else None
    services.refuse_task(
        task=task.pk, opinion=step.get("opinion", ""), extra=step.get("row"), data=step.get("set"),
        choices=replace(_choices(step), rows=rows), by=world.actor(who), at=world.now,
    )  # fmt: skip


def _rows(world: World, step: Mapping[str, Any], task: Task) -> list[int]:
    """The rows a refusal names, by number or by who worked in them."""
    desk = Desk(task.pk, world.actor(task.person.username), world.now, ACTS)
    target = step.get("go") or desk.node.rules["refuse"][0]["go"]
    people = {one.person.username: int(one.row.split(".")[0]) for one in rows_of_step(task.case_id, target)}
    unknown = [row for row in step["rows"] if not (str(row).isdigit() or row in people)]
    if unknown:
        raise UnknownNameError(f"{target} 没有这些行：{unknown}")
    return [int(row) - 1 if str(row).isdigit() else people[row] for row in step["rows"]]


def _withdraw(world: World, step: Mapping[str, Any], who: str) -> None:
    services.withdraw_case(
        case=_case(world, step).pk, reason=step.get("opinion", ""), by=world.actor(who), at=world.now
    )


def _comment(world: World, step: Mapping[str, Any], who: str) -> None:
    services.comment_case(
        case=_case(world, step).pk,
        text_=step.get("text", step.get("opinion", "")),
        by=world.actor(who),
        at=world.now,
    )


def _copy(world: World, step: Mapping[str, Any], who: str) -> None:
    to = step["to"] if isinstance(step["to"], list) else [step["to"]]
    services.copy_case(
        case=_case(world, step).pk,
        to=[world.person(key).pk for key in to],
        note=step.get("text", ""),
        by=world.actor(who),
        at=world.now,
    )


def _reassign(world: World, step: Mapping[str, Any], who: str) -> None:
    task = find_task(world, {**step, "by": None}, None)
    services.reassign_task(
        task=task.pk,
        to=world.person(step["to"]).pk,
        reason=step.get("opinion", ""),
        by=world.actor(who),
        at=world.now,
    )


def _urge(world: World, step: Mapping[str, Any], who: str) -> None:
    services.urge_task(task=find_task(world, step, step.get("to")).pk, by=world.actor(who), at=world.now)


def _trigger(world: World, step: Mapping[str, Any], who: str) -> None:
    alias, _, node = step["task"].partition("/")
    timer = Timer.objects.filter(case=world.case(alias), node=node.partition("@")[0]).order_by("id").first()
    if timer is None:
        raise UnknownNameError(f"{alias} 没有等待中的 {node}")
    services.trigger_watch(case=world.case(alias).pk, watch=timer.local, by=world.actor(who), at=world.now)


def _create(world: World, step: Mapping[str, Any], who: str) -> None:
    """Make a row of a register as its page does; where no app writes it by hand, only its event is raised."""
    data, by = _references(world, step.get("data", {})), world.actor(who)
    name, _, kind = step["register"].partition(".")
    register = register_of(name)
    if isinstance(register, Editable):
        register.create(kind, data, by=by, at=world.now)
    else:
        _raise(f"{step['register']}.created", data, by, world.now)


def _update(world: World, step: Mapping[str, Any], who: str) -> None:
    """Change the one row of a register that `where` names, or only raise its event."""
    data, by = _references(world, step.get("data", {})), world.actor(who)
    name, _, kind = step["register"].partition(".")
    where = _references(world, step.get("where", {}))
    register = register_of(name)
    rows = register.rows(kind) if isinstance(register, Editable) and register is not None else None
    if register is None or rows is None:
        _raise(f"{step['register']}.changed", {**where, **data}, by, world.now)
        return
    found = [row for row in rows if all(fits(register.plain(row).get(k), v) for k, v in where.items())]
    if len(found) != 1:
        raise UnknownNameError(f"{step['register']} 里符合的行应有1行,实有{len(found)}行")
    register.update(found[0], data, by=by, at=world.now)


def _raise(name: str, record: Mapping[str, Any], by: Actor, at: datetime) -> None:
    """The event of a row that no app keeps."""
    unit = org.unit_of(by.position) or Unit.objects.order_by("id").values_list("pk", flat=True)[0]
    raise_event(name, record, company=org.company_of(unit), unit=unit, by=by, at=at)


_ACTS: Mapping[str, Callable[[World, Mapping[str, Any], str], None]] = {
    "start": _start,
    "fill": _fill,
    "save": _save,
    "complete": _complete,
    "approve": _approve,
    "refuse": _refuse,
    "withdraw": _withdraw,
    "comment": _comment,
    "copy": _copy,
    "reassign": _reassign,
    "urge": _urge,
    "trigger": _trigger,
    "create": _create,
    "update": _update,
}


def find_task(world: World, step: Mapping[str, Any], who: str | None) -> Task:
    """The open task `alias/step` or `alias/step@row` of a person; UnknownNameError unless there is exactly one."""
    alias, _, rest = step["task"].partition("/")
    node, _, row = rest.partition("@")
    case = world.case(alias)
    tasks = list(
        Task.objects.filter(case=case, node=node, state="open").select_related("person").order_by("id")
    )
    if who is not None:
        tasks = [task for task in tasks if task.person.username == who]
    if row:
        tasks = [
            task
            for place, task in enumerate(rows_of_step(case.pk, node))
            if task in tasks and row in (str(place + 1), task.person.username)
        ]
    if not tasks:
        raise UnknownNameError(f"{who or '任何人'}在 {step['task']} 没有待办")
    if len(tasks) > 1:
        raise UnknownNameError(f"{step['task']} 有 {len(tasks)} 个待办,请用 @ 指明是哪一行")
    return tasks[0]


def _case(world: World, step: Mapping[str, Any]) -> Any:
    return world.case(step.get("case") or step["task"].partition("/")[0])


def _choices(step: Mapping[str, Any]) -> Choices:
    return Choices(
        go=step.get("go"),
        choose=step.get("choose", {}),
        mode=step.get("mode"),
    )


def _answers(world: World, step: Mapping[str, Any], desk: Desk) -> dict[int, str]:
    owed = open_comments(desk.session.row.id, desk.document.pk) if desk.document else []
    given = step.get("answers")
    if given == "all":
        return {task.pk: "已按意见修改" for task in owed}
    if isinstance(given, Mapping):
        return {task.pk: str(given[task.person.username]) for task in owed if task.person.username in given}
    return {}


def _data(
    world: World, step: Mapping[str, Any], desk: Desk, document: Document | None, name: str
) -> dict[str, Any] | None:
    """The values for the step's document: `data: auto` and `set`, whose keys may be `NAME.field`."""
    if document is None or not ("data" in step or "set" in step):
        return None
    mine = {
        k.removeprefix(f"{name}."): v
        for k, v in step.get("set", {}).items()
        if "." not in k or k.startswith(f"{name}.")
    }
    return _values(world, document, desk, name, step.get("data"), mine)


def _values(
    world: World, document: Document, desk: Desk, name: str, data: Any, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Raw input for one document: invented where `data: auto`, else only what is given."""
    values = _references(world, {**(data if isinstance(data, Mapping) else {}), **given})
    if data != "auto":
        return dict(values)
    return invented(desk, name, documents.definition_for(document), {**_kept(document, desk, name), **values})


def _kept(document: Document, desk: Desk, name: str) -> dict[str, Any]:
    """What stands in a document already, as far as the step may write it."""
    asked = {one.key for one in documents.definition_for(document).fields if one.asked}
    rights = desk.rights(name)
    return {key: value for key, value in document.data.items() if key in asked and rights.may_write(key)}


def _sheets(world: World, step: Mapping[str, Any], desk: Desk) -> dict[str, list[dict[str, Any] | None]]:
    """The sheets a step makes: those given by `forms`, and with `data: auto` the least the step asks for."""
    found: dict[str, list[dict[str, Any] | None]] = {}
    auto = step.get("data") == "auto"
    for sheet, there in desk.sheets():
        name = sheet["name"]
        entries = step.get("forms", {}).get(name, [])
        wanted: list[Mapping[str, Any] | None] = list(entries if isinstance(entries, list) else [entries])
        extra = _below(step, name)
        for document in there[len(wanted) :]:
            open_ = document.state in OPEN
            wanted.append({} if extra or (auto and open_) else None)
        wanted += [{}] * (sheet["min"] - len(wanted) if auto else 0)
        definition = documents.definition_of(form_version(sheet["form"], desk.context.release))
        preset = _preset(desk, name) if auto else {}
        before = [*(_kept(one, desk, name) if auto else {} for one in there), *([preset] * len(wanted))]
        found[name] = [
            None if entry is None else _sheet(world, desk, name, definition, {**old, **entry, **extra}, auto)
            for entry, old in zip(wanted, before, strict=False)
        ]
    return found


def _preset(desk: Desk, name: str) -> dict[str, Any]:
    """What the step's `with` gives a new sheet."""
    found = papers.preset_of(desk.context, desk.node, desk.place, name)
    return {key: getattr(value, "ref", value) for key, value in found.items()}


def _others(world: World, step: Mapping[str, Any], desk: Desk) -> dict[str, Any]:
    """`set: {NAME.field: …}` for documents of other steps."""
    return {name: _references(world, _below(step, name)) for name, _ in desk.others()}


def _below(step: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The entries of `set` for one document name, without the name."""
    prefix = f"{name}."
    return {k.removeprefix(prefix): v for k, v in step.get("set", {}).items() if k.startswith(prefix)}


def _sheet(
    world: World, desk: Desk, name: str, definition: FormDefinition, given: Mapping[str, Any], auto: bool
) -> dict[str, Any]:
    values = _references(world, given)
    return invented(desk, name, definition, values) if auto else dict(values)


def _references(world: World, values: Any) -> Any:
    """`=plan` and `=plan/own@2` as the document they name."""
    if isinstance(values, Mapping):
        return {key: _references(world, value) for key, value in values.items()}
    if isinstance(values, list):
        return [_references(world, value) for value in values]
    match = _DOCUMENT.match(values) if isinstance(values, str) else None
    if match is None or match["case"] not in world.cases:
        return values
    case = world.case(match["case"])
    if not match["name"]:
        return documents.plain(case.main_document) if case.main_document else None
    named = list(
        CaseDocument.objects.filter(case=case, name=match["name"]).select_related("document").order_by("id")
    )
    return documents.plain(named[int(match["row"] or 1) - 1].document)
