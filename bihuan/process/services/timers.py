"""Alarms of tasks, timers of cases and scheduled starts: rung by `tick`, each exactly once."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM, Actor
from bihuan.kernel.errors import DomainError, text
from bihuan.org import public as org
from bihuan.process.deadlines import next_ring
from bihuan.process.domain.deadlines import HEAD_ON_DAY, SUPERIOR_ON_DAY, alarm, next_alarm
from bihuan.process.engine.commands import Fire
from bihuan.process.engine.state import Watch
from bihuan.process.models import HandOver, Task, Timer
from bihuan.process.notices import Outbox
from bihuan.process.program import program
from bihuan.process.queries import visible_cases
from bihuan.process.services import events, handing, schedules
from bihuan.process.session import Session
from bihuan.process.store import Fact, load

logger = logging.getLogger(__name__)

BATCH = 200


def ring_alarms(at: datetime) -> int:
    """Ring what is due at `at`; answers how many rang. Safe to run twice or on two machines at once."""
    rung = 0
    for task_id in _due_tasks(at):
        rung += _ring_task(task_id, at)
    for timer_id in _due_timers(at):
        rung += _fire_or_set_aside(timer_id, at)
    return rung + schedules.open_due(at) + handing.deliver(at)


def next_moment() -> datetime | None:
    """When the next alarm, timer, scheduled start or repeated hand-over comes, or None."""
    schedules.look_ahead(clock.now())
    moments = [
        Task.objects.filter(state="open", next_alarm_at__isnull=False)
        .order_by("next_alarm_at")
        .values_list("next_alarm_at", flat=True)
        .first(),
        Timer.objects.filter(at__isnull=False).order_by("at").values_list("at", flat=True).first(),
        schedules.next_moment(),
        HandOver.objects.order_by("due_at").values_list("due_at", flat=True).first(),
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _due_tasks(at: datetime) -> list[int]:
    due = Task.objects.filter(state="open", next_alarm_at__lte=at).order_by("next_alarm_at")
    return list(due.values_list("pk", flat=True)[:BATCH])


def _due_timers(at: datetime) -> list[int]:
    return list(Timer.objects.filter(at__lte=at).order_by("at").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _ring_task(task_id: int, at: datetime) -> int:
    """Claim one alarm by re-arming it, then tell people (rules.md §14)."""
    task = Task.objects.select_related("case").filter(pk=task_id, state="open", next_alarm_at__lte=at).first()
    if task is None:
        return 0
    plan = program(task.case.version_id)
    calendar = org.calendar_for(task.case.unit_id, plan.calendar)
    rings = alarm(task.alarms, task.opened_at, task.due_at, calendar)
    following = next_alarm(task.alarms + 1, task.opened_at, task.due_at, at, calendar)
    claimed = Task.objects.filter(
        pk=task_id, state="open", alarms=task.alarms, next_alarm_at=task.next_alarm_at
    ).update(
        alarms=following.number, next_alarm_at=following.at, late=task.late or rings.late_days is not None
    )
    if not claimed:
        return 0
    if rings.late_days is not None and not task.late:
        events.case_event(task.case_id, task.case.company_id, task.case.unit_id, "late", SYSTEM, at)
    row, _ = load(task.case_id)
    outbox = Outbox(row, SYSTEM, at)
    outbox.add([task.person_id], rings.kind, text("{case}：{step}"), step=task.name)
    above = {"step": task.name, "name": task.person.name}
    if rings.late_days == SUPERIOR_ON_DAY and task.position_id:
        superiors = org.superior_of(position_id=task.position_id, at=at)
        outbox.add(_allowed(superiors, row.id), "escalated", text("{case}：{step}（{name}）"), **above)
    if rings.late_days == HEAD_ON_DAY:
        heads = org.head_of(row.unit_id, at)
        outbox.add(_allowed(heads, row.id), "escalated", text("{case}：{step}（{name}）"), **above)
    outbox.send()
    return 1


def _allowed(seats: Iterable[org.Seat], case: int) -> list[int]:
    """Those who may read the case: nobody learns a title through an alarm."""
    people = [seat.person.pk for seat in seats]
    return [p for p in people if visible_cases(org.viewer_of_person(p)).filter(pk=case).exists()]


def _fire_or_set_aside(timer_id: int, at: datetime) -> int:
    """Fire one timer; where what follows it is refused, it waits apart and holds up no other."""
    try:
        return _fire_timer(timer_id, at)
    except DomainError as error:
        return _set_aside(timer_id, error.text(), at)
    except Exception as error:
        logger.exception("timer %s failed", timer_id)
        return _set_aside(timer_id, f"{type(error).__name__}: {error}"[:500], at)


@transaction.atomic
def _fire_timer(timer_id: int, at: datetime) -> int:
    """Fire one timer of a case."""
    timer = Timer.objects.filter(pk=timer_id, at__lte=at).values_list("case_id", "local").first()
    if timer is None:
        return 0
    case_id, local = timer
    session = Session(case_id, SYSTEM, at)
    watch = session.state.watches.get(local)
    if watch is None or not Timer.objects.filter(pk=timer_id, at__lte=at).exists():
        return 0
    _play(session, watch)
    return 1


@transaction.atomic
def _set_aside(timer_id: int, reason: str, at: datetime) -> int:
    """Disarm a timer that failed and keep it as a hand-over: told once, tried again, open to a retry by hand."""
    timer = Timer.objects.select_related("case").filter(pk=timer_id, at__lte=at).first()
    if timer is None:
        return 0
    Timer.objects.filter(pk=timer_id).update(at=None)
    handing.keep_broken(
        HandOver(
            kind=HandOver.Kind.FIRE, sender=timer.case, process_code=timer.case.process_code,
            company_id=timer.case.company_id, data={"watch": timer.local}, reason=reason, tries=1,
            made_at=at, due_at=at,
        )
    )  # fmt: skip
    return 1


def fire_again(row: HandOver, by: Actor, at: datetime) -> None:
    """Try a timer again that failed; nothing where the case waits for it no more."""
    if row.sender_id is None:
        return
    session = Session(row.sender_id, by, at)
    watch = session.state.watches.get(row.data["watch"])
    if watch is not None:
        _play(session, watch)


def _play(session: Session, watch: Watch) -> None:
    """Let the engine fire a timer; one that comes again and again is armed anew first."""
    node = session.context.program.graph.nodes[watch.node]
    if "every" in node.rules:
        place = session.state.place(watch.node, watch.scope)
        session.rearm(watch.id, next_ring(session.context, node.rules["every"], place, session.at))
    session.play(Fire(watch.id), Fact("fire", watch.node))
