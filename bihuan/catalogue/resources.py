"""The product list, and the stages products went through."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from bihuan.kernel.errors import text
from bihuan.kit.access import Viewer
from bihuan.kit.crud import Columns, Fields, Filters, Import, Related, Resource, Timeline, resource
from bihuan.org.public import Unit
from bihuan.process.public import SourcedResource

from . import services
from .models import Product, StageChange
from .queries import visible_products


@resource(menu="catalogue", order=10)
class Products(Resource[Product]):
    """What we sell; forms refer to it, processes change its stage (SC-D06)."""

    fields = Fields(
        "code*", "name*", "category", "measure", "stage", "list_price:money", "company", "note:long"
    )
    listing = Columns("name", "code", "category", "measure", "stage", "list_price")
    filters = Filters("stage", "category", "company", list_price="range")
    search = ("code", "name", "name_pinyin")
    panels = (Related("stages", text("阶段变化")), Timeline())
    create, change, retire = services.open_product, services.change_product, services.retire_product
    imports = Import(key="code", headings={"单位": "measure", "价格": "list_price"})
    readers = "all"
    icon = "package"

    def visible_to(self, viewer: Viewer) -> QuerySet[Product]:
        """Products of the companies one works in."""
        return visible_products(viewer)

    def options(self, field: str, viewer: Viewer) -> QuerySet[Any]:
        """Companies only."""
        return Unit.objects.filter(kind="company", retired_at=None)


@resource(menu="catalogue", order=20, in_menu=False)
class StageChanges(SourcedResource[StageChange]):
    """How each product's stage came about; read-only, written by `product.stage`."""

    fields = Fields("product", "before", "after", "document", "at", "reversed_at")
    listing = Columns("at", "product", "before", "after", "document", "reversed_at")
    filters = Filters("after", at="range")
    order = "-at"
    icon = "history"
