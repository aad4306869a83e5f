from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.kernel.calendar import DayKind, WorkCalendar
from bihuan.kernel.clock import TZ
from bihuan.kernel.errors import Invalid
from bihuan.kernel.moments import Schedule, parse_span
from bihuan.kernel.tests.test_calendar import CN, DAYS

DAY_26 = "01-26 02-26 03-26 04-24 05-26 06-26 07-24 08-26 09-24 10-26 11-26 12-25"


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=TZ)


@pytest.mark.parametrize(
    ("span", "arrived", "due"),
    [
        ("5wd", "2026-03-02T09:00", "2026-03-09T18:00"),
        ("1wd", "2026-03-02T23:59", "2026-03-03T18:00"),
        ("2wd", "2026-02-13T10:00", "2026-02-24T18:00"),
        ("1wd", "2026-03-07T10:00", "2026-03-09T18:00"),
        ("0wd", "2026-03-02T10:00", "2026-03-02T18:00"),
        ("0wd", "2026-03-07T10:00", "2026-03-09T18:00"),
        ("4wh", "2026-03-02T16:00", "2026-03-03T11:00"),
        ("2d 30min", "2026-03-06T17:00", "2026-03-08T17:30"),
        ("24h", "2026-03-06T17:00", "2026-03-07T17:00"),
        ("1w", "2026-03-06T17:00", "2026-03-13T17:00"),
        ("0d", "2026-03-06T17:00", "2026-03-07T00:00"),
    ],
)
def test_span_after(cn, span, arrived, due):
    assert parse_span(span).after(at(arrived), cn) == at(due)


@pytest.mark.parametrize(
    ("span", "moment", "found"),
    [
        ("3wd", "2026-03-05T14:00", "2026-03-02T18:00"),
        ("4wh", "2026-03-02T10:00", "2026-02-28T15:00"),
        ("2d 30min", "2026-03-08T17:30", "2026-03-06T17:00"),
    ],
)
def test_span_before(cn, span, moment, found):
    assert parse_span(span).before(at(moment), cn) == at(found)


def test_daily_calendar_counts_every_day(daily):
    assert parse_span("2wd").after(at("2026-03-06T10:00"), daily) == at("2026-03-08T18:00")


@pytest.mark.parametrize(
    "bad", ["", "5", "wd", "5 wd", "-1wd", "1wd 2h", "2wh 1wd", "5m", "99999d", "1d,2h", "5wdx", "٥d"]
)
def test_span_refuses(bad):
    with pytest.raises(Invalid):
        parse_span(bad)


@given(DAYS, st.integers(1, 100))
def test_working_day_spans_end_at_six_of_a_workday(day, number):
    due = parse_span(f"{number}wd").after(datetime(day.year, day.month, day.day, 23, tzinfo=TZ), CN)
    assert CN.is_workday(due.date())
    assert due.hour == 18
    assert CN.add_workdays(day, number) == due.date()


def dates(schedule: dict, start: str, number: int, calendar) -> list[str]:
    found = Schedule.parse(schedule).occurrences(date.fromisoformat(start), calendar)
    return [one.on.strftime("%m-%d") for one in islice(found, number)]


def test_day_26_moves_to_the_working_day_before(cn):
    """rules.md §15, the Day-26 table of 2026."""
    found = dates({"monthly": 26, "shift": "previous_workday"}, "2026-01-01", 12, cn)
    assert " ".join(found) == DAY_26


def test_day_26_dates_one_after_the_other(cn):
    schedule = Schedule.parse({"monthly": 26, "shift": "previous_workday"})
    day, found = date(2025, 12, 31), []
    for _ in range(12):
        day = schedule.next(day, cn)
        found.append(day.strftime("%m-%d"))
    assert " ".join(found) == DAY_26


def test_monthly_volumes_are_due_on_the_last_working_day(cn):
    """rules.md §15: the inner target before the 1st."""
    found = dates({"monthly": "-1wd"}, "2026-01-01", 12, cn)
    assert " ".join(found) == "01-30 02-28 03-31 04-30 05-29 06-30 07-31 08-31 09-30 10-30 11-30 12-31"


@pytest.mark.parametrize(
    ("schedule", "start", "found"),
    [
        ({"weekly": "mon"}, "2026-03-02", ["03-02", "03-09"]),
        ({"weekly": "fri"}, "2026-03-07", ["03-13", "03-20"]),
        ({"weekly": "fri", "shift": "next_workday"}, "2026-02-14", ["02-24", "02-27"]),
        ({"monthly": 31}, "2026-01-01", ["01-31", "02-28", "03-31", "04-30"]),
        ({"monthly": "5wd"}, "2026-02-01", ["02-06", "03-06"]),
        ({"monthly": "-1d"}, "2026-02-01", ["02-28", "03-31"]),
        ({"monthly": "-2d"}, "2026-02-01", ["02-27", "03-30"]),
        ({"monthly": "-3wd"}, "2026-02-01", ["02-26", "03-27"]),
        ({"monthly": 1, "shift": "previous_workday"}, "2026-02-01", ["02-28", "04-01", "04-30"]),
        ({"monthly": 28, "shift": "next_workday"}, "2026-03-29", ["03-30", "04-28"]),
        ({"quarterly": "10wd"}, "2026-01-01", ["01-15", "04-15"]),
        ({"quarterly": "-10wd"}, "2026-01-01", ["03-18", "06-16"]),
        ({"quarterly": "3-25"}, "2026-01-01", ["03-25", "06-25", "09-25", "12-25"]),
        ({"half_yearly": "1-10"}, "2026-01-01", ["01-10", "07-10"]),
        ({"half_yearly": "6-31"}, "2026-01-01", ["06-30", "12-31"]),
        ({"yearly": "02-28"}, "2026-03-01", ["02-28"]),
        ({"yearly": "2-30"}, "2026-01-01", ["02-28"]),
        ({"yearly": 60}, "2026-01-01", ["03-01"]),
        ({"daily": "18:00"}, "2026-02-13", ["02-13", "02-14", "02-24"]),
        ({"monthly": 31, "shift": "next_workday"}, "2026-02-01", ["02-02", "02-28"]),
        ({"monthly": "31wd"}, "2026-03-01", ["03-31"]),
        ({"monthly": "-31wd"}, "2026-03-01", ["03-02"]),
    ],
)
def test_schedules(cn, schedule, start, found):
    assert dates(schedule, start, len(found), cn) == found


def test_dates_that_a_long_holiday_puts_together_come_once():
    closed = {date(2026, 3, 1) + timedelta(days=n): DayKind.OFF for n in range(20)}
    calendar = WorkCalendar("closed", closed)
    after = dates({"weekly": "mon", "shift": "next_workday"}, "2026-03-01", 3, calendar)
    assert after == ["03-23", "03-30", "04-06"]
    before = dates({"weekly": "mon", "shift": "previous_workday"}, "2026-02-20", 3, calendar)
    assert before == ["02-23", "02-27", "03-23"]


def test_daily_runs_every_day_in_a_shop(daily):
    assert dates({"daily": "9:00"}, "2026-02-14", 3, daily) == ["02-14", "02-15", "02-16"]


def test_the_period_is_that_of_the_date_before_its_shift(cn):
    schedule = Schedule.parse({"monthly": 1, "shift": "previous_workday"})
    found = next(schedule.occurrences(date(2026, 1, 20), cn))
    assert (str(found.on), found.period.code) == ("2026-01-30", "2026-02")


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"monthly": 26, "weekly": "mon"},
        {"monthly": 26, "shfit": "next_workday"},
        {"monthly": 26, "shift": "sideways"},
        {"monthly": 0},
        {"monthly": -1},
        {"monthly": 32},
        {"monthly": "2-3"},
        {"quarterly": "4-1"},
        {"yearly": "13-1"},
        {"yearly": "1-32"},
        {"weekly": "monday"},
        {"daily": "25:00"},
        {"daily": 5},
        {"monthly": None},
    ],
)
def test_schedule_refuses(bad):
    with pytest.raises(Invalid):
        Schedule.parse(bad)


def test_next_moment(cn):
    evening = Schedule.parse({"daily": "18:00"})
    assert evening.next_moment(at("2026-03-02T09:00"), cn) == at("2026-03-02T18:00")
    assert evening.next_moment(at("2026-03-02T18:00"), cn) == at("2026-03-03T18:00")
    monthly = Schedule.parse({"monthly": 26, "shift": "previous_workday"})
    assert monthly.next_moment(at("2026-04-24T10:00"), cn) == at("2026-04-25T00:00")
    assert monthly.next_moment(at("2026-04-24T10:00"), cn, edge="start") == at("2026-05-26T00:00")


def test_openings_ahead_of_the_date(cn):
    schedule = Schedule.parse({"monthly": 26, "shift": "previous_workday"})
    found = list(schedule.openings(at("2026-04-01T00:00"), at("2026-05-19T09:00"), cn, parse_span("5wd")))
    assert [(opens, one.on, one.period.code) for opens, one in found] == [
        (at("2026-04-17T09:00"), date(2026, 4, 24), "2026-04"),
        (at("2026-05-19T09:00"), date(2026, 5, 26), "2026-05"),
    ]
    # what has opened does not open again
    assert (
        list(schedule.openings(at("2026-05-19T09:00"), at("2026-06-01T00:00"), cn, parse_span("5wd"))) == []
    )


def test_daily_opens_at_its_time(cn):
    opened = Schedule.parse({"daily": "17:00"}).openings(at("2026-03-06T17:00"), at("2026-03-09T17:00"), cn)
    assert [opens for opens, _ in opened] == [at("2026-03-09T17:00")]


SCHEDULES = st.one_of(
    st.builds(lambda day: {"weekly": day}, st.sampled_from(["mon", "sat", "sun"])),
    st.builds(
        lambda unit, day: {unit: day},
        st.sampled_from(["monthly", "quarterly", "half_yearly", "yearly"]),
        st.one_of(
            st.integers(1, 31), st.builds("{}wd".format, st.integers(-20, 20).filter(bool)), st.just("-1d")
        ),
    ),
)


@given(SCHEDULES, st.sampled_from(["none", "previous_workday", "next_workday"]), DAYS)
def test_next_is_later_and_leaves_nothing_out(written, shift, day):
    schedule = Schedule.parse({**written, "shift": shift})
    following = schedule.next(day, CN)
    assert following > day
    assert shift == "none" or CN.is_workday(following)
    assert schedule.next(day + (following - day) // 2, CN) == following
