"""What research and the field told us."""

from .intel import Fact, Item

__all__ = ["Fact", "Item"]
