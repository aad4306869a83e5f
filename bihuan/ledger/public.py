"""The door of the ledger."""

from .domain.moves import Pot
from .models import Account, Entry
from .queries import RIGHT, held_by_processes, verify_ledger, visible_accounts, visible_entries
from .services import open_ledger, reverse_posting

__all__ = [
    "RIGHT",
    "Account",
    "Entry",
    "Pot",
    "held_by_processes",
    "open_ledger",
    "reverse_posting",
    "verify_ledger",
    "visible_accounts",
    "visible_entries",
]
