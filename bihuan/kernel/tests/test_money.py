from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.kernel.errors import Invalid
from bihuan.kernel.money import LIMIT, capitals, money, show

AMOUNTS = st.decimals(min_value=-(LIMIT - 1), max_value=LIMIT - 1, places=2)


@pytest.mark.parametrize(
    ("given_", "cents"),
    [("0.005", "0.01"), ("-0.005", "-0.01"), ("2.675", "2.68"), (3, "3.00"), ("1e3", "1000.00")],
)
def test_money_rounds_half_up(given_, cents):
    assert str(money(given_)) == cents


def test_money_has_no_negative_zero():
    assert str(money("-0.004")) == "0.00"


@pytest.mark.parametrize("bad", ["", "abc", "NaN", "Infinity", "1e16", "-1e400", None])
def test_money_refuses(bad):
    with pytest.raises(Invalid):
        money(bad)


@pytest.mark.parametrize(
    ("amount", "shown"), [("1234.56", "¥1,234.56"), ("-0.5", "-¥0.50"), (10_000_000, "¥10,000,000.00")]
)
def test_show(amount, shown):
    assert show(amount) == shown


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("1234.56", "壹仟贰佰叁拾肆元伍角陆分"),
        ("1000", "壹仟元整"),
        ("10005.00", "壹万零伍元整"),
        ("0", "零元整"),
        ("0.50", "伍角整"),
        ("0.05", "伍分"),
        ("1.05", "壹元零伍分"),
        ("10.50", "壹拾元伍角整"),
        ("1010.01", "壹仟零壹拾元零壹分"),
        ("10500", "壹万零伍佰元整"),
        ("120000", "壹拾贰万元整"),
        ("1000010000", "壹拾亿零壹万元整"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("1000100000000", "壹万零壹亿元整"),
        ("1000000010000", "壹万亿零壹万元整"),
        ("-3.20", "负叁元贰角整"),
    ],
)
def test_capitals(amount, written):
    assert capitals(amount) == written


@given(AMOUNTS)
def test_capitals_can_be_read_back(amount):
    assert _read(capitals(amount)) == money(amount)


@given(AMOUNTS)
def test_capitals_are_well_formed(amount):
    assert not re.search("零零|零$|.零元|零[万亿]|万万|整.", capitals(amount))


def _read(written: str) -> Decimal:
    """An independent reading of capitals: sections of ten thousand."""
    sign = -1 if written.startswith("负") else 1
    yuan, found, small = written.removeprefix("负").rpartition("元")
    total = _whole(yuan) if found else Decimal(0)
    for digit, unit in re.findall("([壹贰叁肆伍陆柒捌玖])([角分])", small):
        total += "零壹贰叁肆伍陆柒捌玖".index(digit) * Decimal("0.1" if unit == "角" else "0.01")
    return sign * total


def _whole(written: str) -> Decimal:
    if "亿" in written:
        high, _, low = written.rpartition("亿")
        return _whole(high) * 10**8 + _whole(low)
    if "万" in written:
        high, _, low = written.rpartition("万")
        return _whole(high) * 10**4 + _whole(low)
    units = {"仟": 1000, "佰": 100, "拾": 10, "": 1}
    parts = re.findall("([壹贰叁肆伍陆柒捌玖])([仟佰拾]?)", written)
    return Decimal(sum("零壹贰叁肆伍陆柒捌玖".index(digit) * units[unit] for digit, unit in parts))
