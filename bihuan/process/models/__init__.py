"""Work: processes and their versions, running cases, and what people did in them."""

from .case import Case, CaseDocument, CaseEvent
from .live import Scope, Timer, Token
from .process import Process, ProcessVersion
from .sourced import SourcedRow
from .talk import Answer, Comment, Copy
from .task import Task

__all__ = [
    "Answer",
    "Case",
    "CaseDocument",
    "CaseEvent",
    "Comment",
    "Copy",
    "Process",
    "ProcessVersion",
    "Scope",
    "SourcedRow",
    "Task",
    "Timer",
    "Token",
]
