"""The door of the catalogue."""

from .models import Product, Stage
from .queries import plain, product_named, visible_products
from .services import change_product, open_product, retire_product

__all__ = [
    "Product",
    "Stage",
    "change_product",
    "open_product",
    "plain",
    "product_named",
    "retire_product",
    "visible_products",
]
