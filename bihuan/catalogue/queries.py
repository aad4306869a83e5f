"""Finding products."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from bihuan.kit.access import Viewer
from bihuan.kit.ui.http import whole_number

from .models import Product, StageChange

_SEARCHED = ("code", "name", "name_pinyin")


def visible_products(viewer: Viewer | None) -> QuerySet[Product]:
    """Products of the companies a person works in; administrators and (None) the program see all."""
    if viewer is None or viewer.admin:
        return Product.objects.all()
    return Product.objects.filter(company__in=viewer.companies)


def search_products(words: str, viewer: Viewer, limit: int) -> list[Product]:
    """Products in use whose code, name or pinyin holds every word."""
    found = visible_products(viewer).filter(retired_at=None)
    for word in words.split()[:5]:
        found = found.filter(reduce(or_, (Q(**{f"{name}__icontains": word}) for name in _SEARCHED)))
    return list(found[:limit])


def product_named(raw: object, viewer: Viewer | None = None) -> Product | None:
    """The product given by id, code or a record with an id; a code that is a number goes before an id."""
    if isinstance(raw, Mapping):
        raw = raw.get("id")
    key = str(raw if raw is not None else "").strip()
    products = visible_products(viewer)
    number = whole_number(key)
    return products.filter(code=key).first() or (
        products.filter(pk=number).first() if number is not None else None
    )


def plain(product: Product) -> dict[str, Any]:
    """A product's values for expressions."""
    return {
        "id": product.pk, "code": product.code, "name": product.name, "category": product.category,
        "unit": product.measure, "stage": product.stage, "list_price": product.list_price,
        "price": product.list_price, "active": product.retired_at is None,
    }  # fmt: skip


def changes_by(posting: int) -> QuerySet[StageChange]:
    """The stage changes of a posting that still count, the last first."""
    return StageChange.objects.filter(posting_id=posting, reversed_at=None).order_by("-pk")
