"""A department whose money the tests move."""

from __future__ import annotations

from itertools import count
from typing import Any

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.ledger.models import Account
from bihuan.ledger.posting import BudgetRegister
from bihuan.org.models import Unit
from bihuan.process.public import Post, Source

AT = clock.aware(clock.datetime(2026, 3, 2, 9))
POTS = ("planned", "available", "reserved", "committed", "actual")
BUDGET = BudgetRegister()
_postings = count(1)


def source(unit: Unit, case: int | None = 1, document: int | None = None, **more: Any) -> Source:
    given = {
        "node": "end",
        "number": "SCB-1",
        "title": "计划",
        "secrecy": 2,
        "period": "2026-03",
        "version": None,
    }
    return Source(company=unit.company_id, unit=unit.pk, case=case, document=document, **{**given, **more})


def post(action: str, unit: Unit, case: int | None = 1, *, document: int | None = None, **values: Any) -> int:
    """Post as a process would; returns the posting's id."""
    number = next(_postings)
    BUDGET.post(Post(number, action, "", values, source(unit, case, document)), by=SYSTEM, at=AT)
    return number


def reverse(posting: int) -> None:
    BUDGET.reverse(posting, by=SYSTEM, at=AT)


def pots(unit: Unit, subject: str = "") -> tuple[int, ...]:
    """The balances of an account in yuan: planned, available, reserved, committed, actual."""
    account = Account.objects.get(unit=unit, subject=subject)
    return tuple(int(getattr(account, pot)) for pot in POTS)
