from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.kernel.calendar import DayKind, WorkCalendar, calendar_days
from bihuan.kernel.clock import TZ
from bihuan.kernel.errors import Invalid
from bihuan.kernel.tests.conftest import CSV

CN = WorkCalendar("cn", calendar_days(CSV.read_text(encoding="utf-8")))
DAYS = st.dates(date(2025, 6, 1), date(2027, 6, 1))
MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 1), timezones=st.just(TZ))  # noqa: DTZ001


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=TZ)


def test_the_shipped_calendar_is_that_of_the_notice():
    off = [day for day, kind in CN.days.items() if kind is DayKind.OFF]
    work = [day.strftime("%m-%d") for day, kind in CN.days.items() if kind is DayKind.WORK]
    assert len(off) == 3 + 9 + 3 + 5 + 3 + 3 + 7
    assert work == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-01-02", False),
        ("2026-01-04", True),
        ("2026-02-14", True),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-09-25", False),
        ("2026-10-10", True),
        ("2026-10-11", False),
        ("2026-11-21", False),
        ("2026-11-20", True),
    ],
)
def test_workdays(cn, day, worked):
    assert cn.is_workday(date.fromisoformat(day)) is worked


def test_a_year_without_data_has_weekends_only(cn, daily):
    assert cn.knows(2026)
    assert not cn.knows(2027)
    assert cn.is_workday(date(2027, 1, 1))  # 元旦, a Friday, not imported
    assert not cn.is_workday(date(2027, 1, 2))
    assert daily.knows(2027)
    assert daily.is_workday(date(2027, 1, 2))


def test_add_workdays_passes_the_spring_festival(cn):
    assert cn.add_workdays(date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert cn.add_workdays(date(2026, 2, 13), 2) == date(2026, 2, 24)
    assert cn.add_workdays(date(2026, 2, 24), -2) == date(2026, 2, 13)
    assert cn.add_workdays(date(2026, 2, 20), 0) == date(2026, 2, 20)


def test_shift(cn):
    assert cn.shift(date(2026, 2, 17), "previous_workday") == date(2026, 2, 14)
    assert cn.shift(date(2026, 2, 17), "next_workday") == date(2026, 2, 24)
    assert cn.shift(date(2026, 2, 17), "none") == date(2026, 2, 17)
    assert cn.shift(date(2026, 2, 24), "previous_workday") == date(2026, 2, 24)


@given(DAYS, st.integers(-300, 300))
def test_workdays_there_and_back(day, number):
    start = CN.shift(day, "next_workday")
    there = CN.add_workdays(start, number)
    assert CN.is_workday(there)
    assert CN.add_workdays(there, -number) == start
    between = (there - start).days
    step = 1 if between > 0 else -1
    assert abs(number) == sum(
        CN.is_workday(start + timedelta(days=n * step)) for n in range(1, abs(between) + 1)
    )


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-03-02T09:00", 240, "2026-03-02T14:00"),  # over lunch
        ("2026-03-02T09:00", 180, "2026-03-02T12:00"),
        ("2026-03-02T12:30", 60, "2026-03-02T14:00"),
        ("2026-03-02T17:30", 60, "2026-03-03T09:30"),
        ("2026-03-06T20:00", 1, "2026-03-09T09:01"),  # Friday night
        ("2026-02-14T17:00", 120, "2026-02-24T10:00"),  # over the Spring Festival
        ("2026-03-02T10:00", -120, "2026-02-28T17:00"),  # back to the make-up Saturday
        ("2026-03-02T03:00", 0, "2026-03-02T03:00"),
    ],
)
def test_add_working_minutes(cn, start, minutes, end):
    assert cn.add_working_minutes(at(start), minutes) == at(end)


@given(MOMENTS, st.integers(-20_000, 20_000))
def test_working_minutes_there_and_back(moment, minutes):
    there = CN.add_working_minutes(moment, minutes)
    # below a minute nothing is lost: the span between is exact
    assert CN.working_minutes(moment, there) == minutes
    assert CN.working_minutes(there, moment) == -minutes


@given(MOMENTS, MOMENTS, MOMENTS)
def test_working_minutes_add_up(a, b, c):
    a, b, c = (moment.replace(second=0, microsecond=0) for moment in (a, b, c))
    assert CN.working_minutes(a, b) + CN.working_minutes(b, c) == CN.working_minutes(a, c)


def test_a_day_has_eight_hours_and_ends_at_six(cn):
    day = date(2026, 3, 2)
    assert cn.working_minutes(at("2026-03-02T00:00"), at("2026-03-03T00:00")) == 8 * 60
    assert cn.start_of_day(day) == at("2026-03-02T09:00")
    assert cn.end_of_day(day) == at("2026-03-02T18:00")


def test_other_zones_are_converted(cn):
    assert cn.add_working_minutes(datetime.fromisoformat("2026-03-02T01:00+00:00"), 60) == at(
        "2026-03-02T10:00"
    )


def test_calendar_file_with_bom_and_spaces():
    days = calendar_days("\ufeffdate,type,name\r\n2027-01-01, off ,元旦\r\n")
    assert days == {date(2027, 1, 1): DayKind.OFF}


def test_calendar_file_errors_name_the_row():
    with pytest.raises(Invalid) as error:
        calendar_days(
            "date,type,name\n2027-01-01,off,a\n2027/1/2,off,b\n2027-01-03,free,c\n2027-01-01,work,d\n,,\n"
        )
    assert error.value.text() == "日历文件有4行错误"
    assert list(error.value.fields) == ["row 3", "row 4", "row 5", "row 6"]
    assert "2027/1/2" in error.value.fields["row 3"][0]
    assert "free" in error.value.fields["row 4"][0]
    assert "重复" in error.value.fields["row 5"][0]


def test_calendar_file_without_its_columns():
    with pytest.raises(Invalid, match="type、name"):
        calendar_days("date,kind\n2027-01-01,off\n")
