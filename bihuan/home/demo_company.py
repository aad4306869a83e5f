"""What the demo's story needs beside people's acts: its books, what opened by itself, and values as raw input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from bihuan.documents import public as documents
from bihuan.home.demo_chain import OPENED, Step
from bihuan.home.demo_files import content_of
from bihuan.home.demo_reports import BUDGET
from bihuan.kernel.actor import SYSTEM, Actor
from bihuan.kernel.calendar import WorkCalendar
from bihuan.kernel.period import Period
from bihuan.kit import files
from bihuan.ledger.public import open_ledger
from bihuan.org import public as org
from bihuan.process import public as process

_NAMES = {"SC-004": "monthly", "SC-D03": "production"}
DUE_ON, AHEAD = 26, 5
"""Day of the month a sales plan is due, and how many working days before it is opened (R-102)."""


def open_books(at: datetime) -> None:
    """The department's budget of this year and the next, and the finance manager's view of the ledger."""
    company = org.Unit.objects.filter(kind="company").order_by("id")[0]
    department = next((seat.position.unit for seat in org.holders("mkt_mgr", company.pk, at)), None)
    register = process.register_of("budget")
    if department is None or register is None:
        return
    for year in (at.year, at.year + 1):
        source = process.Source(
            company=company.pk, unit=department.pk, case=None, document=None, version=None, node="",
            number=f"{year}年度预算", title="", secrecy=1, period=f"{year}-01",
        )  # fmt: skip
        lines = [{"subject": subject, "total": amount} for subject, amount in BUDGET]
        post = process.Post(0, "plan", str(year), {"lines": lines}, source)
        register.post(post, by=SYSTEM, at=at)
    for seat in org.holders("fin_mgr", company.pk, at):
        open_ledger(position=seat.position, company=company, why="财务核算", by=SYSTEM, at=at)


def months(first: date, last: date, calendar: WorkCalendar) -> Iterator[tuple[str, date, bool]]:
    """The monthly sales plans between two days: period, day of opening, and whether it is the last."""
    found = []
    month = Period.of(first, "month")
    while month.start <= last:
        due = calendar.shift(month.start.replace(day=DUE_ON), "previous_workday")
        opening = calendar.add_workdays(due, -AHEAD)
        if first < opening < last:
            found.append((month.next().code, opening))
        month = month.next()
    for period, opening in found:
        yield period, opening, period == found[-1][0]


def find_opened(world: process.World, plans: Mapping[int, int]) -> None:
    """Give the cases that others or the calendar have opened since their names."""
    for place, number in plans.items():
        if f"plan{place}" not in world.cases:
            world.cases[f"plan{place}"] = process.Case.objects.get(pk=number)
    for alias, (opener, code) in OPENED.items():
        if alias not in world.cases and opener in world.cases:
            opened = process.Case.objects.filter(opener=world.cases[opener], process_code=code).first()
            if opened is not None:
                world.cases[alias] = opened
    for case in process.Case.objects.filter(process_code__in=_NAMES).select_related("opener"):
        period = case.opener.period if case.opener is not None else case.period
        if period:
            world.cases.setdefault(f"{_NAMES[case.process_code]}-{case.opened_by}-{period}", case)


def raw_body(step: Step, by: Actor, at: datetime) -> dict[str, Any]:
    """The step with its files kept."""
    kept = {
        key: [documents.file_value(files.keep(content_of(name), name=name, by=by, at=at))]
        for key, name in step.files.items()
    }
    return {**step.body, "set": {**step.body.get("set", {}), **kept}} if kept else dict(step.body)
