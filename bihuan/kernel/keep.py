"""How long a record is kept: `10y`, `24m`, `90d` or `permanent` (formats.md, "Form"; rules.md §17)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from bihuan.kernel.errors import Invalid, text

_KEEP = re.compile(r"(\d{1,4})([ymd])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Keep:
    """A retention time: `months` and `days` after its start; neither means for ever."""

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, source: str) -> Keep:
        """Read `10y`, `24m`, `90d` or `permanent`; raises Invalid."""
        if source == "permanent":
            return PERMANENT
        found = _KEEP.fullmatch(source)
        if found is None or not int(found[1]):
            raise Invalid(text("保存期限应写作10y、24m、90d或permanent，不是{keep}"), keep=source)
        number = int(found[1])
        match found[2]:
            case "y":
                return cls(months=number * 12)
            case "m":
                return cls(months=number)
            case _:
                return cls(days=number)

    @property
    def permanent(self) -> bool:
        """Whether it never ends."""
        return not self.months and not self.days

    def until(self, start: date) -> date | None:
        """The last day of keeping what counts from `start`; None if kept for ever.

        A day that the last month lacks is its last day. Past the year 9999 it is for ever too.
        """
        if self.permanent:
            return None
        years, month = divmod(start.year * 12 + start.month - 1 + self.months, 12)
        if years > date.max.year:
            return None
        day = min(start.day, monthrange(years, month + 1)[1])
        return date(years, month + 1, day) + timedelta(days=self.days)


PERMANENT = Keep()
