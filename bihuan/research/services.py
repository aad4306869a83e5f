"""Writes: facts and items from accepted papers, marked as withdrawn when their posting is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from bihuan.documents import public as documents
from bihuan.documents.public import Document, State
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, text
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit import audit
from bihuan.org.public import searchable
from bihuan.process.public import Post, origin_of

from .models import Fact, Item

SHEETS = "market_info"
"""Key of the form whose sheets are facts (F-004)."""
_REFUSED = {"退回", "作废"}
_OTHER = text("其他")


@transaction.atomic
def write_report(*, post: Post, by: Actor, at: datetime) -> tuple[list[Fact], list[Item]]:
    """Facts from the accepted sheets of the report's case, items from the report's findings (SC-002)."""
    facts = [_fact(sheet, post, at) for sheet in _sheets(post.source.case) if not _known(sheet)]
    items = [
        _item(
            post, at, title=str(row.get("finding") or ""), content=str(row.get("finding") or ""),
            evidence=str(row.get("evidence") or ""), type=_OTHER, origin=_paper(post), got_on=_day(at),
        )
        for row in post.values.get("findings") or ()
        if row.get("finding")
    ]  # fmt: skip
    Fact.objects.bulk_create(facts)
    Item.objects.bulk_create(items)
    _record(post.posting, "write", len(facts) + len(items), post.source.company, by, at)
    return facts, items


@transaction.atomic
def add_item(*, post: Post, by: Actor, at: datetime) -> Item:
    """An intelligence item that was checked and graded (SC-D01, F-012). Raises Invalid without title or content."""
    given = post.values
    if not given.get("title") or not given.get("content"):
        raise Invalid(text("情报条目要有标题和内容"))
    item = _item(
        post, at, title=str(given["title"]), content=str(given["content"]),
        type=str(given.get("type") or _OTHER), origin=str(given.get("source") or _paper(post))[:240],
        grading=str(given.get("grading") or "")[:4], got_on=_date(given.get("got_at")) or _day(at),
    )  # fmt: skip
    if given.get("secrecy"):
        item.secrecy = max(item.secrecy, int(Secrecy.of(str(given["secrecy"]))))
    item.save()
    _record(post.posting, "write", 1, post.source.company, by, at)
    return item


@transaction.atomic
def withdraw_posting(*, posting: int, by: Actor, at: datetime) -> int:
    """Mark what a posting wrote as withdrawn; returns how many rows. Done twice it changes nothing."""
    count = 0
    for model in (Fact, Item):
        rows: QuerySet[Any] = model._default_manager.filter(posting_id=posting, retired_at=None)
        count += rows.update(retired_at=at)
    if count:
        _record(posting, "withdraw", count, None, by, at)
    return count


def _sheets(case: int | None) -> list[Document]:
    """The handed-in sheets of a case, in the order they were made."""
    found = Document.objects.filter(
        case_documents__case=case, form_version__form__key=SHEETS, version_number__gt=0
    )
    return list(
        found.exclude(state=State.VOID).select_related("form_version__form").distinct().order_by("pk")
    )


def _known(sheet: Document) -> bool:
    """Whether the sheet was refused, or is a fact already by another report."""
    return (
        documents.plain(sheet).get("check_result") in _REFUSED
        or Fact.objects.filter(document=sheet, retired_at=None).exists()
    )


def _fact(sheet: Document, post: Post, at: datetime) -> Fact:
    given = documents.plain(sheet)
    version = documents.newest_version(sheet)
    competitor = _named(given.get("competitor"))
    origin = "：".join(filter(None, [_text(given, "source_kind"), _text(given, "source_detail")]))
    return Fact(
        company_id=sheet.company_id, unit_id=sheet.unit_id, document=sheet, secrecy=sheet.secrecy,
        version_id=version.pk if version else None, posting_id=post.posting, at=at,
        topic=_text(given, "info_type") or _OTHER, competitor=competitor,
        competitor_pinyin=searchable(competitor), product=_named(given.get("product"))[:200],
        area=_text(given, "area")[:80], content=_text(given, "content"), price=_price(given.get("price")),
        performance=_text(given, "performance"), promotion=_text(given, "promotion"),
        need=_text(given, "customer_need"), impact=_text(given, "impact")[:10],
        suggestion=_text(given, "suggestion"), collected_on=_date(given.get("collect_date")),
        origin=origin[:240], grading=f"{_text(given, 'reliability')}{_text(given, 'credibility')}"[:4],
    )  # fmt: skip


def _item(post: Post, at: datetime, *, title: str, **given: Any) -> Item:
    head = title.strip().splitlines()[0][:80]
    return Item(
        **origin_of(post.source), posting_id=post.posting, at=at, title=head,
        title_pinyin=searchable(head), **given,
    )  # fmt: skip


def _paper(post: Post) -> str:
    return f"{post.source.number} {post.source.title}".strip()[:240]


def _text(given: Mapping[str, Any], key: str) -> str:
    return str(given.get(key) or "")


def _named(value: Any) -> str:
    """A name given as text or as a record."""
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("title")
    return str(value or "")[:120]


def _price(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _date(value: Any) -> date | None:
    """A day; of a moment the day in Shanghai."""
    if isinstance(value, datetime):
        return _day(value)
    return value if isinstance(value, date) else None


def _day(at: datetime) -> date:
    return clock.aware(at).astimezone(clock.TZ).date()


def _record(posting: int, verb: str, count: int, company: int | None, by: Actor, at: datetime) -> None:
    audit.record(
        kind="intel.posting", id=posting, verb=verb, by=by, at=at, changes={"rows": (None, count)},
        company=company,
    )  # fmt: skip
