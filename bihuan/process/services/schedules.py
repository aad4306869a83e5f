"""Scheduled starts: what the clock opens, at which company, and when it comes next (R-102, R-103).

The agenda keeps one row for each schedule and company. Whoever moves it on opens what lies between:
an update on the row as it was read, so however many clocks tick, each date opens once. Dates missed
while nobody ticked are opened late; those before the release came into force never.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from bihuan.kernel.clock import aware
from bihuan.kernel.errors import DomainError
from bihuan.kernel.moments import Occurrence, Schedule, parse_span
from bihuan.kernel.period import Period
from bihuan.kit import expr
from bihuan.org import public as org
from bihuan.packs import public as packs
from bihuan.process.models import Agenda, HandOver, Trigger
from bihuan.process.roots import Deferred
from bihuan.process.services import handing

logger = logging.getLogger(__name__)

BATCH = 200
AT_COMPANIES = ("company", "store")
HORIZON = timedelta(days=3660)  # further than any schedule's next date
_HEAVY = ("bpmn", "outline", "release__source")
_LARGE = [f"trigger__version__{column}" for column in _HEAVY]


def open_due(at: datetime) -> int:
    """Hand over every start whose moment has come; answers how many agendas moved on."""
    look_ahead(at)
    due = Agenda.objects.filter(next_at__lte=at, trigger__version__release__state="effective")
    return sum(_move_on(pk, at) for pk in list(due.order_by("next_at").values_list("pk", flat=True)[:BATCH]))


def next_moment() -> datetime | None:
    """When the next scheduled start comes, or None."""
    known = Agenda.objects.filter(next_at__isnull=False, trigger__version__release__state="effective")
    return known.order_by("next_at").values_list("next_at", flat=True).first()


def look_ahead(at: datetime) -> None:
    """Enter new schedules and companies, and once a day compute anew what comes next."""
    _enter(at)
    old = _agendas().filter(looked_on__lt=aware(at).date(), trigger__version__release__state="effective")
    for row in list(old):
        if row.next_at is None or row.next_at > at:
            Agenda.objects.filter(pk=row.pk, done_until=row.done_until).update(
                next_at=_following(row, _since(row)), looked_on=aware(at).date()
            )


def _enter(at: datetime) -> None:
    """A row for every schedule in force at every company; a new company begins now, not with the release."""
    companies = list(
        org.Unit.objects.filter(kind__in=AT_COMPANIES, retired_at=None).values_list("pk", flat=True)
    )
    known: dict[int, set[int]] = {}
    for entered, company in Agenda.objects.values_list("trigger_id", "company_id"):
        known.setdefault(entered, set()).add(company)
    scheduled = Trigger.objects.filter(event="", version__release__state="effective")
    scheduled = scheduled.select_related("version__release").defer(*(f"version__{one}" for one in _HEAVY))
    for trigger in scheduled.order_by("id"):
        since = trigger.version.release.effective_at or at
        for company in companies:
            if company not in known.get(trigger.pk, ()):
                row = Agenda(
                    trigger=trigger,
                    company_id=company,
                    done_until=at if trigger.pk in known else since,
                    looked_on=aware(at).date(),
                )
                row.next_at = _following(row, row.done_until)
                Agenda.objects.bulk_create([row], ignore_conflicts=True)  # another clock may be first


@transaction.atomic
def _move_on(pk: int, at: datetime) -> int:
    """Claim what came up to `at` by moving the agenda on, then hand it over."""
    row = _agendas().get(pk=pk)
    claimed = Agenda.objects.filter(pk=pk, done_until=row.done_until, next_at__lte=at).update(
        done_until=at, next_at=_following(row, at), looked_on=aware(at).date()
    )
    if not claimed:
        return 0
    if packs.pack_is_on(row.trigger.version.release.pack.code, row.company_id):
        for found in _came(row, _since(row), at):
            handing.send(
                HandOver(
                    kind=HandOver.Kind.START, trigger=row.trigger,
                    process_code=row.trigger.version.process.code, company_id=row.company_id,
                    data={"on": found.on.isoformat(), "period": _period(row.trigger, found).code},
                    made_at=at, due_at=at,
                )
            )  # fmt: skip
    return 1


def _agendas() -> QuerySet[Agenda]:
    """With what a row needs, without the large columns."""
    related = ("trigger__version__release__pack", "trigger__version__process")
    return Agenda.objects.select_related(*related).defer(*_LARGE)


def _since(row: Agenda) -> datetime:
    """What lies before is done with, or came before the release was in force."""
    return max(row.done_until, row.trigger.version.release.effective_at or row.done_until)


def _period(trigger: Trigger, found: Occurrence) -> Period:
    """`for`: the period of the date, the one after or the one before."""
    towards = trigger.item.get("for", "this")
    if towards == "this":
        return found.period
    return found.period.next() if towards == "next" else found.period.previous()


def _came(row: Agenda, since: datetime, until: datetime) -> Iterator[Occurrence]:
    for _, found in _openings(row, since, until):
        yield found


def _following(row: Agenda, since: datetime) -> datetime | None:
    """When the schedule opens next after `since`; None where its setting makes no sense, seen again tomorrow."""
    try:
        return next(_openings(row, since, since + HORIZON))[0]
    except DomainError:
        logger.exception("schedule of %s at %s", row.trigger_id, row.company_id)
        return None


def _openings(row: Agenda, since: datetime, until: datetime) -> Iterator[tuple[datetime, Occurrence]]:
    trigger = row.trigger
    roots = {"setting": Deferred(lambda: _settings(row))}

    def plain(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("="):
            return expr.compile(value[1:]).value(roots)
        return value

    schedule = Schedule.parse({key: plain(value) for key, value in trigger.item["schedule"].items()})
    ahead = trigger.item.get("ahead")
    calendar = org.calendar_for(row.company_id, trigger.calendar)
    return schedule.openings(since, until, calendar, parse_span(str(plain(ahead))) if ahead else None)


def _settings(row: Agenda) -> dict[str, Any]:
    return packs.settings_for(row.company_id, release=row.trigger.version.release)
