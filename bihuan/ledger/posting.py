"""The register `budget`: what a posting of each action does (rules.md §18)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, text
from bihuan.process.public import Post

from . import services
from .domain import moves
from .domain.reading import (
    AMOUNTS,
    DELTAS,
    SUBJECTS,
    TABLES,
    amount_of,
    optional_amount,
    planned_lines,
    planned_moves,
    subject_of,
)
from .models import Account, Entry
from .queries import held_by
from .services import Cause

Act = Callable[[Post, Actor, datetime], None]
_MONEY = frozenset({*AMOUNTS, *SUBJECTS})


def plan(post: Post, by: Actor, at: datetime) -> None:
    """Give subjects their budget: rows of `lines` or `budget`, else one `amount` on a `subject`."""
    _change_plans(post, planned_lines(post.values), Entry.Kind.PLANNED, by, at)


def change(post: Post, by: Actor, at: datetime) -> None:
    """Change budgets by `moves` (F-021), else what a running matter has reserved by `delta` (F-048)."""
    if post.values.get("moves"):
        _change_plans(post, planned_moves(post.values), Entry.Kind.CHANGED, by, at)
        return
    delta = optional_amount(post.values, DELTAS)
    if delta is None:
        raise Invalid(text("预算调整没有金额"))
    account, cause = _account(post, at)
    found = moves.reserve(max(delta, -held_by(account, cause.claim)[moves.Pot.RESERVED]))
    services.write_entries(account=account, kind=Entry.Kind.CHANGED, moves=found, cause=cause, by=by, at=at)


def reserve(post: Post, by: Actor, at: datetime) -> None:
    """Hold the amount of an approved plan."""
    account, cause = _account(post, at)
    found = moves.reserve(amount_of(post.values))
    services.write_entries(account=account, kind=Entry.Kind.RESERVED, moves=found, cause=cause, by=by, at=at)


def commit(post: Post, by: Actor, at: datetime) -> None:
    """Owe the amount of a contract, first from what its matter has reserved."""
    account, cause = _account(post, at)
    found = moves.commit(amount_of(post.values), held_by(account, cause.claim))
    services.write_entries(account=account, kind=Entry.Kind.COMMITTED, moves=found, cause=cause, by=by, at=at)


def actual(post: Post, by: Actor, at: datetime) -> None:
    """Book a payment, first from what its matter has committed, then reserved."""
    account, cause = _account(post, at)
    found = moves.spend(amount_of(post.values), held_by(account, cause.claim))
    services.write_entries(account=account, kind=Entry.Kind.ACTUAL, moves=found, cause=cause, by=by, at=at)


def close(post: Post, by: Actor, at: datetime) -> None:
    """Give back what the matter still holds, on every account."""
    cause = Cause.of(post, _claim(post))
    touched = Account.objects.filter(entries__claim=cause.claim).distinct()
    for account in services.locked(touched).values():
        found = moves.release(held_by(account, cause.claim))
        services.write_entries(
            account=account, kind=Entry.Kind.RELEASED, moves=found, cause=cause, by=by, at=at
        )


_ACTIONS: Mapping[str, tuple[Act, frozenset[str]]] = {
    "plan": (plan, _MONEY | {*TABLES, "year", "dept"}),
    "change": (change, frozenset({"moves", *DELTAS, *SUBJECTS, "source_doc", "dept"})),
    "reserve": (reserve, _MONEY | {"dept"}),
    "commit": (commit, _MONEY | {"source_doc", "dept"}),
    "actual": (actual, _MONEY | {"source_doc", "dept"}),
    "close": (close, frozenset({"source_doc"})),
    "release": (close, frozenset({"source_doc"})),
}


class BudgetRegister:
    """`budget.plan reserve commit actual close change`; its rows are the entries (`budget.entry`)."""

    name = "budget"
    label = text("预算台账")
    words: Mapping[str, str] = {
        "plan": text("编列预算"),
        "change": text("调整预算"),
        "reserve": text("预占"),
        "commit": text("承诺"),
        "actual": text("实际支出"),
        "close": text("结清"),
        "release": text("释放"),
    }
    actions: Mapping[str, frozenset[str]] = {name: values for name, (_, values) in _ACTIONS.items()}

    @transaction.atomic
    def post(self, post: Post, *, by: Actor, at: datetime) -> None:
        """Move the money; raises Conflict where a budget does not suffice, Invalid without an amount."""
        act, _ = _ACTIONS[post.action]
        act(post, by, at)

    def reverse(self, posting: int, *, by: Actor, at: datetime) -> None:
        """Counter-entries for all that the posting wrote."""
        services.reverse_posting(posting=posting, by=by, at=at)

    def rows(self, kind: str) -> QuerySet[Entry] | None:
        """The entries."""
        return Entry.objects.select_related("account") if kind in ("", "entry") else None

    def plain(self, row: Entry) -> dict[str, Any]:
        """An entry's values; `kind` as its code, amounts as Decimal."""
        return {
            "id": row.pk, "number": row.number, "kind": row.kind, "amount": row.amount,
            "debit": row.debit, "credit": row.credit, "period": row.period,
            "subject": row.account.subject, "year": row.account.year, "unit": row.account.unit_id,
            "account": row.account_id, "document": row.document_id, "reversal": row.reverses_id is not None,
            "at": row.at,
        }  # fmt: skip


def _change_plans(
    post: Post, amounts: Mapping[str, Decimal], kind: Entry.Kind, by: Actor, at: datetime
) -> None:
    cause = Cause.of(post)
    made = {subject: _made(post, subject, at) for subject in amounts}
    accounts = services.locked(made.values())
    for subject, account in sorted(made.items(), key=lambda one: one[1].pk):
        found = moves.plan(amounts[subject])
        services.write_entries(
            account=accounts[account.pk], kind=kind, moves=found, cause=cause, by=by, at=at
        )


def _account(post: Post, at: datetime) -> tuple[Account, Cause]:
    """The locked account a posting means: of its subject, else where its matter holds money, else unallotted."""
    cause = Cause.of(post, _claim(post))
    subject = subject_of(post.values)
    earlier = None
    if not subject:
        entries = Entry.objects.filter(claim=cause.claim).select_related("account")
        earlier = entries.exclude(credit=moves.Pot.PLANNED).order_by("-id").first()
    account = earlier.account if earlier is not None else _made(post, subject, at)
    return services.locked([account])[account.pk], cause


def _made(post: Post, subject: str, at: datetime) -> Account:
    year = post.values.get("year")
    unit = _id(post.values.get("dept"))
    return services.account_for(
        post.source, subject, at, unit=unit, year=int(year) if year is not None else None
    )


def _claim(post: Post) -> str:
    """The matter of the paper that was approved before (`source_doc`), where the posting names one."""
    before = _id(post.values.get("source_doc"))
    if before is None:
        return ""
    found = Entry.objects.filter(document_id=before).order_by("id").values_list("claim", flat=True).first()
    return found or f"document:{before}"


def _id(value: Any) -> int | None:
    """The id of a unit or document given as a record or an id."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return int(value) if value else None
