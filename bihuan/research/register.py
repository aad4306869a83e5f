"""The register `intel`: facts and items from accepted papers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import text
from bihuan.process.public import Post

from . import services
from .models import Fact, Item

_FACT = (
    "id", "topic", "competitor", "product", "area", "content", "performance", "price", "promotion", "need",
    "impact", "collected_on", "grading", "origin",
)  # fmt: skip
_ITEM = ("id", "title", "type", "content", "evidence", "got_on", "grading", "origin")


class IntelRegister:
    """`intel.from_report` (a passed F-009 with its case's F-004 sheets) and `intel.add` (F-012)."""

    name = "intel"
    label = text("市场情报")
    words: Mapping[str, str] = {"from_report": text("写入调研结论"), "add": text("登记情报")}
    actions: Mapping[str, frozenset[str]] = {
        "from_report": frozenset({"title", "findings"}),
        "add": frozenset({"title", "type", "content", "got_at", "source", "grading", "secrecy"}),
    }

    def post(self, post: Post, *, by: Actor, at: datetime) -> None:
        """Write facts and items."""
        if post.action == "add":
            services.add_item(post=post, by=by, at=at)
        else:
            services.write_report(post=post, by=by, at=at)

    def reverse(self, posting: int, *, by: Actor, at: datetime) -> None:
        """Mark them as withdrawn."""
        services.withdraw_posting(posting=posting, by=by, at=at)

    def rows(self, kind: str) -> QuerySet[Any] | None:
        """`intel.item` (the chief kind) or `intel.fact`, without what was withdrawn."""
        if kind == "fact":
            return Fact.objects.filter(retired_at=None)
        return Item.objects.filter(retired_at=None) if kind in ("", "item") else None

    def plain(self, row: Fact | Item) -> Mapping[str, Any]:
        """A row's values."""
        names = _FACT if isinstance(row, Fact) else _ITEM
        return {**{name: getattr(row, name) for name in names}, "document": row.document_id}
