"""Work the clock starts."""

from __future__ import annotations

from datetime import datetime

from bihuan.kernel.errors import text
from bihuan.kit.jobs import every
from bihuan.process.services import timers


def register() -> None:
    """Ring alarms and timers every minute."""
    every("minute", text("到期提醒、超时和定时步骤"))(ring)


def ring(at: datetime) -> None:
    """Reminders, late marks, escalations and timers that are due (rules.md §14)."""
    while timers.ring_alarms(at):
        pass
