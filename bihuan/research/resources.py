"""Lists of facts and intelligence items: read-only, each row opens its source."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.models import QuerySet

from bihuan.kernel.errors import text
from bihuan.kit.access import Viewer
from bihuan.kit.crud import Columns, Fields, Filters, Resource, resource
from bihuan.process.public import source_link, source_visible, without_bulk

from .models import Fact, Item

Row = TypeVar("Row", bound=models.Model)


class _Sourced(Resource[Row]):
    """What both lists share: rows whose source one may read, with the way to it."""

    panels = ()
    create = change = retire = None
    readers = "all"
    empty = text("还没有情报。调研报告通过审核后自动写入。")
    retire_label = text("撤回")

    def visible_to(self, viewer: Viewer) -> QuerySet[Any]:
        """The rows whose source document the viewer may read."""
        return self.model._default_manager.filter(source_visible(viewer))

    def decorate(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Bring the sources' titles."""
        return without_bulk(rows)

    def link(self, name: str, row: Any) -> str:
        """To the source document."""
        return source_link(row) if name == "document" else ""


@resource(menu="research", order=10)
class Facts(_Sourced[Fact]):
    """Competitors, needs and trends as told on market information sheets (F-004)."""

    fields = Fields(
        "topic", "competitor", "product", "area", "content", "performance", "price", "promotion", "need",
        "impact", "suggestion", "collected_on", "origin", "grading", "unit", "document", "at",
    )  # fmt: skip
    listing = Columns(
        "gist", "topic", "competitor", "product", "price", "impact", "collected_on", "grading", "document"
    )
    labels = {"gist": text("信息")}
    filters = Filters("topic", "competitor", "impact", "grading", "unit", collected_on="range", price="range")
    search = ("content", "competitor", "competitor_pinyin", "product", "performance", "promotion", "need")
    order = "-collected_on"
    icon = "eye"

    def column_gist(self, row: Fact) -> str:
        """The beginning of what was said."""
        return row.content[:40] + ("…" if len(row.content) > 40 else "")


@resource(menu="research", order=20)
class Items(_Sourced[Item]):
    """Intelligence items and findings of reports (F-012, F-009)."""

    fields = Fields(
        "title", "type", "content", "evidence", "got_on", "origin", "grading", "unit", "document", "at"
    )
    listing = Columns("title", "type", "got_on", "grading", "origin", "document")
    filters = Filters("type", "grading", "unit", got_on="range")
    search = ("title", "title_pinyin", "content", "evidence")
    order = "-got_on"
    icon = "bulb"
