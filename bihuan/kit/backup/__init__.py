"""A whole installation in one file: every table and every kept file, from and into either kind of database."""

from .making import Made, make_backup
from .restoring import Restored, restore_backup

__all__ = ["Made", "Restored", "make_backup", "restore_backup"]
