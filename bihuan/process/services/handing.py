"""What still has to reach a case, and what failed on the way (ADR 0014).

A sender only writes a row, in its own transaction; each row is brought over in a transaction of its
own that locks one case, and goes with it. So no sender waits for a receiver, none is undone by one,
and two cases that wake each other never hold each other's locks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import local

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM, Actor
from bihuan.kernel.errors import DomainError, NotFound, text
from bihuan.kit import audit, notify
from bihuan.kit.links import Ref
from bihuan.org import public as org
from bihuan.process.models import HandOver
from bihuan.process.people import ADMIN_SLOT

logger = logging.getLogger(__name__)

BATCH, MOST = 100, 1000
LONGEST_PAUSE = timedelta(days=1)

Receive = Callable[[HandOver, Actor, datetime], None]
_receivers: dict[str, Receive] = {}
_thread = local()


def receiver(kind: str, function: Receive) -> None:
    """Register what brings over one kind of hand-over; raises DomainError where it cannot."""
    _receivers[kind] = function


def send(hand_over: HandOver) -> None:
    """Keep it in the caller's transaction; it is brought over as soon as that has committed, else by the tick."""
    hand_over.save(force_insert=True)
    transaction.on_commit(_deliver_committed, robust=True)


def _deliver_committed() -> None:
    deliver(clock.now())


def deliver(at: datetime) -> int:
    """Bring over what is due, also what that sends in turn; answers how many were tried.

    What does not fit into one go is left to the next: processes that wake each other for ever hold up
    nothing else.
    """
    if getattr(_thread, "busy", False):  # a delivery sent this: the one under way will see it
        return 0
    _thread.busy = True
    try:
        tried = 0
        while tried < MOST:
            due = HandOver.objects.filter(due_at__lte=at).order_by("id").values_list("pk", flat=True)[:BATCH]
            here = sum(_deliver(pk, at) for pk in list(due))
            if not here:
                break
            tried += here
        return tried
    finally:
        _thread.busy = False


@transaction.atomic
def _deliver(pk: int, at: datetime) -> bool:
    row = HandOver.objects.select_for_update(skip_locked=True).filter(pk=pk, due_at__lte=at).first()
    if row is None:
        return False
    try:
        bring_over(row, SYSTEM, at)
    except DomainError as error:
        _keep(row, error.text(), at)
    except Exception as error:
        logger.exception("hand-over %s failed", pk)
        _keep(row, f"{type(error).__name__}: {error}"[:500], at)
    return True


@transaction.atomic
def bring_over(row: HandOver, by: Actor, at: datetime) -> None:
    """Bring one over: its effect and its end are one."""
    _receivers[row.kind](row, by, at)
    row.delete()


def keep_broken(row: HandOver) -> None:
    """Keep, in the sender's transaction, what could not be handed over; it is tried again by the clock."""
    row.due_at = _next_try(row, row.made_at)
    row.save(force_insert=True)
    tell_broken(row, row.made_at)


def _next_try(row: HandOver, at: datetime) -> datetime:
    """After pauses of 2, 4, 8 … minutes, a day at most."""
    return at + min(timedelta(minutes=2 ** min(row.tries, 12)), LONGEST_PAUSE)


def _keep(row: HandOver, reason: str, at: datetime) -> None:
    """It failed: told once, tried again later."""
    first = not row.reason
    row.tries, row.reason = row.tries + 1, reason
    row.due_at = _next_try(row, at)
    row.save(update_fields=["tries", "reason", "due_at"])
    if first:
        tell_broken(row, at)


def tell_broken(row: HandOver, at: datetime) -> None:
    """The process administrator hears of a hand-over that failed."""
    notify.notify(
        people=_administrators(row.company_id, at),
        kind="broken",
        text=f"{row.process_code}:{row.reason}",
        url=reverse("process:hand_overs"),
        about=Ref("hand_over", row.pk),
        by=SYSTEM,
        at=at,
    )


def may_retry(row: HandOver, by: Actor, at: datetime) -> bool:
    """The starter of the case that sends, the process administrator and administrators of the system may."""
    if by.admin or by.person is None:
        return True
    if row.sender is not None and row.sender.starter_id == by.person:
        return True
    return by.person in _administrators(row.company_id, at)


def any_broken() -> bool:
    """Whether anything has failed and not been brought over since."""
    return HandOver.objects.exclude(reason="").exists()


def broken_for(by: Actor, at: datetime, sender: int | None = None) -> list[HandOver]:
    """The failed hand-overs a person may try again (`sender`: of one case), the newest first."""
    rows = HandOver.objects.exclude(reason="").select_related("company", "sender", "receiver").order_by("-id")
    if sender is not None:
        rows = rows.filter(sender=sender)
    if by.admin:
        return list(rows[:MOST])
    companies = set(rows.order_by().values_list("company_id", flat=True))
    if not companies:
        return []
    run = [one for one in companies if by.person in _administrators(one, at)]
    return list(rows.filter(Q(sender__starter=by.person) | Q(company__in=run))[:MOST])


def _administrators(company: int, at: datetime) -> list[int]:
    return [seat.person.pk for seat in org.holders(ADMIN_SLOT, company, at)]


@transaction.atomic
def retry_hand_over(*, hand_over: int, by: Actor, at: datetime) -> int | None:
    """Try a failed hand-over again now; answers the case that sends it, if one does.

    Raises what stands in its way; NotFound once it is done, or for all but the sending case's starter and
    the process administrator.
    """
    row = (
        HandOver.objects.select_for_update(of=("self",))
        .select_related("sender")
        .filter(pk=hand_over)
        .exclude(reason="")
        .first()
    )
    if row is None or not may_retry(row, by, at):
        raise NotFound(text("没有这项失败的交接"))
    audit.record(
        kind="hand_over", id=row.pk, verb="retry", by=by, at=at, note=row.reason, company=row.company_id
    )
    sender = row.sender_id
    bring_over(row, by, at)
    return sender
