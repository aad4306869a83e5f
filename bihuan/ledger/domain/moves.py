"""Moves of money between the pots of one account (rules.md §18)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

NOTHING = Decimal("0.00")


class Pot(StrEnum):
    """Where money of an account stands. What was planned is the other side of all the rest."""

    PLANNED = "planned"
    AVAILABLE = "available"
    RESERVED = "reserved"
    COMMITTED = "committed"
    ACTUAL = "actual"


HOLDING = (Pot.AVAILABLE, Pot.RESERVED, Pot.COMMITTED, Pot.ACTUAL)
"""The pots whose sum is what was planned."""


@dataclass(frozen=True, slots=True)
class Move:
    """`amount` yuan (more than zero) from the pot `credit` to the pot `debit`: balanced by its form."""

    debit: Pot
    credit: Pot
    amount: Decimal

    @property
    def back(self) -> Move:
        """The counter-move."""
        return Move(self.credit, self.debit, self.amount)


def move(debit: Pot, credit: Pot, amount: Decimal) -> list[Move]:
    """One move, the other way round for a negative amount; none for zero."""
    if amount < 0:
        return [Move(credit, debit, -amount)]
    return [Move(debit, credit, amount)] if amount else []


def plan(amount: Decimal) -> list[Move]:
    """Give an account money to spend; a negative amount takes it away."""
    return move(Pot.AVAILABLE, Pot.PLANNED, amount)


def take(amount: Decimal, to: Pot, held: Mapping[Pot, Decimal], first: Iterable[Pot]) -> list[Move]:
    """Bring `amount` to a pot: from what the matter holds in the pots `first`, in order, the rest from available."""
    moves: list[Move] = []
    for pot in (*first, Pot.AVAILABLE):
        part = amount if pot is Pot.AVAILABLE else min(amount, held.get(pot, NOTHING))
        moves += move(to, pot, max(part, NOTHING))
        amount -= max(part, NOTHING)
    return moves


def reserve(amount: Decimal) -> list[Move]:
    """Hold money for an approved plan."""
    return move(Pot.RESERVED, Pot.AVAILABLE, amount)


def commit(amount: Decimal, held: Mapping[Pot, Decimal]) -> list[Move]:
    """Owe money by a contract: first from what was reserved for it."""
    return take(amount, Pot.COMMITTED, held, (Pot.RESERVED,))


def spend(amount: Decimal, held: Mapping[Pot, Decimal]) -> list[Move]:
    """Pay: first what was committed, then what was reserved."""
    return take(amount, Pot.ACTUAL, held, (Pot.COMMITTED, Pot.RESERVED))


def release(held: Mapping[Pot, Decimal]) -> list[Move]:
    """Give back what a finished matter still holds."""
    return [
        one
        for pot in (Pot.RESERVED, Pot.COMMITTED)
        for one in move(Pot.AVAILABLE, pot, max(held.get(pot, NOTHING), NOTHING))
    ]


def effects(moves: Iterable[Move]) -> dict[Pot, Decimal]:
    """By how much each pot changes; what was planned grows when it is credited."""
    found = dict.fromkeys(Pot, NOTHING)
    for one in moves:
        found[one.debit] += -one.amount if one.debit is Pot.PLANNED else one.amount
        found[one.credit] -= -one.amount if one.credit is Pot.PLANNED else one.amount
    return found
