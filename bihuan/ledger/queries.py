"""Reads: who may see money, what a matter holds, and whether the books are right."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from operator import or_

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from bihuan.kit.access import Viewer, granted
from bihuan.process import public as process

from .domain.moves import NOTHING, Move, Pot, effects
from .models import Account, Entry

RIGHT = "ledger"
"""Kind of grant that opens the whole ledger of a company; the object is the company's id."""

WARNINGS = (Decimal("0.80"), Decimal("0.95"))
"""Used shares of a budget at which its head is told (rules.md §18); at 100 % the ledger refuses."""


def visible_accounts(viewer: Viewer) -> QuerySet[Account]:
    """Accounts whose figures the viewer may read: of the units he heads, or of a company granted to him."""
    if viewer.person is None:
        return Account.objects.none()
    headed = (Q(unit__path__startswith=path) for path in viewer.headed)
    return Account.objects.filter(reduce(or_, headed, Q(granted(viewer, RIGHT, ref="company"))))


def visible_entries(viewer: Viewer) -> QuerySet[Entry]:
    """Entries whose source the viewer may read, or of a company whose ledger is granted to him."""
    if viewer.person is None:
        return Entry.objects.none()
    whole = Q(granted(viewer, RIGHT, ref="company"))
    return Entry.objects.filter(process.source_visible(viewer, but=whole))


def held_by(account: Account, claim: str) -> dict[Pot, Decimal]:
    """What a matter holds in the pots of an account."""
    return balances(Entry.objects.filter(account=account, claim=claim))


def balances(entries: QuerySet[Entry]) -> dict[Pot, Decimal]:
    """What these entries leave in each pot."""
    sums = entries.order_by().values("debit", "credit").annotate(total=Sum("amount"))
    return effects(Move(Pot(one["debit"]), Pot(one["credit"]), one["total"]) for one in sums)


def held_by_processes(viewer: Viewer) -> dict[str, dict[Pot, Decimal]]:
    """What the entries a viewer may read leave in each pot, by the code of the process that posted them."""
    code = process.Posting.objects.filter(pk=OuterRef("posting_id")).values("case__process_code")[:1]
    sums = (
        visible_entries(viewer)
        .order_by()
        .annotate(process_code=Subquery(code))
        .exclude(process_code=None)
        .values("process_code", "debit", "credit")
        .annotate(total=Sum("amount"))
    )
    found: dict[str, list[Move]] = {}
    for one in sums:
        move = Move(Pot(one["debit"]), Pot(one["credit"]), one["total"])
        found.setdefault(one["process_code"], []).append(move)
    return {code: effects(moves) for code, moves in found.items()}


def verify_ledger() -> list[str]:
    """Compare every account with the sum of its entries; returns what differs, empty if all is right."""
    found: dict[int, list[Move]] = {}
    sums = Entry.objects.order_by().values("account", "debit", "credit").annotate(total=Sum("amount"))
    for one in sums:
        found.setdefault(one["account"], []).append(Move(Pot(one["debit"]), Pot(one["credit"]), one["total"]))
    problems = []
    for account in Account.objects.select_related("unit").order_by("pk").iterator():
        should = effects(found.get(account.pk, ()))
        for pot in Pot:
            there = getattr(account, pot.value)
            if there != should[pot]:
                problems.append(f"#{account.pk} {account} {pot}: {there} ≠ {should[pot]}")
    return problems


def used_share(account: Account) -> Decimal | None:
    """The used part of a budget, 0.95 for 95 %; None where there is no budget."""
    if not account.capped or account.planned <= NOTHING:
        return None
    share: Decimal = (account.planned - account.available) / account.planned
    return share
