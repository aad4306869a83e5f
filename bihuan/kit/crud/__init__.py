"""Registers by declaration: one Resource gives list, forms, history, import, export, REST and menu entry.

See docs/how-to/add-a-register.md.
"""

from .commands import check_row, save_new_row, save_row_changes, stamp_of
from .declarations import Bulk, Columns, Fields, Filters, Import, Related, Timeline
from .registry import resource
from .resource import Resource

__all__ = [
    "Bulk",
    "Columns",
    "Fields",
    "Filters",
    "Import",
    "Related",
    "Resource",
    "Timeline",
    "check_row",
    "resource",
    "save_new_row",
    "save_row_changes",
    "stamp_of",
]
