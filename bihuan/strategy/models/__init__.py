"""What is to be reached, by whom and when."""

from .target import Target

__all__ = ["Target"]
