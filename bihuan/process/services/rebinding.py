"""When the organisation changes under running cases: seats follow their slots, due times their calendar."""

from __future__ import annotations

from datetime import datetime

from bihuan.kernel.actor import SYSTEM, Actor
from bihuan.kernel.errors import Conflict, DomainError, text
from bihuan.org import public as org
from bihuan.process import deadlines
from bihuan.process.domain.deadlines import alarm, next_alarm
from bihuan.process.engine.commands import Reassign
from bihuan.process.engine.state import Chair
from bihuan.process.models import Case, Task
from bihuan.process.people import seats_for
from bihuan.process.program import DECIDING
from bihuan.process.session import Session
from bihuan.process.store import Fact

REBOUND = text("岗位绑定变更")


def after_binding(*, slot: org.Slot, unit: org.Unit, by: Actor, at: datetime) -> None:
    """Give open seats of the slot in the unit and below to those who fill it now (R-001)."""
    tasks = Task.objects.filter(
        state="open", case__unit__path__startswith=unit.path, case__state=Case.State.RUNNING
    )
    for task in tasks.select_related("case").order_by("id"):
        _follow(task, slot.code, by, at)


def after_holding(*, position: org.Position, person: org.Person, by: Actor, at: datetime) -> None:
    """Give open seats of a position to those who hold it now."""
    for task in Task.objects.filter(state="open", position=position).select_related("case").order_by("id"):
        _follow(task, "", by, at)


def _follow(task: Task, slot: str, by: Actor, at: datetime) -> None:
    """Move one seat to the first person its step now asks for who has none there, if its own is not asked any more."""
    session = Session(task.case_id, SYSTEM if by.person is None else by, at)
    seat = session.seat(task.local)
    if seat is None or seat.state not in ("open", "waiting"):
        return
    node = session.context.program.graph.nodes[task.node]
    if slot and slot not in str(node.rules.get("by")):
        return
    place = session.state.place(node.id, session.state.tokens[seat.token].scope)
    own = session.context.own_people(node, place) if task.act in DECIDING else frozenset()
    try:
        wanted = seats_for(node.rules.get("by"), session.context.circle(place), own)
    except DomainError:
        return
    if seat.person in {chair.person for chair in wanted}:
        return
    seated = {other.person for other in session.state.seats.values() if other.token == seat.token}
    chair = next((chair for chair in wanted if chair.person not in seated), None)
    if chair is None:
        return
    moved = Chair(chair.person, chair.position, chair.stands_for, REBOUND, chair.veto)
    session.play(
        Reassign(seat.id, moved),
        Fact("reassign", node.id, task.local, REBOUND, {"person": (seat.person, chair.person)}),
    )
    session.outbox.add([chair.person], "task", text("{case}：{step}"), step=node.name)
    session.outbox.send()


def after_calendar(*, calendar: str, unit: org.Unit | None, by: Actor, at: datetime) -> None:
    """Compute open due times anew after the calendar changed (rules.md §15)."""
    tasks = Task.objects.filter(state="open", case__state=Case.State.RUNNING)
    if unit is not None:
        tasks = tasks.filter(case__unit__path__startswith=unit.path)
    for task in list(tasks.order_by("case_id", "id")):
        session = Session(task.case_id, by, at)
        if session.context.program.calendar != calendar or (seat := session.seat(task.local)) is None:
            continue
        node = session.context.program.graph.nodes[task.node]
        place = session.state.place(node.id, session.state.tokens[seat.token].scope)
        due = deadlines.due_at(session.context, node, place, seat.chair, task.opened_at)
        if due == task.due_at:
            continue
        days = session.context.calendar
        rings = alarm(task.alarms, task.opened_at, due, days)
        if rings.at <= at:
            rings = next_alarm(task.alarms, task.opened_at, due, at, days)
        Task.objects.filter(pk=task.pk, state="open").update(
            due_at=due, next_alarm_at=rings.at, alarms=rings.number
        )
        session.note(Fact("due", node.id, task.local, "", {"due_at": (task.due_at, due)}))


def refuse_leaving(*, person: org.Person) -> None:
    """A person with open work cannot leave before it is handed over (R-012)."""
    count = Task.objects.filter(person=person, state__in=["open", "waiting"]).count()
    if count:
        raise Conflict(text("还有{count}项待办没有移交"), count=count)


def refuse_retiring(*, position: org.Position) -> None:
    """A position with open work stays."""
    count = Task.objects.filter(position=position, state__in=["open", "waiting"]).count()
    if count:
        raise Conflict(text("这个岗位还有{count}项待办"), count=count)
