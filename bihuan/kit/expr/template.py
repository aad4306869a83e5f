"""Sentences with expressions in braces: `请确认 {doc.title}` (formats.md, "Outcome keys", `text`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bihuan.kernel.errors import text
from bihuan.kit.expr.errors import ExprError
from bihuan.kit.expr.expression import Expr, compile, shown
from bihuan.kit.expr.functions import FUNCTIONS
from bihuan.kit.expr.shape import Shape, unknown_names
from bihuan.kit.expr.values import Value

_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence whose braces are filled from the roots. Made by `parse_template`."""

    source: str
    parts: tuple[str | Expr, ...]

    @property
    def names(self) -> frozenset[str]:
        """The dotted paths it reads."""
        return frozenset().union(*(part.names for part in self.parts if isinstance(part, Expr)))

    def refuse_unknown(self, shape: Shape) -> list[str]:
        """A message (zh-Hans) for each name that `shape` does not know."""
        return unknown_names(self.names, shape)

    def fill(self, roots: Value) -> str:
        """The sentence with the values as `text` writes them, records by their number; empty is nothing."""
        write = FUNCTIONS["text"].call
        return "".join(
            part if isinstance(part, str) else write(shown(part.value(roots))) for part in self.parts
        )


@lru_cache(maxsize=1024)
def parse_template(source: str) -> Template:
    """Read a sentence with expressions in braces; raises ExprError. Cached."""
    texts = _BRACES.split(source)  # text, expression, text, expression, …, text
    if any("{" in part or "}" in part for part in texts[::2]):
        raise ExprError(text("花括号不成对：{source}"), source=source)
    return Template(source, tuple(compile(part) if index % 2 else part for index, part in enumerate(texts)))
