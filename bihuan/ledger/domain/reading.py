"""What a posting's values say: amounts, subjects, lines. Documents name them differently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from bihuan.kernel.errors import Invalid, text
from bihuan.kernel.money import money

AMOUNTS = ("amount", "approved_amount", "total", "budget_total", "total_cost")
"""Names under which forms give the amount, the most certain first (F-001, F-022, F-044, F-056 …)."""
SUBJECTS = ("subject", "budget_line")
TABLES = ("lines", "budget")
"""Tables with a subject in each row (F-020 `lines`, F-018 `budget`)."""
DELTAS = ("delta", "cost_delta")
"""By how much a running matter changes (F-048)."""


def amount_of(values: Mapping[str, Any], names: Iterable[str] = AMOUNTS) -> Decimal:
    """The amount in yuan, not negative; raises Invalid where there is none."""
    found = optional_amount(values, names)
    if found is None or found < 0:
        raise Invalid(text("过账没有金额，或金额为负"))
    return found


def optional_amount(values: Mapping[str, Any], names: Iterable[str]) -> Decimal | None:
    """The first of these values that is there, in yuan."""
    found = next((values[name] for name in names if values.get(name) is not None), None)
    return None if found is None else money(found)


def subject_of(values: Mapping[str, Any]) -> str:
    """The budget subject; empty where the posting names none."""
    return named(next((values[name] for name in SUBJECTS if values.get(name)), ""))


def named(value: Any) -> str:
    """A subject given as text or as a record of a budget line."""
    if isinstance(value, Mapping):
        value = value.get("subject") or value.get("title") or ""
    return str(value or "").strip()[:40]


def planned_lines(values: Mapping[str, Any]) -> dict[str, Decimal]:
    """Subject → yuan of a budget: its table's rows added up, else the one amount."""
    tables = (values.get(name) for name in TABLES)
    table = next((rows for rows in tables if isinstance(rows, list | tuple) and _has_subjects(rows)), None)
    if table is None:
        return {subject_of(values): amount_of(values)}
    found: dict[str, Decimal] = {}
    for row in table:
        amount = optional_amount(row, ("total", "amount"))
        if amount:
            found[named(row.get("subject"))] = found.get(named(row.get("subject")), Decimal(0)) + amount
    return found


def _has_subjects(rows: Iterable[Mapping[str, Any]]) -> bool:
    return any(row.get("subject") for row in rows)


def planned_moves(values: Mapping[str, Any]) -> dict[str, Decimal]:
    """Subject → by how much its plan changes (F-021 `moves`): from one, to the other, or both."""
    found: dict[str, Decimal] = {}
    for row in values.get("moves") or ():
        amount = amount_of(row, ("amount",))
        for key, sign in (("from_subject", -1), ("to_subject", 1)):
            if row.get(key):
                found[named(row[key])] = found.get(named(row[key]), Decimal(0)) + sign * amount
    return {subject: amount for subject, amount in found.items() if amount}
