"""What a posting says about targets: lines, whose they are, for which period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from bihuan.kernel.period import Period

_PEOPLE = ("person", "owner", "assignee", "user")
_PERIODS = ("plan_month", "period", "month")
Signature = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plan: whose (0: not said), of what, how many, how much (yuan)."""

    person: int
    product: Any
    quantity: Decimal
    amount: Decimal


def line_of(row: Mapping[str, Any], product: Any) -> Line:
    """A line of a sheet, or the one that a mapping gives."""
    quantity = next((row[name] for name in ("qty", "quantity") if row.get(name) is not None), 0)
    return Line(person_of(row), product, Decimal(quantity), Decimal(row.get("amount") or 0))


def person_of(values: Mapping[str, Any]) -> int:
    """The id of the person a record names; 0 where it names none."""
    return id_of(next((values[name] for name in _PEOPLE if values.get(name)), None)) or 0


def id_of(value: Any) -> int | None:
    """The id of a record, or the id itself."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return int(value) if value else None


def period_of(values: Mapping[str, Any]) -> str:
    """The code of the period that values name; empty where they name none. Raises Invalid for no period's code."""
    found = next((values[name] for name in _PERIODS if values.get(name)), "")
    if isinstance(found, Period):
        return found.code
    if isinstance(found, date):
        return f"{found:%Y-%m}"
    return Period.parse(str(found)).code if found else ""


def signature(row: Mapping[str, Any]) -> Signature:
    """What makes a line of a merged sheet recognisable as that of a personal sheet."""
    return (
        str(row.get("customer") or ""), str(row.get("project") or ""), id_of(row.get("product")),
        Decimal(row.get("qty") or 0), Decimal(row.get("amount") or 0),
    )  # fmt: skip


def with_owners(
    rows: Sequence[Mapping[str, Any]], sheets: Sequence[Mapping[str, Any]], otherwise: int
) -> list[Line]:
    """The lines of a merged sheet with their people.

    Named in the line, else the owner of the personal sheet that holds the same line (each counts once),
    else `otherwise`.
    """
    owners: dict[Signature, list[int]] = {}
    for sheet in sheets:
        for row in sheet.get("lines") or ():
            owners.setdefault(signature(row), []).append(person_of(sheet))
    found = []
    for row in rows:
        line = line_of(row, row.get("product"))
        known = owners.get(signature(row))
        person = line.person or (known.pop(0) if known else otherwise)
        found.append(Line(person, line.product, line.quantity, line.amount))
    return found
