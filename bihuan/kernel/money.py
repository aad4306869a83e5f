"""Amounts in yuan: Decimal with two places, half up (forms.md, "Types")."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from bihuan.kernel.errors import Invalid, text

CENT = Decimal("0.01")
LIMIT = Decimal(10) ** 16  # capitals go up to 万亿; no firm's ledger comes near it
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def money(value: Decimal | int | str) -> Decimal:
    """`value` yuan as a Decimal with two places, half up; raises Invalid if it is not a number.

    Floats are refused by type: they cannot hold cents exactly.
    """
    try:
        amount = Decimal(value)
        if not amount.is_finite() or abs(amount) >= LIMIT:
            raise Invalid(text("金额超出范围：{value}"), value=value)
        return amount.quantize(CENT, rounding=ROUND_HALF_UP) + 0  # + 0: no negative zero
    except (InvalidOperation, TypeError, ValueError):
        raise Invalid(text("不是金额：{value}"), value=value) from None


def show(amount: Decimal | int | str) -> str:
    """The amount as people read it: ¥1,234.56 (rules.md §29)."""
    value = money(amount)
    return f"{'-' if value < 0 else ''}¥{abs(value):,.2f}"


def capitals(amount: Decimal | int | str) -> str:
    """The amount in Chinese capitals as contracts need it (rules.md §29): 壹仟贰佰叁拾肆元伍角陆分."""
    value = money(amount)
    cents = int(abs(value) * 100)
    yuan, (jiao, fen) = cents // 100, divmod(cents % 100, 10)
    return ("负" if value < 0 else "") + _yuan(yuan, bare=cents > 0) + _small(yuan, jiao, fen)


def _yuan(yuan: int, *, bare: bool) -> str:
    """The whole yuan with 元; nothing where only jiao and fen are left (`bare`)."""
    if yuan == 0:
        return "" if bare else "零元"
    return _whole(yuan) + "元"


def _small(yuan: int, jiao: int, fen: int) -> str:
    """Jiao and fen, with 整 after a round sum and 零 for a missing jiao between yuan and fen."""
    if not fen:
        return f"{_DIGITS[jiao]}角整" if jiao else "整"
    middle = f"{_DIGITS[jiao]}角" if jiao else "零" if yuan else ""
    return f"{middle}{_DIGITS[fen]}分"


def _whole(number: int) -> str:
    """A whole number in groups of four digits; one 零 for any run of zeros that is followed by digits."""
    groups: list[int] = []
    while number:
        number, rest = divmod(number, 10_000)
        groups.append(rest)
    result = ""
    gap = False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            gap = bool(result)
            continue
        # a group below 1000 leaves its leading zero places to be read as one 零
        if result and (gap or group < 1000):
            result += "零"
        result += _four(group) + _unit(place, groups)
        gap = False
    return result


def _unit(place: int, groups: list[int]) -> str:
    """万, 亿 … after a group; 万亿 keeps its 亿 only where the 亿 group is empty."""
    if place == 3 and groups[2]:
        return "万"
    return _GROUPS[place]


def _four(group: int) -> str:
    """1 to 9999 in capitals."""
    result = ""
    gap = False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if not digit:
            gap = bool(result)
            continue
        result += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return result
