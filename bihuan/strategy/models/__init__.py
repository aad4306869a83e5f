"""What is to be reached, by whom and when, and what was."""

from .achievement import Achievement
from .target import Target
from .versioned import VersionedRow

__all__ = ["Achievement", "Target", "VersionedRow"]
