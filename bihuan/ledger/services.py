"""Writes: entries of an account, always with its balances, under the account's lock.

Lock order: case → accounts by id → number series. An entry is never changed; what was wrong is taken
back by a counter-entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, text
from bihuan.kernel.money import show
from bihuan.kernel.period import Period
from bihuan.kit import audit
from bihuan.kit.access import Grant, grant_access
from bihuan.kit.notify import notify
from bihuan.kit.numbering import next_number
from bihuan.org import public as org
from bihuan.process.public import Post, Source, origin_of

from .domain.moves import NOTHING, Move, Pot, effects
from .models import Account, Entry
from .queries import RIGHT, WARNINGS, held_by, used_share

NOTICE = "budget"


_NUMBER = "YS-{yyyymm}-{seq5}"
_HELD = (Pot.RESERVED, Pot.COMMITTED, Pot.ACTUAL)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why entries are written: the posting and the matter (`claim`) the money is held for."""

    posting: int | None
    key: str
    source: Source
    claim: str

    @classmethod
    def of(cls, post: Post, claim: str = "") -> Cause:
        """The cause that a posting is; the matter is its case, else its document."""
        return cls(post.posting, post.key[:80], post.source, claim or claim_of(post.source))


def claim_of(source: Source) -> str:
    """The name of the matter that money of a posting is held for."""
    return f"case:{source.case}" if source.case is not None else f"document:{source.document}"


def period_of(source: Source, at: datetime) -> str:
    """The period of an entry: the case's, else the month of the posting (Asia/Shanghai)."""
    return source.period or f"{clock.aware(at):%Y-%m}"


def account_for(
    source: Source, subject: str, at: datetime, *, unit: int | None = None, year: int | None = None
) -> Account:
    """The account of a unit and subject in a year (that of the posting's period), made where it is missing.

    A subject that was never budgeted has nothing available, so that reserving on it is refused; the
    unallotted account (no subject) has no ceiling.
    """
    found, _ = Account.objects.get_or_create(
        unit_id=unit or source.unit,
        year=year or Period.parse(period_of(source, at)).year,
        subject=subject,
        defaults={"company_id": source.company, "capped": bool(subject)},
    )
    return found


def locked(accounts: Iterable[Account]) -> dict[int, Account]:
    """The accounts as they stand now, locked in the order of their ids."""
    wanted = {one.pk for one in accounts}
    rows = Account.objects.select_for_update(of=("self",)).select_related("unit")
    return {one.pk: one for one in rows.filter(pk__in=wanted).order_by("pk")}


@transaction.atomic
def write_entries(
    *, account: Account, kind: str, moves: Iterable[Move], cause: Cause, by: Actor, at: datetime
) -> list[Entry]:
    """Write one entry a move and the account's new balances. `account` has been locked by the caller.

    Raises Conflict where a budget does not suffice or a pot would fall below zero.
    """
    found = list(moves)
    share = used_share(account)
    before = _move(account, found)
    entries = [_entry(account, kind, one, cause, by, at) for one in found]
    _record(account, kind, before, entries, by, at)
    _warn(account, share, by, at)
    return entries


def _move(account: Account, moves: list[Move]) -> dict[Pot, Decimal]:
    """Set the account's new balances; returns the old ones."""
    before = {pot: getattr(account, pot.value) for pot in Pot}
    after = {pot: before[pot] + change for pot, change in effects(moves).items()}
    _refuse_overdraft(account, after)
    for pot, balance in after.items():
        setattr(account, pot.value, balance)
    account.save(update_fields=[pot.value for pot in Pot])
    return before


def _entry(account: Account, kind: str, move: Move, cause: Cause, by: Actor, at: datetime) -> Entry:
    return Entry.objects.create(
        **origin_of(cause.source), posting_id=cause.posting, at=at, account=account, kind=kind,
        debit=move.debit.value, credit=move.credit.value, amount=move.amount, claim=cause.claim,
        period=period_of(cause.source, at), key=cause.key, by_name=by.name[:80],
        number=_number(account, at),
    )  # fmt: skip


def _number(account: Account, at: datetime) -> str:
    return next_number(f"ledger:{account.company_id}", _NUMBER, at=at)


def _refuse_overdraft(account: Account, after: Mapping[Pot, Decimal]) -> None:
    """Say what is missing before the database refuses."""
    if account.capped and after[Pot.AVAILABLE] < NOTHING:
        raise Conflict(
            text("预算“{account}”可用{available}，还差{missing}；请先追加或调整预算"),
            account=str(account), available=show(account.available), missing=show(-after[Pot.AVAILABLE]),
        )  # fmt: skip
    if any(after[pot] < NOTHING for pot in Pot if pot is not Pot.AVAILABLE):
        raise Conflict(text("预算“{account}”后面还有承诺或支出，请先撤销它们"), account=str(account))


def _record(
    account: Account, kind: str, before: Mapping[Pot, Decimal], entries: list[Entry], by: Actor, at: datetime
) -> None:
    changes = {
        pot.value: (str(old), str(getattr(account, pot.value)))
        for pot, old in before.items()
        if old != getattr(account, pot.value)
    }
    if changes:
        audit.record(
            kind="ledger.account", id=account.pk, verb=kind, by=by, at=at, changes=changes,
            note=" ".join(one.number for one in entries), company=account.company_id,
        )  # fmt: skip


def _warn(account: Account, before: Decimal | None, by: Actor, at: datetime) -> None:
    """Tell the head of the unit when a budget passes 80 % or 95 %."""
    share = used_share(account)
    if share is None or not any((before or NOTHING) < limit <= share for limit in WARNINGS):
        return
    notify(
        people=[seat.person.pk for seat in org.head_of(account.unit_id, at)], kind=NOTICE,
        text=f"预算“{account}”已用{share:.0%}，可用{show(account.available)}",
        url=reverse("crud:ledger-accounts-detail", args=[account.pk]), by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def reverse_posting(*, posting: int, by: Actor, at: datetime) -> list[Entry]:
    """Take back what a posting wrote by counter-entries, the last first; done twice it changes nothing.

    Raises Conflict where money of it has been committed or spent since, or is no longer there.
    """
    open_ = Entry.objects.filter(posting_id=posting, reverses=None, reversed_by=None)
    accounts = locked(one.account for one in open_.select_related("account"))
    made = []
    for entry in open_.order_by("-pk"):  # read after the lock: nobody has taken them back meanwhile
        made.append(_counter_entry(accounts[entry.account_id], entry, by, at))
    return made


def _counter_entry(account: Account, entry: Entry, by: Actor, at: datetime) -> Entry:
    back = Move(Pot(entry.debit), Pot(entry.credit), entry.amount).back
    if back.credit in _HELD and held_by(account, entry.claim)[back.credit] < back.amount:
        raise Conflict(text("预算“{account}”后面还有承诺或支出，请先撤销它们"), account=str(account))
    before = _move(account, [back])
    made = Entry.objects.create(
        company_id=entry.company_id, unit_id=entry.unit_id, document_id=entry.document_id,
        version_id=entry.version_id, secrecy=entry.secrecy, posting_id=entry.posting_id, at=at,
        account=account, kind=entry.kind, debit=back.debit.value, credit=back.credit.value,
        amount=back.amount, claim=entry.claim, key=entry.key, reverses=entry, by_name=by.name[:80],
        period=entry.period, number=_number(account, at),
    )  # fmt: skip
    _record(account, "reverse", before, [made], by, at)
    return made


def open_ledger(*, position: org.Position, company: org.Unit, why: str, by: Actor, at: datetime) -> Grant:
    """Let a position read the whole ledger of a company. Raises Invalid without a reason."""
    return grant_access(kind=RIGHT, object_id=company.pk, position=position.pk, why=why, by=by, at=at)
