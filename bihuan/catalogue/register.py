"""The register `product`: the products themselves, and what `ref` fields may point to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import text
from bihuan.kit.access import Viewer
from bihuan.kit.ui.field_view import Option
from bihuan.process.public import Post

from . import queries, services
from .models import Product


class ProductRegister:
    """`product.stage` writes an approved stage; the register's rows are the products."""

    name = "product"
    label = text("产品")
    words: Mapping[str, str] = {"stage": text("变更产品阶段")}
    actions: Mapping[str, frozenset[str]] = {"stage": frozenset({"product", "proposed_stage", "stage"})}

    def post(self, post: Post, *, by: Actor, at: datetime) -> None:
        """Write the product's stage."""
        services.move_stage(post=post, by=by, at=at)

    def reverse(self, posting: int, *, by: Actor, at: datetime) -> None:
        """Give the product its earlier stage again."""
        services.take_back_stage(posting=posting, by=by, at=at)

    def rows(self, kind: str) -> QuerySet[Product] | None:
        """The products."""
        return Product.objects.all() if kind in ("", "row") else None

    def plain(self, row: Product) -> Mapping[str, Any]:
        """A product's values."""
        return queries.plain(row)

    def create(self, kind: str, data: Mapping[str, Any], *, by: Actor, at: datetime) -> Product:
        """Make a product by hand, as its page does."""
        return services.open_product(**data, by=by, at=at)

    def update(self, row: Product, data: Mapping[str, Any], *, by: Actor, at: datetime) -> Product:
        """Change a product by hand, as its page does."""
        return services.change_product(product=row, by=by, at=at, **data)


class ProductReference:
    """Products as targets of `ref` fields (`to: [product]`)."""

    def search(self, text: str, viewer: Viewer, limit: int) -> Iterable[Option]:
        """Products in use that fit."""
        return [
            Option(str(one.pk), one.name, search=one.name_pinyin, note=one.code)
            for one in queries.search_products(text, viewer, limit)
        ]

    def find(self, raw: object, viewer: Viewer | None) -> dict[str, Any] | None:
        """The product given by id or code."""
        found = queries.product_named(raw, viewer)
        if found is None:
            return None
        return {"id": found.pk, "number": found.code, "title": found.name, "version": None}

    def values(self, id: int) -> Mapping[str, Any]:
        """The product's values; empty where it is gone."""
        found = Product.objects.filter(pk=id).first()
        return queries.plain(found) if found is not None else {}

    def url(self, id: int) -> str:
        """The product's page."""
        return reverse("crud:catalogue-products-detail", args=[id])
