"""What a version keeps: canonical text and a hash over salted leaves (design.md §5).

The root is the hash over the sorted (path, salted hash of value) leaves. Erasing a person's data drops
value and salt and keeps the leaf, so that the root still verifies and nothing can be guessed back.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .values import canonical

ALGORITHM = "sha256"
ERASED = {"erased": True}
"""Stands where a value was erased."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`text` is canonical JSON; `leaves` and `salts` by path; `root` names its algorithm."""

    text: str
    leaves: dict[str, str]
    salts: dict[str, str]
    root: str


def take(content: Mapping[str, Any], salt: Callable[[], str] = lambda: secrets.token_hex(16)) -> Snapshot:
    """Keep `content` (JSON without floats, by name)."""
    values = dict(_flat(content))
    salts = {path: salt() for path in values}
    leaves = {path: _leaf(salts[path], value) for path, value in values.items()}
    return Snapshot(canonical(content), leaves, salts, root_of(leaves))


def root_of(leaves: Mapping[str, str]) -> str:
    """The root over the leaves, "sha256:…"."""
    return f"{ALGORITHM}:{_digest(canonical(sorted(leaves.items())))}"


def content_of(snapshot: Snapshot) -> dict[str, Any]:
    """The content; erased values are empty."""
    found: dict[str, Any] = _without_erased(json.loads(snapshot.text))
    return found


def erase(snapshot: Snapshot, paths: Collection[str]) -> Snapshot:
    """Drop values and salts at these paths and below; leaves and root stay."""
    gone = {path for path in snapshot.leaves if any(_is_below(path, one) for one in paths)}
    content = _erased(json.loads(snapshot.text), "", gone)
    salts = {path: salt for path, salt in snapshot.salts.items() if path not in gone}
    return Snapshot(canonical(content), snapshot.leaves, salts, snapshot.root)


def problems(snapshot: Snapshot) -> list[str]:
    """What was tampered with, by path (zh-Hans); [] if all is as it was taken."""
    found = [] if root_of(snapshot.leaves) == snapshot.root else ["摘要与各项不符"]
    values = dict(_flat(json.loads(snapshot.text)))
    for path, leaf in sorted(snapshot.leaves.items()):
        if path not in values:
            found.append(f"{path}缺失")
        elif values[path] == ERASED:
            if path in snapshot.salts:
                found.append(f"{path}被改动")
        elif path not in snapshot.salts or _leaf(snapshot.salts[path], values[path]) != leaf:
            found.append(f"{path}被改动")
    found += [f"{path}是后加的" for path in sorted(set(values) - set(snapshot.leaves))]
    return found


def _flat(content: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The single values with their paths: data.lines[0].qty; an empty list or map is a value."""
    if isinstance(content, dict) and content and content != ERASED:
        for key, value in content.items():
            yield from _flat(value, _step(path, key))
    elif isinstance(content, list) and content:
        for place, value in enumerate(content):
            yield from _flat(value, f"{path}[{place}]")
    else:
        yield path, content


def _step(path: str, key: str) -> str:
    """The path one name further down; names that could be mistaken for paths are quoted."""
    if not key.isidentifier():
        return f"{path}[{canonical(key)}]"
    return f"{path}.{key}" if path else key


def _erased(content: Any, path: str, gone: Collection[str]) -> Any:
    if path in gone:
        return ERASED
    if isinstance(content, dict) and content != ERASED:
        return {key: _erased(value, f"{path}.{key}" if path else key, gone) for key, value in content.items()}
    if isinstance(content, list):
        return [_erased(value, f"{path}[{place}]", gone) for place, value in enumerate(content)]
    return content


def _without_erased(content: Any) -> Any:
    if isinstance(content, dict):
        kept = {key: value for key, value in content.items() if value != ERASED}
        return {key: _without_erased(value) for key, value in kept.items()}
    if isinstance(content, list):
        return [_without_erased(value) for value in content if value != ERASED]
    return content


def _is_below(path: str, top: str) -> bool:
    return path == top or path.startswith((f"{top}.", f"{top}["))


def _leaf(salt: str, value: Any) -> str:
    return _digest(salt + canonical(value))


def _digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()
