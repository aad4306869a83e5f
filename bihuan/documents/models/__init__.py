"""Papers: what forms ask, the documents filled from them, their versions and indexed fields."""

from .document import Document, DocumentField, DocumentVersion, State
from .form import Form, FormVersion

__all__ = ["Document", "DocumentField", "DocumentVersion", "Form", "FormVersion", "State"]
