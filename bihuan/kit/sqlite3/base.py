"""Django's SQLite engine with one difference: `%s` in a statement's text is rewritten once, not at every run.

That rewriting is a tenth of what a step costs (docs/evidence/steps.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base

_MOST = 2000


class CursorWrapper(base.SQLiteCursorWrapper):
    """A cursor that remembers rewritten statements."""

    def convert_query(self, query: str, *, param_names: Sequence[str] | None = None) -> str:
        """The statement in SQLite's own style."""
        if param_names is not None:
            return str(super().convert_query(query, param_names=list(param_names)))
        return _converted(query)


class DatabaseWrapper(base.DatabaseWrapper):
    """The engine."""

    def create_cursor(self, name: Any = None) -> Any:
        """A new cursor."""
        return self.connection.cursor(factory=CursorWrapper)


@lru_cache(maxsize=_MOST)
def _converted(query: str) -> str:
    return str(base.FORMAT_QMARK_REGEX.sub("?", query)).replace("%%", "%")
