"""When a task is reminded of, marked late and escalated (rules.md §14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bihuan.kernel.calendar import WorkCalendar

HALF, NEARLY, DUE = 0, 1, 2
SUPERIOR_ON_DAY, HEAD_ON_DAY = 2, 5

Audience = Literal["handler", "superior", "head"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of a task: its number in the series, its moment, and what it means."""

    number: int
    at: datetime
    late_days: int | None  # None before the due time, 0 at it, then working days late

    @property
    def kind(self) -> str:
        """The notification it makes: `remind` before the due time, else `late`."""
        return "remind" if self.late_days is None else "late"

    @property
    def audience(self) -> tuple[Audience, ...]:
        """Who hears of it: the handler; on day 2 also his superior, on day 5 also the head of the unit."""
        if self.late_days == SUPERIOR_ON_DAY:
            return ("handler", "superior")
        if self.late_days == HEAD_ON_DAY:
            return ("handler", "head")
        return ("handler",)


def alarm(number: int, opened: datetime, due: datetime, calendar: WorkCalendar) -> Alarm:
    """The alarm with this number: at 50 % and 90 % of the working time, at the due time, then daily.

    Daily alarms ring when work begins on each working day after the due day.
    """
    if number < DUE:
        total = calendar.working_minutes(opened, due)
        share = total // 2 if number == HALF else total * 9 // 10
        return Alarm(number, calendar.add_working_minutes(opened, share), None)
    if number == DUE:
        return Alarm(number, due, 0)
    days = number - DUE
    day = calendar.add_workdays(due.date(), days)
    return Alarm(number, calendar.start_of_day(day), days)


def next_alarm(number: int, opened: datetime, due: datetime, now: datetime, calendar: WorkCalendar) -> Alarm:
    """The first alarm from `number` on that lies after `now`, but never past the due alarm unrung.

    A task that arrives late rings at once: its due alarm is not skipped.
    """
    found = alarm(number, opened, due, calendar)
    while found.at <= now and found.number < DUE:
        found = alarm(found.number + 1, opened, due, calendar)
    return found
