"""Products and the stages they went through."""

from .product import Product, Stage, StageChange

__all__ = ["Product", "Stage", "StageChange"]
