"""The door of strategy."""

from .models import Target
from .queries import visible_targets
from .services import take_back_targets, write_targets

__all__ = ["Target", "take_back_targets", "visible_targets", "write_targets"]
