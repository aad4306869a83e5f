"""Years, half-years, quarters, months and weeks, by the codes that forms use (forms.md, "Types")."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bihuan.kernel.errors import Invalid, text


class PeriodKind(StrEnum):
    """The kinds of period; a week is the ISO week, Monday to Sunday."""

    YEAR = "year"
    HALF_YEAR = "half_year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"


_MONTHS = {PeriodKind.YEAR: 12, PeriodKind.HALF_YEAR: 6, PeriodKind.QUARTER: 3, PeriodKind.MONTH: 1}
_CODE = re.compile(
    r"(?P<year>[1-9]\d{3})(?:-(?:H(?P<half_year>[12])|Q(?P<quarter>[1-4])|W(?P<week>\d{2})|(?P<month>\d{2})))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A period from `start` to `end`, both days included. Sorts by start, then by end."""

    start: date
    end: date
    kind: PeriodKind

    @classmethod
    def of(cls, day: date, kind: PeriodKind | str) -> Period:
        """The period of that kind which holds `day`."""
        kind = PeriodKind(kind)
        if kind is PeriodKind.WEEK:
            monday = day - timedelta(days=day.weekday())
            return cls(monday, monday + timedelta(days=6), kind)
        months = _MONTHS[kind]
        first = (day.month - 1) // months * months + 1
        last = first + months - 1
        return cls(date(day.year, first, 1), date(day.year, last, monthrange(day.year, last)[1]), kind)

    @classmethod
    def parse(cls, code: str) -> Period:
        """The period with this code: 2026, 2026-H2, 2026-Q4, 2026-11 or 2026-W47; raises Invalid."""
        found = _CODE.fullmatch(code.strip())
        try:
            if found is None:
                raise ValueError(code)
            return cls._numbered(
                int(found["year"]), found.lastgroup or "year", int(found[found.lastgroup or 0])
            )
        except (ValueError, OverflowError):  # the last week of 9999 ends beyond all dates
            raise Invalid(text("不是年、季、月或周：{code}"), code=code) from None

    @classmethod
    def _numbered(cls, year: int, kind: str, number: int) -> Period:
        """The `number`th period of that kind in `year`; ValueError where there is none."""
        if kind == PeriodKind.WEEK:
            return cls.of(date.fromisocalendar(year, number, 1), kind)
        if kind == PeriodKind.YEAR:
            return cls.of(date(year, 1, 1), kind)
        return cls.of(date(year, (number - 1) * _MONTHS[PeriodKind(kind)] + 1, 1), kind)

    @property
    def number(self) -> int:
        """Its number among the periods of its kind in the year (the year itself for a year)."""
        if self.kind is PeriodKind.WEEK:
            return self.start.isocalendar().week
        if self.kind is PeriodKind.YEAR:
            return self.start.year
        return (self.start.month - 1) // _MONTHS[self.kind] + 1

    @property
    def year(self) -> int:
        """The year it belongs to; for a week that of its ISO year."""
        return self.start.isocalendar().year if self.kind is PeriodKind.WEEK else self.start.year

    @property
    def code(self) -> str:
        """Its code; `Period.parse(p.code) == p`."""
        match self.kind:
            case PeriodKind.YEAR:
                return f"{self.year}"
            case PeriodKind.HALF_YEAR:
                return f"{self.year}-H{self.number}"
            case PeriodKind.QUARTER:
                return f"{self.year}-Q{self.number}"
            case PeriodKind.MONTH:
                return f"{self.year}-{self.number:02}"
            case PeriodKind.WEEK:
                return f"{self.year}-W{self.number:02}"

    def next(self) -> Period:
        """The period of the same kind right after."""
        return Period.of(self.end + timedelta(days=1), self.kind)

    def previous(self) -> Period:
        """The period of the same kind right before."""
        return Period.of(self.start - timedelta(days=1), self.kind)

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return self.code
