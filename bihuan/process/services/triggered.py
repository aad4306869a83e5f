"""Opening the cases that a schedule or an event starts (formats.md, "Start")."""

from __future__ import annotations

from datetime import datetime

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, text
from bihuan.org import public as org
from bihuan.packs import public as packs
from bihuan.process.engine.state import Chair
from bihuan.process.models import Case, HandOver, Trigger
from bihuan.process.people import describe, find_people
from bihuan.process.program import program
from bihuan.process.services import handing
from bihuan.process.services.beginning import Beginning
from bihuan.process.services.opening import Opening, open_once
from bihuan.process.services.start import refuse_unbound


def open_triggered(row: HandOver, by: Actor, at: datetime) -> None:
    """Open the case of one trigger, or one hand-over for each row of its `each`.

    Nothing opens where its `if` does not hold, its pack is not in force any more, or a case for the same
    `once` is open. Raises Invalid while a slot is unbound or nobody is there to be the starter.
    """
    trigger = row.trigger
    if trigger is None or not _in_force(trigger, row.company_id):
        return
    plan = program(trigger.version_id)
    beginning = Beginning(plan, trigger.node, trigger.item, row.company_id, at, row.data)
    if "each" in trigger.item and "row" not in row.data:
        for one in beginning.rows():
            handing.send(
                HandOver(
                    kind=HandOver.Kind.START, trigger=trigger, process_code=row.process_code,
                    company_id=row.company_id, data={**row.data, "row": one}, made_at=at, due_at=at,
                )
            )  # fmt: skip
    elif "if" not in trigger.item or beginning.holds(trigger.item["if"]):
        _open(beginning, bool(trigger.event), by)


def _in_force(trigger: Trigger, company: int) -> bool:
    release = packs.release_by_id(trigger.version.release_id)
    if not packs.pack_is_on(release.pack.code, company):
        return False
    return release.state == "effective" or program(trigger.version_id).makes_effective


def _open(beginning: Beginning, by_event: bool, by: Actor) -> None:
    refuse_unbound(beginning.plan, beginning.unit)
    starter = _starter(beginning)
    opening = Opening(
        starter.person, starter.position, org.unit_of(starter.position) or beginning.unit,
        beginning.entrance, beginning.documents(), beginning.preset(),
        opened_by=Case.OpenedBy.EVENT if by_event else Case.OpenedBy.SCHEDULE,
        for_date=beginning.on, period=beginning.period, once=beginning.once,
    )  # fmt: skip
    open_once(beginning.plan, opening, by=by, at=beginning.at)


def _starter(beginning: Beginning) -> Chair:
    """The first person of `by`."""
    by = beginning.item["by"]
    chairs = find_people(by, beginning.context.circle(beginning.place))
    if not chairs:
        raise Invalid(text("“{who}”没有在岗人员,不能自动发起流程"), who=describe(by))
    return chairs[0]
