"""Which names exist: what an expression is checked against before it is saved."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import TypeAlias

from bihuan.kernel.errors import DomainError, text


class Open(Enum):
    """Shapes without names of their own."""

    LEAF = "leaf"  # a single value: nothing stands below it
    ANY = "any"  # anything may stand below it


LEAF, ANY = Open.LEAF, Open.ANY

# A map of names to shapes, or a function from a name to its shape (None: unknown) where a map would
# be endless, as with references. A table has the shape of its row.
Shape: TypeAlias = Mapping[str, "Shape"] | Callable[[str], "Shape | None"] | Open

DATE: Shape = {"year": LEAF, "month": LEAF, "day": LEAF}
RANGE: Shape = {"start": DATE, "end": DATE}
PERIOD: Shape = {"start": DATE, "end": DATE, "code": LEAF, "kind": LEAF, "year": LEAF, "number": LEAF}


def unknown_names(paths: Iterable[str], shape: Shape) -> list[str]:
    """One zh-Hans message for each path that `shape` does not have, in the order of the paths."""
    problems = (_unknown(path, shape) for path in sorted(paths))
    return list(dict.fromkeys(problem for problem in problems if problem))


def _unknown(path: str, shape: Shape) -> str | None:
    here: Shape | None = shape
    keys = path.split(".")
    for depth, key in enumerate(keys):
        if here is ANY:
            return None
        outer, here = here, _inside(here, key)
        if here is None:
            return _message(".".join(keys[: depth + 1]), key, outer)
    return None


def _inside(shape: Shape | None, key: str) -> Shape | None:
    if isinstance(shape, Mapping):
        return shape.get(key)
    return shape(key) if callable(shape) else None


def _message(path: str, key: str, outer: Shape | None) -> str:
    close = difflib.get_close_matches(key, outer, n=1) if isinstance(outer, Mapping) else []
    if close:
        return DomainError(text("没有名称{path}，是否指{close}？"), path=path, close=close[0]).text()
    return DomainError(text("没有名称{path}"), path=path).text()
