"""Every type: what people type, what is stored, what comes back."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.documents.domain.computing import AS_IS
from bihuan.documents.domain.definition import FieldDefinition, FieldType, FormDefinition
from bihuan.documents.domain.parsing import parse_form
from bihuan.documents.domain.reading import ReadError, credit_code, read_value
from bihuan.documents.domain.values import canonical, from_json, load, read_form, to_json
from bihuan.kernel.clock import TZ
from bihuan.kernel.period import Period, PeriodKind

CHOICES = {"options": ["甲", {"value": "乙", "label": "第二"}]}


def field(kind: str, **more: Any) -> FieldDefinition:
    form = parse_form(
        {
            "code": "F-1",
            "key": "f",
            "name": "单",
            "fields": [{"key": "x", "label": "项", "type": kind, **more}],
        }
    )
    return form.fields[0]


def read(kind: str, raw: Any, **more: Any) -> Any:
    return read_value(field(kind, **more), raw, AS_IS)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("text", "  甲\x00方 ", "甲方"),
        ("longtext", "一\r\n二", "一\n二"),
        ("int", "１,２３４", 1234),
        ("int", "3万", 30_000),
        ("decimal", "0.123456", Decimal("0.1235")),
        ("money", "1,234.565", Decimal("1234.57")),
        ("money", "￥１．２万元", Decimal("12000.00")),
        ("money", "-0.001", Decimal("0.00")),
        ("money", Decimal("5"), Decimal("5.00")),
        ("percent", "12.5%", Decimal("12.50")),
        ("bool", "是", True),
        ("bool", "false", False),
        ("date", "2026年3月5日", date(2026, 3, 5)),
        ("date", "2026/3/5", date(2026, 3, 5)),
        ("date", "20260305", date(2026, 3, 5)),
        ("datetime", "2026-03-05T09:30", datetime(2026, 3, 5, 9, 30, tzinfo=TZ)),
        ("datetime", "2026年3月5日 9时30分", datetime(2026, 3, 5, 9, 30, tzinfo=TZ)),
        ("datetime", "2026-03-05T01:30:59+00:00", datetime(2026, 3, 5, 9, 30, tzinfo=TZ)),
        ("month", "2026年3月", Period.parse("2026-03")),
        ("period", "2026年第四季", None),
        ("period", "2026年第4季度", Period.parse("2026-Q4")),
        ("period", "2026年下半年", Period.parse("2026-H2")),
        ("period", "2026-w47", Period.parse("2026-W47")),
        ("phone", "138 1234 5678", "13812345678"),
        ("phone", "+86-138-1234-5678", None),
        ("phone", "０１０-12345678", "010-12345678"),
        ("rating", "5", 5),
        ("rating", "6", None),
        (
            "daterange",
            {"start": "2026-3-1", "end": "2026-3-9"},
            {"start": date(2026, 3, 1), "end": date(2026, 3, 9)},
        ),
        ("daterange", {"start": "2026-3-1", "end": ""}, None),
        ("json", '{"a": [1]}', {"a": [1]}),
        ("json", "{", None),
        ("money", "十万", None),
        ("money", "1e99", None),
        ("money", "12,34", None),
        ("int", "1.5", None),
        ("date", "2026-02-30", None),
        ("bool", "也许", None),
        ("secret", "x", None),
    ],
)
def test_what_people_type(kind: str, raw: Any, value: Any) -> None:
    if value is None:
        with pytest.raises(ReadError):
            read(kind, raw)
    else:
        assert read(kind, raw) == value


def test_options_go_by_value_or_label() -> None:
    assert read("enum", "第二", **CHOICES) == "乙"
    assert read("multi", "甲、第二，甲", **CHOICES) == ["甲", "乙"]
    with pytest.raises(ReadError, match="丙"):
        read("multi", ["甲", "丙"], **CHOICES)


def test_the_check_digit_of_a_credit_code() -> None:
    assert credit_code("９１３５０１００Ｍ０００１００Ｙ４３") == "91350100M000100Y43"
    with pytest.raises(ReadError, match="校验位"):
        credit_code("91350100M000100Y44")


MONEY = st.decimals("-999999999999.99", "999999999999.99", places=2)
DAYS = st.dates(date(1992, 1, 1), date(2100, 1, 1))
MOMENTS = st.builds(
    lambda day, minute: datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=TZ),
    DAYS, st.integers(0, 1439),
)  # fmt: skip
PROSE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"))).filter(bool)
RECORD = st.fixed_dictionaries(
    {"id": st.integers(1, 10**9), "number": PROSE, "title": PROSE, "version": st.integers(0, 9)}
)
KEPT = st.fixed_dictionaries(
    {"id": st.integers(1, 10**9), "name": PROSE, "sha256": PROSE, "size": st.integers(0)}
)
VALUES: dict[FieldType, tuple[dict[str, Any], st.SearchStrategy[Any]]] = {
    FieldType.TEXT: ({}, PROSE),
    FieldType.LONGTEXT: ({}, PROSE),
    FieldType.REGION: ({}, PROSE),
    FieldType.SIGNATURE: ({}, PROSE),
    FieldType.INT: ({}, st.integers(-(10**12), 10**12)),
    FieldType.DECIMAL: ({}, st.decimals("-99999999", "99999999", places=4)),
    FieldType.MONEY: ({}, MONEY),
    FieldType.PERCENT: ({}, st.decimals(0, 100, places=2)),
    FieldType.BOOL: ({}, st.booleans()),
    FieldType.DATE: ({}, DAYS),
    FieldType.DATETIME: ({}, MOMENTS),
    FieldType.MONTH: ({}, DAYS.map(lambda day: Period.of(day, "month"))),
    FieldType.PERIOD: ({}, st.builds(Period.of, DAYS, st.sampled_from(PeriodKind))),
    FieldType.DATERANGE: ({}, st.fixed_dictionaries({"start": DAYS, "end": DAYS})),
    FieldType.DATETIMERANGE: ({}, st.fixed_dictionaries({"start": MOMENTS, "end": MOMENTS})),
    FieldType.ENUM: (CHOICES, st.sampled_from(["甲", "乙"])),
    FieldType.MULTI: (CHOICES, st.lists(st.sampled_from(["甲", "乙"]), min_size=1, unique=True)),
    FieldType.USER: ({}, st.integers(1, 10**9)),
    FieldType.UNIT: ({}, st.integers(1, 10**9)),
    FieldType.SLOT: ({}, st.sampled_from(["mkt_mgr", "gm"])),
    FieldType.REF: ({"many": True}, st.lists(RECORD, min_size=1, unique_by=lambda one: one["id"])),
    FieldType.FILE: ({}, KEPT),
    FieldType.IMAGE: ({"many": True}, st.lists(KEPT, min_size=1, unique_by=lambda one: one["id"])),
    FieldType.RATING: ({}, st.integers(1, 5)),
    FieldType.PHONE: ({}, st.integers(13 * 10**9, 20 * 10**9 - 1).map(str)),
    FieldType.APPROVAL: ({}, st.fixed_dictionaries({"result": PROSE, "opinion": PROSE})),
    FieldType.JSON: ({}, st.fixed_dictionaries({"a": st.lists(st.integers(), min_size=1)})),
    FieldType.TABLE: (
        {"columns": [{"key": "when", "label": "日", "type": "date"}, {"key": "sum", "label": "额", "type": "money"}]},
        st.lists(st.fixed_dictionaries({"when": DAYS, "sum": MONEY}), min_size=1),
    ),
}  # fmt: skip


FORMS = {
    kind: FormDefinition(code="F-1", key="f", name="单", fields=(field(kind.value, **more),))
    for kind, (more, _) in VALUES.items()
}


def test_every_type_is_tried() -> None:
    assert set(FieldType) - set(VALUES) == {FieldType.VIEW, FieldType.SECRET}


@pytest.mark.parametrize("kind", VALUES)
def test_stored_values_come_back_as_they_were(kind: FieldType) -> None:
    form = FORMS[kind]

    @settings(max_examples=40, deadline=None)
    @given(VALUES[kind][1])
    def round_trip(value: Any) -> None:
        stored = to_json(form, {"x": value})
        text = canonical(stored)
        assert not any(isinstance(one, float) for one in _leaves(stored))
        assert from_json(form, json.loads(text))["x"] == value
        again = read_form(form, json.loads(text), AS_IS)
        assert again.wrong == {}
        assert canonical(to_json(form, again.values)) == text

    round_trip()


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [value]


def test_empty_is_none_or_an_empty_list() -> None:
    assert load(field("money"), None) is None
    assert load(field("multi", **CHOICES), None) == []
    assert read("user", "", many=True) == []


@given(st.text(max_size=60) | st.integers() | st.lists(st.text(max_size=5), max_size=3) | st.none())
def test_no_input_breaks_a_reader(raw: Any) -> None:
    for form in FORMS.values():
        reading = read_form(form, {"x": raw}, AS_IS)
        assert set(reading.wrong) == set(reading.unread)
