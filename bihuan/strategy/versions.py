"""Rows that replace each other: the next version, and what is in force when one is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, text
from bihuan.kit import audit

from .models import Achievement, Target

Row = TypeVar("Row", Target, Achievement)


def write_next(
    model: type[Row], rows: Sequence[Row], replaced: Iterable[Row], *, posting: int, by: Actor, at: datetime
) -> list[Row]:
    """Put these rows in force for those they replace (locked by the caller), each as the next version.

    Raises Conflict if another got in between.
    """
    former = list(replaced)
    versions = {_key(one): one.version for one in former}
    model._default_manager.filter(pk__in=[one.pk for one in former]).update(
        state=model.State.REPLACED, retired_at=at, replaced_by=posting
    )
    for one in rows:
        one.posting_id, one.at, one.version = posting, at, versions.get(_key(one), 0) + 1
    try:
        with transaction.atomic():
            made = model._default_manager.bulk_create(rows)
    except IntegrityError as error:
        raise Conflict(text("别人同时写入了同样的目标，请重试")) from error
    _record(model, posting, "write", len(made), rows[0].company_id if rows else None, by, at)
    return made


def take_back(model: type[Row], posting: int, *, by: Actor, at: datetime) -> None:
    """Withdraw what a posting wrote; what it replaced is in force again, or as soon as all after it is withdrawn."""
    every = model._default_manager
    standing = every.filter(posting_id=posting).exclude(state=model.State.WITHDRAWN)
    own = standing.select_for_update().order_by("pk")  # the models' own order would join, and lock, products
    later = {_key(one): one.replaced_by for one in own}
    count = own.update(state=model.State.WITHDRAWN, retired_at=at)
    for one in every.filter(replaced_by=posting, state=model.State.REPLACED):
        one.replaced_by = later.get(_key(one)) or _in_force(model, one)
        if one.replaced_by is None:
            one.state, one.retired_at = model.State.CURRENT, None
        one.save(update_fields=["state", "retired_at", "replaced_by"])
    if count:
        _record(model, posting, "withdraw", count, None, by, at)


def _key(row: Target | Achievement) -> tuple[int, int | None, str]:
    return row.person_id, row.product_id, row.period


def _in_force(model: type[Row], row: Row) -> int | None:
    """The posting of the version in force of the same person, product and period."""
    current = model._default_manager.filter(
        company=row.company_id, person=row.person_id, product=row.product_id, period=row.period,
        state=model.State.CURRENT,
    )  # fmt: skip
    return current.values_list("posting_id", flat=True).first()


def _record(
    model: type[Row], posting: int, verb: str, count: int, company: int | None, by: Actor, at: datetime
) -> None:
    audit.record(
        kind=f"{model._meta.model_name}.posting", id=posting, verb=verb, by=by, at=at,
        changes={"rows": (None, count)}, company=company,
    )  # fmt: skip
