"""Moments: `doc.time.start - 3wd` (formats.md, "Time")."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bihuan.kernel.calendar import DayKind, WorkCalendar
from bihuan.kernel.clock import TZ
from bihuan.kit.expr import RANGE, ExprError, parse_moment

CALENDAR = WorkCalendar("cn", {date(2026, 2, 28): DayKind.WORK})


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=TZ)


ARRIVED = at("2026-03-02T10:00")
ROOTS = {
    "doc": {
        "time": {"start": at("2026-03-12T14:00"), "end": at("2026-03-13T18:00")},
        "due": None,
        "text": "2026-03-20",
        "n": 3,
        "key_dates": [
            {"event": "开标", "at": at("2026-04-01T09:30")},
            {"event": "截标", "at": at("2026-03-30T17:00")},
        ],
    },
    "case": {"date": date(2026, 3, 26)},
}


@pytest.mark.parametrize(
    ("source", "due"),
    [
        ("5wd", "2026-03-09T18:00"),
        ("2d 30min", "2026-03-04T10:30"),
        ("doc.time.end", "2026-03-13T18:00"),
        ("=doc.time.end", "2026-03-13T18:00"),
        ("doc.time.start - 3wd", "2026-03-09T18:00"),
        ("doc.time.end + 5wd", "2026-03-20T18:00"),
        ("doc.time.start - 3d", "2026-03-09T14:00"),
        ("doc.time.start - 4wh", "2026-03-12T09:00"),
        ("doc.time.start + 1d 30min", "2026-03-13T14:30"),
        ("case.date", "2026-03-27T00:00"),
        ("case.date + 35d", "2026-05-01T00:00"),
        ("case.date - 1wd", "2026-03-25T18:00"),
        ("case.date - 4wh", "2026-03-26T14:00"),
        ("doc.text", "2026-03-21T00:00"),
        ("2026-03-20", "2026-03-21T00:00"),
        ("2026-03-20T09:00 - 1h", "2026-03-20T08:00"),
        ("max(k.at for k in doc.key_dates if k.event == '截标') - 5wd", "2026-03-23T18:00"),
        ("doc.due", None),
        ("doc.due - 3wd", None),
        ("doc.due.start + 1d", None),
    ],
)
def test_moment(source, due):
    assert parse_moment(source).at(ROOTS, ARRIVED, CALENDAR) == (due and at(due))


@pytest.mark.parametrize(
    ("source", "waits_until"),
    [
        ("case.date", "2026-03-26T00:00"),
        ("case.date + 35d", "2026-04-30T00:00"),
        ("case.date + 2h", "2026-03-26T02:00"),
        ("case.date - 1wd", "2026-03-25T18:00"),
        ("doc.time.start", "2026-03-12T14:00"),
    ],
)
def test_a_wait_begins_with_the_day(source, waits_until):
    assert parse_moment(source).at(ROOTS, ARRIVED, CALENDAR, edge="start") == at(waits_until)


def test_names_and_unknown_ones():
    moment = parse_moment("doc.time.start - 3wd")
    assert moment.names == {"doc.time.start"}
    assert moment.refuse_unknown({"doc": {"time": RANGE}}) == []
    assert moment.refuse_unknown({"doc": {}}) == ["没有名称doc.time"]
    assert parse_moment("5wd").names == frozenset()
    assert parse_moment("5wd").refuse_unknown({}) == []


@pytest.mark.parametrize(
    "bad", ["", "=", "5", "5 wd", "doc.x - 3wd 2h", "doc.x ** 2", "3wd + 2wd", "- 3wd", "x" * 501]
)
def test_refused(bad):
    with pytest.raises(ExprError):
        parse_moment(bad).at(ROOTS, ARRIVED, CALENDAR)


@pytest.mark.parametrize(
    "source", ["doc.n", "doc.n + 3d", "doc.time", "'soon'", "9999-12-31", "9999-12-01 + 99d"]
)
def test_what_is_no_date(source):
    with pytest.raises(ExprError):
        parse_moment(source).at(ROOTS, ARRIVED, CALENDAR)
