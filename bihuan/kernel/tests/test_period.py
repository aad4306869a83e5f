from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.kernel.errors import Invalid
from bihuan.kernel.keep import PERMANENT, Keep
from bihuan.kernel.period import Period, PeriodKind

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
KINDS = st.sampled_from(PeriodKind)


@pytest.mark.parametrize(
    ("code", "kind", "start", "end"),
    [
        ("2026", "year", "2026-01-01", "2026-12-31"),
        ("2026-H2", "half_year", "2026-07-01", "2026-12-31"),
        ("2026-Q4", "quarter", "2026-10-01", "2026-12-31"),
        ("2028-02", "month", "2028-02-01", "2028-02-29"),
        ("2026-W47", "week", "2026-11-16", "2026-11-22"),
        ("2026-W01", "week", "2025-12-29", "2026-01-04"),
    ],
)
def test_parse(code, kind, start, end):
    period = Period.parse(code)
    assert (period.kind, period.start.isoformat(), period.end.isoformat()) == (kind, start, end)
    assert str(period) == period.code == code


@pytest.mark.parametrize(
    "bad", ["", "26", "2026-Q5", "2026-13", "2026-00", "2026-W54", "2025-W53", "2026-1", "0000"]
)
def test_parse_refuses(bad):
    with pytest.raises(Invalid):
        Period.parse(bad)


@given(DAYS, KINDS)
def test_a_period_holds_its_day_and_comes_back_from_its_code(day, kind):
    period = Period.of(day, kind)
    assert day in period
    assert Period.parse(period.code) == period


@given(DAYS, KINDS)
def test_periods_join_without_gap(day, kind):
    period = Period.of(day, kind)
    assert period.next().previous() == period == period.previous().next()
    assert (period.next().start - period.end).days == 1


def test_year_turn():
    assert Period.parse("2026-Q4").next().code == "2027-Q1"
    assert Period.parse("2026-W01").previous().code == "2025-W52"


@pytest.mark.parametrize(
    ("keep", "until"),
    [("10y", "2038-02-28"), ("4y", "2032-02-29"), ("24m", "2030-02-28"), ("90d", "2028-05-29")],
)
def test_keep(keep, until):
    assert str(Keep.parse(keep).until(date(2028, 2, 29))) == until


def test_keep_for_ever():
    assert Keep.parse("permanent") == PERMANENT
    assert PERMANENT.until(date(2026, 1, 1)) is None
    assert Keep.parse("9999y").until(date(2026, 1, 1)) is None


@pytest.mark.parametrize("bad", ["", "10", "0y", "y", "长期", "-1y", "10y "])
def test_keep_refuses(bad):
    with pytest.raises(Invalid):
        Keep.parse(bad)
