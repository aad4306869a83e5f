"""The audit trail: who did what to which object when, in one hash chain per object.

`record(kind=, id=, verb=, by=, at=, changes=…)` writes in the caller's transaction; `history` reads;
`verify` proves; `seal` (every hour) fixes all chains in a checkpoint that also goes to a file outside
the database. An entry is never changed or deleted.
"""

from .chain import EMPTY, Head
from .models import Change, Checkpoint, Entry
from .queries import Problem, history, verify
from .services import COLUMNS, INSERT, Row, head_of, prepare, record, seal

__all__ = [
    "COLUMNS",
    "EMPTY",
    "INSERT",
    "Change",
    "Checkpoint",
    "Entry",
    "Head",
    "Problem",
    "Row",
    "head_of",
    "history",
    "prepare",
    "record",
    "seal",
    "verify",
]
