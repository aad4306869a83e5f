from __future__ import annotations

from pathlib import Path

import pytest

import bihuan
from bihuan.kernel.calendar import WorkCalendar, calendar_days

CSV = Path(bihuan.__file__).parents[1] / "packs/common/calendars/cn.csv"


@pytest.fixture(scope="session")
def cn() -> WorkCalendar:
    return WorkCalendar("cn", calendar_days(CSV.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def daily() -> WorkCalendar:
    return WorkCalendar("daily", {}, every_day=True)
