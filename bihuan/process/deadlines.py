"""When a step is due on the real calendar (formats.md, "Time"; rules.md §14)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bihuan.kernel.clock import aware
from bihuan.kernel.moments import Edge, Schedule, parse_span
from bihuan.kit.expr import parse_moment
from bihuan.process.context import CaseContext
from bihuan.process.engine.graph import Node
from bihuan.process.engine.state import Chair, Place
from bihuan.process.people import find_people

DEFAULT_DUE = "3wd"
_URGENCY = {"一般": "normal", "紧急": "urgent", "特急": "critical"}


def due_at(context: CaseContext, node: Node, place: Place, chair: Chair, opened: datetime) -> datetime:
    """When a seat is due: the seat's own `due`, the step's, or the default; an urgent case shortens it."""
    written = _seat_due(context, node, place, chair) or node.rules.get("due", DEFAULT_DUE)
    by_urgency = isinstance(written, Mapping) and "normal" in written
    if by_urgency:
        written = written.get(_URGENCY.get(context.row.urgency, "normal"), written["normal"])
    found = moment(context, written, place, opened, "end") or moment(
        context, DEFAULT_DUE, place, opened, "end"
    )
    assert found is not None  # the default is a span
    latest = context.program.urgent.get(context.row.urgency)
    if latest and not by_urgency:
        found = min(found, parse_span(latest).after(opened, context.calendar))
    return found


def moment(context: CaseContext, written: Any, place: Place, opened: datetime, edge: Edge) -> datetime | None:
    """A time as outlines write it: a choice, a schedule, a span, or an expression ± a span."""
    if isinstance(written, list):
        for row in written:
            if "else" in row:
                return moment(context, row["else"], place, opened, edge)
            if context.value(row["if"], place):
                return moment(context, next(v for k, v in row.items() if k != "if"), place, opened, edge)
        return None
    if isinstance(written, Mapping):
        plain = {
            k: context.value(v, place) if isinstance(v, str) and v.startswith("=") else v
            for k, v in written.items()
        }
        return _scheduled(context, Schedule.parse(plain), opened, edge)
    return parse_moment(str(written)).at(context.roots(place), opened, context.calendar, edge)


def next_ring(context: CaseContext, every: Any, place: Place, since: datetime) -> datetime | None:
    """When a trigger that comes again and again (`every`) comes next after `since`: a span, or a schedule's next date.

    It counts from when the trigger is armed, never from `case.date`: it goes on as long as its step.
    """
    if isinstance(every, Mapping):
        return Schedule.parse(every).next_moment(since, context.calendar)
    return moment(context, every, place, since, "end")


def _scheduled(context: CaseContext, schedule: Schedule, opened: datetime, edge: Edge) -> datetime | None:
    """The next date of a schedule; what is due on it is due at the end of its work.

    In a case that a schedule opened the date counts from `case.date`: the plan of the 26th is due on the
    26th however far ahead it was begun. None once that has gone by: a plan sent back later is not due a
    month later, the default holds.
    """
    if edge == "start" or schedule.at is not None:
        return schedule.next_moment(opened, context.calendar, edge)
    since = context.row.for_date
    for found in schedule.occurrences(since or aware(opened).date(), context.calendar):
        due = context.calendar.end_of_day(found.on)
        if due > opened:
            return due
        if since is not None:
            break
    return None


def _seat_due(context: CaseContext, node: Node, place: Place, chair: Chair) -> Any:
    """A `due` written at the person's entry in `by`."""
    by = node.rules.get("by")
    for one in by if isinstance(by, list) else [by]:
        if isinstance(one, Mapping) and "due" in one:
            who = {chair.person, chair.stands_for}
            if any(found.person in who for found in find_people(one, context.circle(place))):
                return one["due"]
    return None
