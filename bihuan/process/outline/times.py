"""Schedules as outlines write them (formats.md, "Schedule"): syntax only."""

from __future__ import annotations

import re
from typing import Any

from bihuan.process.outline.problems import ShapeError

_DAY = re.compile(r"-?\d{1,2}(?:wd|d)?\Z|\d{1,2}-\d{1,2}\Z")
_CLOCK = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d\Z")

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHIFTS = ("previous_workday", "next_workday", "none")
CYCLES = ("daily", "weekly", "monthly", "quarterly", "half_yearly", "yearly")


def check_schedule(value: dict[str, Any]) -> dict[str, Any]:
    """A schedule names exactly one cycle with a fitting day or hour, and maybe a shift.

    Raises ShapeError otherwise.
    """
    cycles = [key for key in value if key in CYCLES]
    unknown = [key for key in value if key not in (*CYCLES, "shift")]
    if unknown:
        raise ShapeError("时间表里不认识的键 {key}", key=unknown[0], at=(unknown[0],))
    if len(cycles) != 1:
        raise ShapeError("时间表须恰有一个周期({cycles})", cycles="、".join(CYCLES))
    cycle, when = cycles[0], str(value[cycles[0]])
    fits = {"daily": bool(_CLOCK.match(when)), "weekly": when in WEEKDAYS}.get(cycle, bool(_DAY.match(when)))
    if not fits:
        raise ShapeError("{value} 不是 {cycle} 的日子", value=when, cycle=cycle, at=(cycle,))
    shift = value.get("shift", "none")
    if shift not in SHIFTS and not str(shift).startswith("="):
        raise ShapeError("{value} 不是可用的顺延方式", value=shift, at=("shift",))
    return value
