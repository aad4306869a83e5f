"""Ticks: functions the clock calls, each period once however many schedulers run.

`@every("minute")`, `@every("hour")` or `@every("day 03:30")` (Asia/Shanghai) registers
`f(at: datetime)`. A period that nobody was up for is made up for once, not once per miss.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from bihuan.kernel import clock

from .models import TickRun

logger = logging.getLogger(__name__)

Function = Callable[[datetime], object]
LEASE = timedelta(minutes=10)
"""A tick that has not finished by then is taken for dead and may run again."""
SKEW = timedelta(days=1)
"""A period further ahead than this was written by a clock that ran wrong and does not count."""
_DAY = re.compile(r"day ([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Tick:
    """A registered function and its rhythm."""

    name: str
    rhythm: str
    run: Function
    label: str
    """What it does, in zh-Hans."""

    def slot(self, at: datetime) -> datetime:
        """The start of the period that `at` lies in."""
        local = clock.aware(at)
        if self.rhythm == "minute":
            return local.replace(second=0, microsecond=0)
        if self.rhythm == "hour":
            return local.replace(minute=0, second=0, microsecond=0)
        hour, minute = (int(part) for part in self.rhythm[4:].split(":"))
        today = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return today if today <= local else today - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TickResult:
    """How one tick went; `reason` is empty when it went well."""

    name: str
    reason: str

    @property
    def ok(self) -> bool:
        """Whether it went well."""
        return not self.reason


_ticks: dict[str, Tick] = {}


def every(rhythm: str, label: str = "") -> Callable[[Function], Function]:
    """Register a tick; `label` (zh-Hans) says to administrators what it does.

    Raises ValueError for a rhythm that does not exist.
    """
    if rhythm not in {"minute", "hour"} and not _DAY.fullmatch(rhythm):
        raise ValueError(f"not a rhythm: {rhythm}")

    def register(run: Function) -> Function:
        name = f"{run.__module__}.{run.__qualname__}"
        _ticks[name] = Tick(name, rhythm, run, label or name)
        return run

    return register


def ticks() -> list[Tick]:
    """All registered ticks, by name."""
    return [_ticks[name] for name in sorted(_ticks)]


def run_ticks(at: datetime) -> list[TickResult]:
    """Run each tick whose period has begun and that nobody has run yet; one failing stops no other."""
    return [_run(tick, at) for tick in ticks() if _claim(tick, at)]


def _claim(tick: Tick, at: datetime) -> bool:
    slot = tick.slot(at)
    new = Q(slot__lt=slot) | Q(slot__gt=at + SKEW)
    free = Q(finished_at__isnull=False) | Q(started_at__isnull=True) | Q(started_at__lt=at - LEASE)
    free |= Q(started_at__gt=at + SKEW)
    claimed = TickRun.objects.filter(new, free, name=tick.name)
    if claimed.update(slot=slot, started_at=at, finished_at=None):
        return True
    if TickRun.objects.filter(name=tick.name).exists():
        return False
    first = TickRun(name=tick.name, slot=slot - timedelta(days=2))
    TickRun.objects.bulk_create([first], ignore_conflicts=True)
    return bool(claimed.update(slot=slot, started_at=at, finished_at=None))


def _run(tick: Tick, at: datetime) -> TickResult:
    reason = ""
    try:
        tick.run(at)
    except Exception as error:
        logger.exception("tick %s failed", tick.name)
        reason = f"{type(error).__name__}: {error}"[:2000].replace("\x00", "")
    with transaction.atomic():
        mine = TickRun.objects.filter(name=tick.name, slot=tick.slot(at))
        mine.update(finished_at=clock.now(), reason=reason)
    return TickResult(tick.name, reason)
