"""Moments as packs write them: `doc.time.start - 3wd` (formats.md, "Time")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from bihuan.kernel.calendar import WorkCalendar
from bihuan.kernel.clock import aware
from bihuan.kernel.errors import text
from bihuan.kernel.moments import SPAN_PATTERN, Edge, Span, edge_of, parse_span
from bihuan.kit.expr.errors import ExprError
from bihuan.kit.expr.expression import Expr, compile
from bihuan.kit.expr.shape import Shape
from bihuan.kit.expr.syntax import MAX_LENGTH
from bihuan.kit.expr.values import Value, read_date

_SPAN = re.compile(SPAN_PATTERN, re.ASCII)
_SHIFTED = re.compile(rf"(?P<base>.+?)\s*(?P<sign>[+-])\s*(?P<span>{SPAN_PATTERN})", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Moment:
    """A span after arrival, a fixed date, or an expression for a date, alone or ± a span.

    Made by `parse_moment`. Without `base` the span counts from the arrival.
    """

    source: str
    base: Expr | date | None
    span: Span | None
    sign: int = 1

    @property
    def names(self) -> frozenset[str]:
        """The dotted paths it reads: when these change, the moment must be computed anew."""
        return self.base.names if isinstance(self.base, Expr) else frozenset()

    def refuse_unknown(self, shape: Shape) -> list[str]:
        """A message (zh-Hans) for each name that `shape` does not know."""
        return self.base.refuse_unknown(shape) if isinstance(self.base, Expr) else []

    def at(
        self, roots: Value, arrived: datetime, calendar: WorkCalendar, edge: Edge = "end"
    ) -> datetime | None:
        """The moment, aware; None where its date is empty, so that a default can hold.

        `arrived` is when the step opened. `edge` says what a bare date means: its "end" (24:00, for
        `due`) or its "start" (for `wait`). Raises ExprError if the expression gives no date.
        """
        if self.base is None:
            return self.span.after(arrived, calendar) if self.span else None
        found = self.base.value(roots) if isinstance(self.base, Expr) else self.base
        try:
            return self._from(read_date(found) if isinstance(found, str) else found, calendar, edge)
        except OverflowError:
            raise ExprError(text("{source}超出日期范围"), source=self.source) from None

    def _from(self, found: Value, calendar: WorkCalendar, edge: Edge) -> datetime | None:
        """The span put to a date or a moment; a bare date alone is its edge."""
        match found:
            case None:
                return None
            case datetime() if self.span:
                count = self.span.after if self.sign > 0 else self.span.before
                return count(found, calendar)
            case datetime():
                return aware(found)
            case date() if self.span:
                return self.span.from_day(found, self.sign, calendar, edge)
            case date():
                return edge_of(found, edge)
        raise ExprError(text("{source}不是日期"), source=self.source)


@lru_cache(maxsize=4096)
def parse_moment(source: str) -> Moment:
    """Read `5wd`, `doc.due`, `case.date + 35d`, `2026-03-20`; raises ExprError. Cached.

    A leading `=` is allowed and changes nothing.
    """
    if len(source) > MAX_LENGTH:
        raise ExprError(text("表达式超过{limit}个字符"), limit=MAX_LENGTH)
    written = source.strip().removeprefix("=").strip()
    if _SPAN.fullmatch(written):
        return Moment(source, None, parse_span(written))
    shifted = _SHIFTED.fullmatch(written)
    span = parse_span(shifted["span"]) if shifted else None
    sign = -1 if shifted and shifted["sign"] == "-" else 1
    base = shifted["base"].strip() if shifted else written
    fixed = read_date(base)
    return Moment(source, compile(base) if isinstance(fixed, str) else fixed, span, sign)
