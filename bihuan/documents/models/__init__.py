"""Papers: what forms ask, the documents filled from them, their versions and indexed fields."""

from .document import Document, DocumentField, DocumentVersion, Reading, State, Urgency
from .form import Form, FormVersion
from .word import WordTemplate

__all__ = [
    "Document",
    "DocumentField",
    "DocumentVersion",
    "Form",
    "FormVersion",
    "Reading",
    "State",
    "Urgency",
    "WordTemplate",
]
