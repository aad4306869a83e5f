"""The door of strategy."""

from .models import Achievement, Target
from .queries import visible_achievements, visible_targets
from .services import take_back_achievement, take_back_targets, write_achievement, write_targets

__all__ = [
    "Achievement",
    "Target",
    "take_back_achievement",
    "take_back_targets",
    "visible_achievements",
    "visible_targets",
    "write_achievement",
    "write_targets",
]
