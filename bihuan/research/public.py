"""The door of research."""

from .models import Fact, Item
from .services import withdraw_posting

__all__ = ["Fact", "Item", "withdraw_posting"]
