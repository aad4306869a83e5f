"""Writes: targets from signed plans; the next version replaces a row and leaves it readable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from bihuan.catalogue.public import product_named
from bihuan.documents import public as documents
from bihuan.documents.public import Document, Record, State
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, text
from bihuan.kit import audit
from bihuan.org.public import Person
from bihuan.process.public import Post, origin_of

from .domain.reading import Line, id_of, line_of, period_of, person_of, with_owners
from .models import Target

Key = tuple[int, int | None]
"""Person and product."""


@transaction.atomic
def write_targets(*, post: Post, by: Actor, at: datetime, whole: bool = False) -> list[Target]:
    """Write the targets of a signed plan; rows there already get their next version.

    `whole` (adjust): what the earlier version of the paper had and this one lacks is no longer in force.
    Raises Invalid for a plan without period, person or known product, Conflict if another got in between.
    """
    document = _document(post)
    period = period_of(post.values) or period_of(_sheet(document)) or post.source.period
    if not period:
        raise Invalid(text("目标没有写明期间"))
    wanted = _summed(_lines(post, document))
    replaced = _locked(post, period, wanted, whole)
    versions = {(one.person_id, one.product_id): one.version for one in replaced if one.period == period}
    Target.objects.filter(pk__in=[one.pk for one in replaced]).update(
        state=Target.State.REPLACED, retired_at=at, replaced_by=post.posting
    )
    rows = [
        Target(
            **origin_of(post.source), posting_id=post.posting, at=at, person_id=key[0], product_id=key[1],
            period=period, quantity=quantity, amount=amount, version=versions.get(key, 0) + 1,
        )
        for key, (quantity, amount) in wanted.items()
    ]  # fmt: skip
    try:
        with transaction.atomic():
            made = Target.objects.bulk_create(rows)
    except IntegrityError as error:
        raise Conflict(text("别人同时写入了同样的目标，请重试")) from error
    _record(post.posting, "write", len(made), post.source.company, by, at)
    return made


@transaction.atomic
def take_back_targets(*, posting: int, by: Actor, at: datetime) -> None:
    """Withdraw what a posting wrote; what it replaced is in force again, or as soon as all after it is withdrawn."""
    own = Target.objects.select_for_update().filter(posting_id=posting).exclude(state=Target.State.WITHDRAWN)
    later = {_key(one): one.replaced_by for one in own}
    count = own.update(state=Target.State.WITHDRAWN, retired_at=at)
    for one in Target.objects.filter(replaced_by=posting, state=Target.State.REPLACED):
        one.replaced_by = later.get(_key(one)) or _in_force(one)
        if one.replaced_by is None:
            one.state, one.retired_at = Target.State.CURRENT, None
        one.save(update_fields=["state", "retired_at", "replaced_by"])
    if count:
        _record(posting, "withdraw", count, None, by, at)


def _key(row: Target) -> tuple[int, int | None, str]:
    return row.person_id, row.product_id, row.period


def _in_force(row: Target) -> int | None:
    """The posting of the version in force of the same target."""
    current = Target.objects.filter(
        company=row.company_id, person=row.person_id, product=row.product_id, period=row.period,
        state=Target.State.CURRENT,
    )  # fmt: skip
    return current.values_list("posting_id", flat=True).first()


def _document(post: Post) -> Document | None:
    if post.source.document is None:
        return None
    return Document.objects.select_related("form_version__form").get(pk=post.source.document)


def _sheet(document: Document | None) -> Mapping[str, Any]:
    """The paper's values: a mapping need not repeat whose the targets are and for when."""
    return documents.plain(document) if document is not None else {}


def _lines(post: Post, document: Document | None) -> list[Line]:
    author = document.author_id if document is not None else 0
    otherwise = person_of(post.values) or person_of(_sheet(document)) or author
    rows = post.values.get("lines")
    if isinstance(rows, list | tuple):
        return with_owners(rows, _personal(post, document), otherwise)
    line = line_of(post.values, post.values.get("product") or post.key or None)
    return [replace(line, person=line.person or otherwise)]


def _personal(post: Post, document: Document | None) -> list[Record]:
    """The personal sheets a merged one was made of: those of the same form in the same case."""
    if document is None or post.source.case is None:
        return []
    sheets = Document.objects.filter(
        case_documents__case=post.source.case, form_version__form=document.form_version.form,
        version_number__gt=0,
    )  # fmt: skip
    others = sheets.exclude(pk=document.pk).exclude(state=State.VOID)
    return [documents.plain(one) for one in others.select_related("form_version").distinct().order_by("pk")]


def _summed(lines: list[Line]) -> dict[Key, tuple[Decimal, Decimal]]:
    """Quantity and amount by person and product."""
    people = set(Person.objects.filter(pk__in={one.person for one in lines}).values_list("pk", flat=True))
    found: dict[Key, tuple[Decimal, Decimal]] = {}
    for line in lines:
        if line.person not in people:
            raise Invalid(text("目标没有写明责任人"))
        key = (line.person, _product(line))
        quantity, amount = found.get(key, (Decimal(0), Decimal(0)))
        found[key] = (quantity + line.quantity, amount + line.amount)
    return found


def _product(line: Line) -> int | None:
    if line.product in (None, ""):
        return None
    found = product_named(line.product)
    if found is None:
        raise Invalid(text("目标里的产品“{product}”不在产品目录中"), product=str(line.product))
    return found.pk


def _locked(post: Post, period: str, wanted: dict[Key, tuple[Decimal, Decimal]], whole: bool) -> list[Target]:
    """The rows in force that this posting replaces, locked."""
    current: QuerySet[Target] = Target.objects.select_for_update().filter(
        company=post.source.company, state=Target.State.CURRENT
    )
    same = current.filter(period=period, person__in={person for person, _ in wanted}).order_by("pk")
    found = [one for one in same if (one.person_id, one.product_id) in wanted]
    if whole:
        papers = {post.source.document, id_of(post.values.get("target_ref"))} - {None}
        known = {one.pk for one in found}
        found += [one for one in current.filter(document__in=papers).order_by("pk") if one.pk not in known]
    return found


def _record(posting: int, verb: str, count: int, company: int | None, by: Actor, at: datetime) -> None:
    audit.record(
        kind="target.posting", id=posting, verb=verb, by=by, at=at, changes={"rows": (None, count)},
        company=company,
    )  # fmt: skip
