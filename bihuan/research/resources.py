"""Lists of facts and intelligence items: read-only, each row opens its source."""

from __future__ import annotations

from bihuan.kernel.errors import text
from bihuan.kit.crud import Columns, Fields, Filters, resource
from bihuan.process.public import SourcedResource

from .models import Fact, Item

_EMPTY = text("还没有情报。调研报告通过审核后自动写入。")


@resource(menu="research", order=10)
class Facts(SourcedResource[Fact]):
    """Competitors, needs and trends as told on market information sheets (F-004)."""

    fields = Fields(
        "topic", "competitor", "product", "area", "content", "performance", "price", "promotion", "need",
        "impact", "suggestion", "collected_on", "origin", "grading", "unit", "document", "at",
    )  # fmt: skip
    listing = Columns(
        "gist", "topic", "competitor", "product", "price", "impact", "collected_on", "grading", "document"
    )
    labels = {"gist": text("信息")}
    filters = Filters("topic", "competitor", "unit", collected_on="range", price="range")
    search = ("content", "competitor", "competitor_pinyin", "product", "performance", "promotion", "need")
    order = "-collected_on"
    icon = "eye"
    empty = _EMPTY

    def column_gist(self, row: Fact) -> str:
        """The beginning of what was said."""
        return row.content[:40] + ("…" if len(row.content) > 40 else "")


@resource(menu="research", order=20)
class Items(SourcedResource[Item]):
    """Intelligence items and findings of reports (F-012, F-009)."""

    fields = Fields(
        "title", "type", "content", "evidence", "got_on", "origin", "grading", "unit", "document", "at"
    )
    listing = Columns("title", "type", "got_on", "grading", "origin", "document")
    filters = Filters("type", "grading", "unit", got_on="range")
    search = ("title", "title_pinyin", "content", "evidence")
    order = "-got_on"
    icon = "bulb"
    empty = _EMPTY
