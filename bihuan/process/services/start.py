"""Starting a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, text
from bihuan.org import public as org
from bihuan.packs import public as packs
from bihuan.process.engine.state import Chair
from bihuan.process.models import Case, ProcessVersion
from bihuan.process.people import Circle, find_people
from bihuan.process.program import Program, program
from bihuan.process.services.beginning import Beginning
from bihuan.process.services.opening import Opening, open_case


@transaction.atomic
def start_case(
    *,
    process: str,
    by: Actor,
    at: datetime,
    entrance: str = "",
    for_date: date | None = None,
) -> Case:
    """Start a process; its first step opens, for the starter where he may do it.

    `process` is its code, `entrance` the step of another entrance (formats.md, "Start"), `by` the
    starter with the post he acts in. Raises NotFound for an unknown process, Conflict while its pack
    is not effective (R-014), Invalid while a slot of the pack is unbound, by name (R-002), NotAllowed
    when the starter holds none of the posts that may start it.
    """
    plan = startable(process)
    unit = org.unit_of(by.position)
    if unit is None:
        raise NotAllowed(text("您还没有岗位,不能发起流程"))
    refuse_unbound(plan, unit)
    node, item = _entrance(plan, entrance, by, unit, at)
    beginning = Beginning(plan, node, item, unit, at, {}, Chair(by.person or 0, by.position))
    opening = Opening(
        by.person or 0,
        by.position,
        unit,
        entrance,
        beginning.documents(),
        beginning.preset(),
        for_date=for_date,
    )
    return open_case(plan, opening, by=by, at=at)


def startable(process: str) -> Program:
    """The program of the process in its pack's effective release; raises NotFound or Conflict.

    Until a release is in force only a process that puts it in force starts (formats.md, "Start").
    """
    versions = ProcessVersion.objects.filter(process__code=process).select_related("release")
    newest = versions.order_by("-id").first()
    if newest is None:
        raise NotFound(text("没有流程“{process}”"), process=process)
    effective = versions.filter(release__state="effective").order_by("-id").first()
    if effective is None and program(newest.pk).makes_effective:
        return program(newest.pk)
    if effective is None:
        raise Conflict(text("流程包尚未生效,不能发起“{process}”"), process=process)
    return program(effective.pk)


def refuse_unbound(plan: Program, unit: int) -> None:
    """Raise Invalid naming every slot of the pack that nobody is bound to (R-002)."""
    unbound = org.unbound_slots(packs.slots_of(packs.release_by_id(plan.release)), unit)
    if unbound:
        raise Invalid(text("岗位槽未绑定岗位:{slots}"), slots="、".join(str(slot) for slot in unbound))


def may_start(plan: Program, by: Actor, unit: int, at: datetime) -> list[tuple[str, Mapping[str, Any]]]:
    """The entrances this person may take, as (start node, start item)."""
    circle = Circle(
        unit=unit,
        process_code=plan.code,
        at=at,
        starter=Chair(by.person or 0, by.position),
        value=lambda source: None,
        did=lambda step: (),
        table=lambda key, inputs: (
            packs.lookup_table(key, inputs, release=packs.release_by_id(plan.release)).result
        ),
    )
    return [
        (node, item)
        for node, item in plan.start_items
        if "schedule" not in item
        and "event" not in item
        and (item["by"] == "anyone" or any(c.person == by.person for c in find_people(item["by"], circle)))
    ]


def _entrance(
    plan: Program, entrance: str, by: Actor, unit: int, at: datetime
) -> tuple[str, Mapping[str, Any]]:
    """The start item of an entrance; raises NotAllowed unless one of the person's posts may take it."""
    for node, item in may_start(plan, by, unit, at):
        if item.get("at", "") == entrance:
            return node, item
    raise NotAllowed(text("您的岗位不能发起“{process}”"), process=plan.names.get("zh-Hans", plan.code))
