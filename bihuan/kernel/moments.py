"""Spans of time and schedules as packs write them (formats.md, "Time" and "Schedule").

A span: `5wd`, `4wh`, `2d 30min`, `0d`. A schedule: `{monthly: 26, shift: previous_workday}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, cast, get_args

from bihuan.kernel.calendar import ONE_DAY, Shift, WorkCalendar
from bihuan.kernel.clock import TZ, aware
from bihuan.kernel.errors import Invalid, text
from bihuan.kernel.period import Period, PeriodKind

SPAN_PATTERN = r"(?:\d{1,4}w[dh]|\d{1,4}(?:w|d|h|min)(?:\s+\d{1,4}(?:w|d|h|min))*)"
Edge = Literal["start", "end"]  # which end of a bare date is meant: 0:00 of the day, or 24:00

_SPAN = re.compile(SPAN_PATTERN, re.ASCII)
_PART = re.compile(r"(\d+)([a-z]+)", re.ASCII)
_CLOCK_MINUTES = {"w": 7 * 24 * 60, "d": 24 * 60, "h": 60, "min": 1}


def edge_of(day: date, edge: Edge) -> datetime:
    """The beginning (0:00) or the end (24:00) of a day in Asia/Shanghai."""
    return datetime.combine(day if edge == "start" else day + ONE_DAY, time(), TZ)


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: `amount` working days (`wd`), working minutes (`wh`) or minutes (`clock`)."""

    kind: Literal["wd", "wh", "clock"]
    amount: int

    def after(self, moment: datetime, calendar: WorkCalendar) -> datetime:
        """The moment this span after `moment`.

        `Nwd` is the end of work (18:00) of the Nth working day after it, `0wd` of that day itself or
        the next working day; `0d` is the end of the day, 24:00; all else counts minutes.
        """
        return self._from(aware(moment), 1, calendar)

    def before(self, moment: datetime, calendar: WorkCalendar) -> datetime:
        """The moment this span before `moment`; `Nwd` is the end of work of the Nth working day before."""
        return self._from(aware(moment), -1, calendar)

    def from_day(self, day: date, sign: int, calendar: WorkCalendar, edge: Edge) -> datetime:
        """The moment this span after (`sign` 1) or before (-1) a bare date.

        Whole days by the clock lead to a date again, whose `edge` counts; hours count from the edge.
        """
        days, rest = divmod(self.amount, _CLOCK_MINUTES["d"])
        if self.kind == "clock" and not rest:
            return edge_of(day + sign * days * ONE_DAY, edge)
        if self.kind == "wd":
            return self._from(edge_of(day, "start"), sign, calendar)
        return self._from(edge_of(day, edge), sign, calendar)

    def days_before(self, day: date, calendar: WorkCalendar) -> date:
        """The date this span before `day`, for a schedule opened ahead; hours are dropped."""
        if self.kind == "wd":
            return calendar.add_workdays(day, -self.amount)
        return day - timedelta(days=self.amount // _CLOCK_MINUTES["d"])

    def _from(self, moment: datetime, sign: int, calendar: WorkCalendar) -> datetime:
        if self.kind == "wd":
            day = calendar.add_workdays(moment.date(), sign * self.amount)
            return calendar.end_of_day(calendar.shift(day, "next_workday"))
        if self.kind == "wh":
            return calendar.add_working_minutes(moment, sign * self.amount)
        if not self.amount:
            return edge_of(moment.date(), "end")
        return moment + sign * timedelta(minutes=self.amount)


def parse_span(source: str) -> Span:
    """Read `5wd`, `4wh`, `2d 30min`, `0d` (units wd wh w d h min); raises Invalid."""
    if not _SPAN.fullmatch(source.strip()):
        raise Invalid(text("时限应写作5wd、4wh或2d 30min，不是{span}"), span=source)
    parts = [(int(number), unit) for number, unit in _PART.findall(source)]
    number, unit = parts[0]
    if unit in ("wd", "wh"):  # never beside other units: the pattern sees to it
        return Span("wd", number) if unit == "wd" else Span("wh", number * 60)
    return Span("clock", sum(number * _CLOCK_MINUTES[unit] for number, unit in parts))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a schedule: `on`, after any shift, and the `period` it belongs to."""

    on: date
    period: Period


_PERIODS = {
    "daily": PeriodKind.MONTH,
    "weekly": PeriodKind.WEEK,
    "monthly": PeriodKind.MONTH,
    "quarterly": PeriodKind.QUARTER,
    "half_yearly": PeriodKind.HALF_YEAR,
    "yearly": PeriodKind.YEAR,
}
_MONTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = re.compile(
    r"(?:(?P<sign>-)?(?P<number>\d{1,3})(?P<unit>wd|d)?|(?P<month>\d{1,2})-(?P<day>\d{1,2}))", re.ASCII
)
_CLOCK_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Dates that come again and again.

    `unit` is `daily` … `yearly`. Within the period `number` counts days, or working days with
    `workdays`, from its first day (negative: from its last), starting in its `month`th month if
    given; for `weekly` it is the weekday, Monday 1. `daily` means every working day of the calendar,
    at `at`.
    """

    unit: str
    number: int = 1
    workdays: bool = False
    month: int | None = None
    at: time | None = None
    rule: Shift = "none"

    @classmethod
    def parse(cls, source: Mapping[str, object]) -> Schedule:
        """Read `{daily: "18:00"}`, `{monthly: 26, shift: previous_workday}` and the like; raises Invalid."""
        units = [key for key in source if key in _PERIODS]
        unknown = [key for key in source if key not in _PERIODS and key != "shift"]
        rule = source.get("shift", "none")
        if len(units) != 1 or unknown or rule not in get_args(Shift):
            raise Invalid(text("日程写法有误：{schedule}"), schedule=dict(source))
        unit = units[0]
        try:
            return _parse_day(unit, str(source[unit]).strip(), cast(Shift, rule))
        except ValueError:
            raise Invalid(text("日程写法有误：{schedule}"), schedule=dict(source)) from None

    def next(self, after: date, calendar: WorkCalendar) -> date:
        """The first date of the schedule later than `after`."""
        return next(self.occurrences(after + ONE_DAY, calendar)).on

    def next_moment(self, after: datetime, calendar: WorkCalendar, edge: Edge = "end") -> datetime:
        """The first moment later than `after`: at its time for `daily`, else the `edge` of the date."""
        after = aware(after)
        days = (found.on for found in self.occurrences(after.date(), calendar))
        moments = (datetime.combine(day, self.at, TZ) if self.at else edge_of(day, edge) for day in days)
        return next(moment for moment in moments if moment > after)

    def occurrences(self, start: date, calendar: WorkCalendar) -> Iterator[Occurrence]:
        """The dates from `start` on, in order, each once, endless."""
        last = start - ONE_DAY
        # a shift may carry a date over a long holiday into the next period: begin well before
        period = Period.of(start - timedelta(days=31), _PERIODS[self.unit])
        while True:
            for day in self._days_of(period, calendar):
                day = calendar.shift(day, self.rule)
                if day > last:
                    last = day
                    yield Occurrence(day, period)
            period = period.next()

    def openings(
        self, after: datetime, until: datetime, calendar: WorkCalendar, ahead: Span | None = None
    ) -> Iterator[tuple[datetime, Occurrence]]:
        """What opens after `after` and up to `until`: `ahead` of each date, when that day's work begins.

        `daily` opens at its time (formats.md, "Start").
        """
        after, until = aware(after), aware(until)
        for found in self.occurrences(after.date(), calendar):
            day = ahead.days_before(found.on, calendar) if ahead else found.on
            opens = datetime.combine(day, self.at, TZ) if self.at else calendar.start_of_day(day)
            if opens > until:
                return
            if opens > after:
                yield opens, found

    def _days_of(self, period: Period, calendar: WorkCalendar) -> Iterator[date]:
        """The dates in one period before any shift."""
        if self.unit == "daily":
            days = (period.start + timedelta(days=n) for n in range((period.end - period.start).days + 1))
            yield from (day for day in days if calendar.is_workday(day))
        elif self.workdays:
            yield _nth_workday(period, self.number, calendar)
        else:
            yield _nth_day(_month_of(period, self.month) if self.month else period, self.number)


def _parse_day(unit: str, day: str, rule: Shift) -> Schedule:
    """The schedule for one unit and what stands behind it; ValueError if that makes no sense."""
    if unit == "daily":
        found = _CLOCK_TIME.fullmatch(day)
        if found is None:
            raise ValueError(day)
        return Schedule(unit, at=time(int(found[1]), int(found[2])), rule=rule)
    if unit == "weekly":
        return Schedule(unit, _WEEKDAYS.index(day) + 1, rule=rule)
    found = _DAY.fullmatch(day)
    if found is None or (found["sign"] and not found["unit"]):
        raise ValueError(day)
    month = int(found["month"]) if found["month"] else None
    number = int(found["day"] or found["number"]) * (-1 if found["sign"] else 1)
    longest = 31 if month else 31 * _MONTHS[unit]
    if not 1 <= abs(number) <= longest or not 1 <= (month or 1) <= _MONTHS[unit]:
        raise ValueError(day)
    return Schedule(unit, number, found["unit"] == "wd", month, rule=rule)


def _month_of(period: Period, month: int) -> Period:
    """The `month`th month of a period of months."""
    found = Period.of(period.start, PeriodKind.MONTH)
    for _ in range(month - 1):
        found = found.next()
    return found


def _nth_day(period: Period, number: int) -> date:
    """The `number`th day of the period, from its end if negative; one that it lacks is its last (first)."""
    if number > 0:
        return min(period.start + timedelta(days=number - 1), period.end)
    return max(period.end + timedelta(days=number + 1), period.start)


def _nth_workday(period: Period, number: int, calendar: WorkCalendar) -> date:
    """The same in working days; a period without any gives its last (first) day."""
    if number > 0:
        day = calendar.add_workdays(period.start - ONE_DAY, number)
        return day if day in period else max(period.start, calendar.shift(period.end, "previous_workday"))
    day = calendar.add_workdays(period.end + ONE_DAY, number)
    return day if day in period else min(period.end, calendar.shift(period.start, "next_workday"))
