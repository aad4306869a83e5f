"""Packs as they are installed: releases that were tested and signed together, and settings."""

from .release import Pack, PackRelease, PackUse
from .setting import Setting

__all__ = ["Pack", "PackRelease", "PackUse", "Setting"]
