"""Money of the department: accounts and the entries that move it."""

from .account import Account
from .entry import Entry
from .money import MoneyField

__all__ = ["Account", "Entry", "MoneyField"]
