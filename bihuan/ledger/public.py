"""The door of the ledger."""

from .models import Account, Entry
from .queries import RIGHT, verify_ledger, visible_accounts, visible_entries
from .services import open_ledger, reverse_posting

__all__ = [
    "RIGHT",
    "Account",
    "Entry",
    "open_ledger",
    "reverse_posting",
    "verify_ledger",
    "visible_accounts",
    "visible_entries",
]
