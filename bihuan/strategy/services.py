"""Writes: targets from signed plans, what was achieved from reports; the next version leaves a row readable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from bihuan.catalogue.public import product_named
from bihuan.documents import public as documents
from bihuan.documents.public import Document, Record, State
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, text
from bihuan.org.public import Person
from bihuan.process.public import Post, origin_of

from .domain.reading import Line, id_of, line_of, period_of, person_of, with_owners
from .models import Achievement, Target
from .versions import take_back, write_next

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
    rows = [
        Target(
            **origin_of(post.source), person_id=person, product_id=product, period=period,
            quantity=quantity, amount=amount,
        )
        for (person, product), (quantity, amount) in wanted.items()
    ]  # fmt: skip
    return write_next(Target, rows, replaced, posting=post.posting, by=by, at=at)


@transaction.atomic
def take_back_targets(*, posting: int, by: Actor, at: datetime) -> None:
    """Withdraw what a posting wrote; what it replaced is in force again, or as soon as all after it is withdrawn."""
    take_back(Target, posting, by=by, at=at)


@transaction.atomic
def write_achievement(*, post: Post, by: Actor, at: datetime) -> Achievement:
    """Write what a person has sold in a period so far, by his newest report (SC-004 step 5).

    `amount` in yuan and `day` (up to which) count, `rate` is per cent. Raises Invalid without person,
    period or amount, for an unknown product, Conflict if another got in between.
    """
    period = period_of(post.values)
    if not period or post.values.get("amount") is None:
        raise Invalid(text("完成情况没有写明期间或金额"))
    key, _ = _summed([line_of(post.values, post.values.get("product"))]).popitem()
    current = Achievement.objects.select_for_update().filter(
        company=post.source.company, person=key[0], product=key[1], period=period,
        state=Achievement.State.CURRENT,
    ).order_by("pk")  # fmt: skip
    row = Achievement(
        **origin_of(post.source), person_id=key[0], product_id=key[1], period=period,
        amount=post.values["amount"], rate=post.values.get("rate"), day=post.values.get("day"),
    )  # fmt: skip
    return write_next(Achievement, [row], current, posting=post.posting, by=by, at=at)[0]


@transaction.atomic
def take_back_achievement(*, posting: int, by: Actor, at: datetime) -> None:
    """Withdraw a report; the one before it counts again."""
    take_back(Achievement, posting, by=by, at=at)


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
