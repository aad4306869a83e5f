"""Days that differ from the plain week; every change lets the layers above compute due times anew."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kit import audit
from bihuan.kit.crud import save_new_row, save_row_changes
from bihuan.org.models import CalendarDay, Unit
from bihuan.org.registry import on_calendar_change


@transaction.atomic
def open_calendar_day(
    *,
    date: date,
    kind: str,
    by: Actor,
    at: datetime,
    calendar: str = "cn",
    unit: Unit | None = None,
    name: str = "",
) -> CalendarDay:
    """Enter a day off or a make-up work day, for all or for a unit and below. Raises Invalid."""
    day = save_new_row(
        CalendarDay(calendar=calendar, unit=unit, date=date, kind=kind, name=name),
        by=by,
        at=at,
    )
    _tell(day, by, at)
    return day


@transaction.atomic
def change_calendar_day(*, calendar_day: CalendarDay, by: Actor, at: datetime, **changes: Any) -> CalendarDay:
    """Change a day. Raises Invalid."""
    save_row_changes(calendar_day, changes, by=by, at=at)
    _tell(calendar_day, by, at)
    return calendar_day


@transaction.atomic
def remove_calendar_day(*, calendar_day: CalendarDay, by: Actor, at: datetime) -> None:
    """Let a day be as its weekday would have it."""
    audit.record(
        kind="org.calendarday", id=calendar_day.pk, verb="remove", by=by, at=at, note=str(calendar_day)
    )
    _tell(calendar_day, by, at)
    calendar_day.delete()


def _tell(day: CalendarDay, by: Actor, at: datetime) -> None:
    for tell in on_calendar_change:
        tell(calendar=day.calendar, unit=day.unit, by=by, at=at)
