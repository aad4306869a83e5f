"""The small company that writes papers."""

from bihuan.documents.tests.conftest import firm

__all__ = ["firm"]
