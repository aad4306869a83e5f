"""Number series: patterns of rules.md §16, periods, races, roll-backs."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from bihuan.kernel.clock import TZ
from bihuan.kernel.errors import Invalid
from bihuan.kit.numbering import NumberSeries, check_pattern, next_number
from bihuan.kit.numbering.pattern import fill

from .races import alone, shared_database, together

AT = datetime(2026, 11, 21, 9, 30, tzinfo=TZ)


@pytest.mark.parametrize(
    ("pattern", "parts", "expected"),
    [
        ("{dept}-{form}-{yyyymm}-{seq4}", {"dept": "SCB", "form": "F001"}, "SCB-F001-202611-0001"),
        ("{process}-{yyyy}-{seq5}", {"process": "SC-004"}, "SC-004-2026-00001"),
        ("HT-{type}-{yyyy}-{seq4}", {"type": "GG"}, "HT-GG-2026-0001"),
        ("{short}市〔{yyyy}〕{n}号", {"short": "宏远"}, "宏远市〔2026〕1号"),
        ("{type}-{yyyymmdd}-{seq3}", {"type": "LD"}, "LD-20261121-001"),
        ("DA-{year}-{cls}-{keep}-{seq4}", {"cls": "YX", "keep": "D10"}, "DA-2026-YX-D10-0001"),
    ],
)
@pytest.mark.django_db
def test_patterns(pattern, parts, expected):
    assert next_number("company:1", pattern, at=AT, **parts) == expected


@pytest.mark.django_db
def test_period_parts_and_scope_decide_the_series():
    def give(at=AT, scope="1", dept="A"):
        return next_number(scope, "{dept}-{yyyymm}-{seq4}", at=at, dept=dept)

    assert [give(), give()] == ["A-202611-0001", "A-202611-0002"]
    assert give(at=AT.replace(month=12)) == "A-202612-0001"
    assert give(dept="B") == "B-202611-0001"
    assert give(scope="2") == "A-202611-0001"
    assert give() == "A-202611-0003"
    assert next_number("1", "{dept}-{yyyymm}-{seq5}", at=AT, dept="A") == "A-202611-00004"


def test_new_year_begins_at_midnight_in_shanghai():
    assert fill("{yyyy}-{n}", datetime(2026, 12, 31, 16, 0, tzinfo=UTC), {}).number(1) == "2027-1"


@pytest.mark.django_db
def test_a_number_that_outgrows_its_width_keeps_its_digits():
    NumberSeries.objects.create(scope="1|A#", last=999)
    assert next_number("1", "A{seq3}", at=AT) == "A1000"


@pytest.mark.parametrize(
    "pattern", ["{dept}", "{seq4}{seq4}", "{what}-{seq4}", "{seq4", "{dept.x}-{n}", "{seq4:>9}"]
)
def test_bad_patterns(pattern):
    assert check_pattern(pattern, ["dept"])
    with pytest.raises(Invalid):
        fill(pattern, AT, {"dept": "A"})


@given(st.text(max_size=40))
def test_any_text_is_judged_without_an_error(pattern):
    if not check_pattern(pattern, []):
        assert fill(pattern, AT, {}).number(1)


def test_an_empty_part_is_refused():
    with pytest.raises(Invalid, match="没有值"):
        fill("{dept}-{n}", AT, {"dept": " "})


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_there_is_no_number():
    with pytest.raises(RuntimeError):
        next_number("1", "{n}", at=AT)


class GiveBackError(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_200_at_once_are_unique_and_gapless(tmp_path):
    """Trust B18; every fourth rolls back and leaves no gap."""

    def call(place):
        def give():
            with transaction.atomic():
                number = next_number("race", "{seq4}", at=AT)
                if place % 4 == 3:
                    raise GiveBackError
            return number

        return give

    with shared_database(tmp_path):
        numbers = []
        for start in range(0, 200, 20):
            results = together([call(place) for place in range(start, start + 20)])
            assert all(isinstance(one, str | GiveBackError) for one in results), results
            numbers += [one for one in results if isinstance(one, str)]
        last = alone(lambda: NumberSeries.objects.get(scope="race|#").last)
    assert sorted(numbers) == [f"{n:04d}" for n in range(1, 151)]
    assert last == 150


@pytest.mark.django_db(transaction=True)
def test_reading_first_and_writing_then_gives_doubles(tmp_path):
    """The twin: without the single statement (on SQLite: without the immediate transaction too)."""

    def naive():
        last = NumberSeries.objects.get(scope="twin").last
        time.sleep(0.01)
        NumberSeries.objects.filter(scope="twin").update(last=last + 1)
        return last + 1

    with shared_database(tmp_path):
        alone(lambda: NumberSeries.objects.create(scope="twin", last=0))
        numbers = together([naive] * 20)
    assert len(set(numbers)) < 20
