"""Every expression, time and template in an outline, with the place it stands at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bihuan.process.outline.parts import Strict
from bihuan.process.outline.problems import Path
from bihuan.process.outline.values import is_choice

_EXPRESSIONS = frozenset({"if", "check", "each", "once", "field", "expr", "of", "head_of"})
_TIMES = frozenset({"due", "after", "every", "wait", "ahead"})
_NOT_HERE = frozenset({"steps", "parallel", "origin", "labels", "name", "standard", "caution", "message"})


class Word(NamedTuple):
    """A piece of language: `kind` is expression, time or text."""

    path: Path
    kind: str
    source: str


def words_of(model: Strict) -> Iterator[Word]:
    """The expressions, times and texts of one step (not of the steps in it), start item or ending."""
    yield from words_in(model.model_dump(by_alias=True, exclude_unset=True))


def words_in(data: Mapping[str, Any]) -> Iterator[Word]:
    """The same of keys as plain data."""
    for key, value in data.items():
        if key not in _NOT_HERE:
            yield from _in(key, value, (key,))


def _in(key: str, value: Any, path: Path) -> Iterator[Word]:
    if isinstance(value, str):
        yield from _text(key, value, path)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _in(key if is_choice(value) or key in _TIMES else "", item, (*path, at))
    elif isinstance(value, dict):
        for inner, item in value.items():
            if inner in _NOT_HERE and key == "":
                continue
            timed = key in _TIMES and inner in (key, "else", "normal", "urgent", "critical")
            yield from _in(key if timed else _key(key, inner), item, (*path, inner))


def _key(outer: str, inner: str) -> str:
    """Inside maps of values any key may be a field's name; only the grammar's own keys count."""
    return "" if outer in ("set", "with", "where") else str(inner)


def _text(key: str, value: str, path: Path) -> Iterator[Word]:
    if key in _TIMES:
        yield Word(path, "time", value)
    elif key in ("when", *_EXPRESSIONS):
        if key not in ("head_of", "of") or "." in value:
            yield Word(path, "expression", value.removeprefix("="))
    elif value.startswith("="):
        yield Word(path, "expression", value[1:])
    elif key == "text":
        yield Word(path, "text", value)
