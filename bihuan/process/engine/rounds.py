"""When a step is decided, and how: pure functions over its seats (rules.md §27, R-015)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

from bihuan.process.engine.graph import Node
from bihuan.process.engine.state import Seat

PASS, REFUSE = "pass", "refuse"
AGREE, REFUSED, DONE = "agree", "refuse", "done"

_MODES = {
    "collect": "all",
    "all_sign": "all",
    "separate": "all",
    "any_sign": "any",
    "sequential": "sequential",
}
_WORK = frozenset({"fill", "do", "archive", "collect"})


def mode_of(rules: Mapping[str, Any]) -> str:
    """first (to act decides for the rest), all, any, sequential or ratio."""
    act = rules.get("do", "do")
    if act == "round":
        return str(rules.get("mode", "all"))
    return _MODES.get(act, "first")


def answers(node: Node) -> Collection[str]:
    """The answers a step takes: work is done, a decision is agree or refuse."""
    return (DONE,) if node.rules.get("do", "do") in _WORK else (AGREE, REFUSED)


def sheets_hidden(node: Node) -> bool:
    """Do the people of a round see one another's sheets only when all have answered?"""
    return node.rules.get("do") == "separate" or bool(node.rules.get("hidden_until_done"))


def one_by_one(rules: Mapping[str, Any]) -> bool:
    """Is each person asked only when the one before has agreed?"""
    return mode_of(rules) == "sequential"


def decide(rules: Mapping[str, Any], seats: Sequence[Seat]) -> str | None:
    """PASS, REFUSE or None while the result must wait.

    `wait_all` (default true; `first`, `any` and `sequential` never wait): the result takes effect
    when all have answered; false: as soon as it is certain.
    """
    mode = mode_of(rules)
    answered = [s for s in seats if s.answer is not None]
    if mode in ("first", "any"):
        return _of(answered[0].answer != REFUSED) if answered else None
    refused = any(s.answer == REFUSED for s in answered)
    if mode == "sequential" and refused:
        return REFUSE
    early = mode != "sequential" and not rules.get("wait_all", True)
    if len(answered) < len(seats) and not early:
        return None
    if mode == "ratio":
        return _ratio(Fraction(str(rules.get("pass", 1))), seats, answered)
    if refused:
        return REFUSE
    return PASS if len(answered) == len(seats) else None


def _ratio(needed: Fraction, seats: Sequence[Seat], answered: Sequence[Seat]) -> str | None:
    """Passes when agreements / seats ≥ `needed` and no veto person refused."""
    agreed = sum(s.answer != REFUSED for s in answered)
    still = len(seats) - len(answered)
    vetoed = any(s.veto and s.answer == REFUSED for s in answered)
    if vetoed or Fraction(agreed + still, len(seats)) < needed:
        return REFUSE
    veto_open = any(s.veto and s.answer is None for s in seats)
    return PASS if Fraction(agreed, len(seats)) >= needed and not veto_open else None


def _of(agreed: bool) -> str:
    return PASS if agreed else REFUSE
