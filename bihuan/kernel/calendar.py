"""Working days and working time (rules.md §15)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import takewhile
from typing import Literal

from bihuan.kernel.clock import TZ, aware
from bihuan.kernel.errors import Invalid, text

ONE_DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
OFFICE_HOURS = ((9, 12), (13, 18))  # rules.md §15: 09:00-18:00 with lunch 12:00-13:00

Shift = Literal["previous_workday", "next_workday", "none"]


class DayKind(StrEnum):
    """What the published calendar says about a day that is not as its weekday would have it."""

    OFF = "off"
    WORK = "work"


@dataclass(frozen=True)
class WorkCalendar:
    """Which days and hours are worked.

    `days` are the exceptions (public holidays, make-up work days); all other days follow the
    weekday. With `every_day` all days are worked (shops). `hours` are whole hours, in order.
    Moments without a zone are read as Asia/Shanghai.
    """

    code: str
    days: Mapping[date, DayKind]
    every_day: bool = False
    hours: Sequence[tuple[int, int]] = OFFICE_HOURS

    @cached_property
    def _known_years(self) -> frozenset[int]:
        return frozenset(day.year for day in self.days)

    def knows(self, year: int) -> bool:
        """Whether the holidays of `year` are in; if not, only weekends count and the page says so."""
        return self.every_day or year in self._known_years

    def is_workday(self, day: date) -> bool:
        """Whether people work on `day`."""
        if self.every_day:
            return True
        exception = self.days.get(day)
        return day.weekday() < 5 if exception is None else exception == DayKind.WORK

    def add_workdays(self, day: date, number: int) -> date:
        """The `number`th working day after `day` (before it where negative; 0 is `day` itself)."""
        step = ONE_DAY if number > 0 else -ONE_DAY
        for _ in range(abs(number)):
            day += step
            while not self.is_workday(day):
                day += step
        return day

    def shift(self, day: date, rule: Shift) -> date:
        """`day`, or the nearest working day in the direction of `rule` if it is not worked."""
        if rule == "none":
            return day
        step = ONE_DAY if rule == "next_workday" else -ONE_DAY
        while not self.is_workday(day):
            day += step
        return day

    def start_of_day(self, day: date) -> datetime:
        """The moment when work begins on `day` (09:00), whether or not it is worked."""
        return _moment(day, self.hours[0][0])

    def end_of_day(self, day: date) -> datetime:
        """The moment when work ends on `day` (18:00), whether or not it is worked."""
        return _moment(day, self.hours[-1][1])

    def add_working_minutes(self, moment: datetime, minutes: int) -> datetime:
        """The moment when `minutes` of working time have gone by since `moment` (negative: back)."""
        moment, left = aware(moment), abs(minutes) * MINUTE
        if not left:
            return moment
        blocks = self._forward(moment) if minutes > 0 else self._backward(moment)
        begin, end = next(blocks)
        while end - begin < left:
            left -= end - begin
            begin, end = next(blocks)
        return begin + left if minutes > 0 else end - left

    def working_minutes(self, start: datetime, end: datetime) -> int:
        """Whole minutes of working time from `start` to `end`; negative if `end` lies before."""
        start, end = aware(start), aware(end)
        if end < start:
            return -self.working_minutes(end, start)
        within = takewhile(lambda block: block[0] < end, self._forward(start))
        return sum((min(finish, end) - begin for begin, finish in within), timedelta()) // MINUTE

    def _blocks(self, day: date) -> list[tuple[datetime, datetime]]:
        if not self.is_workday(day):
            return []
        return [(_moment(day, begin), _moment(day, end)) for begin, end in self.hours]

    def _forward(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Blocks of working time after `moment`, endless."""
        day = moment.date()
        while True:
            for begin, end in self._blocks(day):
                if end > moment:
                    yield max(begin, moment), end
            day += ONE_DAY

    def _backward(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Blocks of working time before `moment`, latest first, endless."""
        day = moment.date()
        while True:
            for begin, end in reversed(self._blocks(day)):
                if begin < moment:
                    yield begin, min(end, moment)
            day -= ONE_DAY


@lru_cache(maxsize=4096)
def _moment(day: date, hour: int) -> datetime:
    """`day` at a whole hour from 0 to 24, in Asia/Shanghai."""
    return datetime.combine(day, time(), TZ) + timedelta(hours=hour)


def calendar_days(csv_text: str) -> dict[date, DayKind]:
    """The exceptions of a calendar file with the columns `date,type,name` (type: off or work).

    Raises Invalid with the rows that are wrong, keyed "row N" as a spreadsheet counts them.
    """
    reader = csv.DictReader(io.StringIO(csv_text.removeprefix("\ufeff")))
    missing = [name for name in ("date", "type", "name") if name not in (reader.fieldnames or ())]
    if missing:
        raise Invalid(text("日历文件缺少列：{columns}"), columns="、".join(missing))
    days: dict[date, DayKind] = {}
    problems: dict[str, list[str]] = {}
    for row in reader:
        try:
            day, kind = _calendar_row(row)
            if day in days:
                raise Invalid(text("日期重复：{date}"), date=day)
            days[day] = kind
        except Invalid as error:
            problems[f"row {reader.line_num}"] = [error.text()]
    if problems:
        raise Invalid(text("日历文件有{count}行错误"), fields=problems, count=len(problems))
    return days


def _calendar_row(row: Mapping[str, str | None]) -> tuple[date, DayKind]:
    """One line of a calendar file; raises Invalid."""
    written, kind = (row["date"] or "").strip(), (row["type"] or "").strip()
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise Invalid(text("日期应写作2026-01-31，不是{date}"), date=written) from None
    if kind not in set(DayKind):
        raise Invalid(text("类型应为off或work，不是{type}"), type=kind)
    return day, DayKind(kind)
