"""The only source of time.

A test or a scenario puts another clock in place with `use`; it holds for the running context
(thread or task) only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

TZ = ZoneInfo("Asia/Shanghai")  # rules.md §29: everywhere


class Clock(Protocol):
    """Anything that tells the present moment."""

    def now(self) -> datetime:
        """The present moment, aware."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present moment in Asia/Shanghai."""
        return datetime.now(TZ)


class FixedClock:
    """A clock that moves only when told to, and never backwards."""

    def __init__(self, start: datetime) -> None:
        self._now = aware(start)

    def now(self) -> datetime:
        """The moment it was last moved to."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Go on to `moment` (without a zone: Asia/Shanghai); ValueError if it lies behind."""
        target = aware(moment)
        if target < self._now:
            raise ValueError(f"the clock stands at {self._now} and cannot go back to {target}")
        self._now = target

    def advance(self, step: timedelta) -> None:
        """Go on by `step`."""
        self.move_to(self._now + step)


_current: ContextVar[Clock] = ContextVar("clock", default=SystemClock())  # noqa: B039 - it has no state


def aware(moment: datetime) -> datetime:
    """`moment` in Asia/Shanghai; one without a zone is read as being there already."""
    return moment.replace(tzinfo=TZ) if moment.tzinfo is None else moment.astimezone(TZ)


def until(moment: datetime) -> tuple[date, str]:
    """Day and time of a deadline as people say it: midnight is 24:00 of the day that ends."""
    local = aware(moment)
    if local.time() == time(0):
        return local.date() - timedelta(days=1), "24:00"
    return local.date(), f"{local:%H:%M}"


def now() -> datetime:
    """The present moment, aware, in Asia/Shanghai."""
    return aware(_current.get().now())


def today() -> date:
    """The present day in Asia/Shanghai."""
    return now().date()


@contextmanager
def use(clock: Clock) -> Iterator[Clock]:
    """Let `clock` tell the time inside the `with` block."""
    token = _current.set(clock)
    try:
        yield clock
    finally:
        _current.reset(token)
