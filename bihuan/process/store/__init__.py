"""Loads the live rows of one case and writes the difference a command made.

Raw SQL: this is the path every step takes. What is read and written depends on how many seats and
tokens are alive, never on how old the case is.
"""

from .reading import load
from .rows import Alarm, CaseRow, Fact, NewTask, Seen
from .writing import note, save, write_title

__all__ = ["Alarm", "CaseRow", "Fact", "NewTask", "Seen", "load", "note", "save", "write_title"]
