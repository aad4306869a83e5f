"""Work: processes and their versions, running cases, and what people did in them."""

from .case import Case, CaseDocument, CaseEvent
from .live import Scope, Timer, Token
from .posting import Posting
from .process import Process, ProcessVersion
from .sourced import SourcedRow
from .talk import Answer, Comment, Copy
from .task import Task
from .trigger import Agenda, HandOver, Trigger

__all__ = [
    "Agenda",
    "Answer",
    "Case",
    "CaseDocument",
    "CaseEvent",
    "Comment",
    "Copy",
    "HandOver",
    "Posting",
    "Process",
    "ProcessVersion",
    "Scope",
    "SourcedRow",
    "Task",
    "Timer",
    "Token",
    "Trigger",
]
