"""What an entry's hash covers, and the text of its changes. Pure: no database.

The algorithm is named in front of every hash ("sha256:…"), so that another may follow one day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

ALGORITHM = "sha256"


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain: what the next one builds on."""

    seq: int
    hash: str


EMPTY = Head(0, "")
"""The head of an object that has no entry yet."""


def digest(parts: Sequence[Any]) -> str:
    """The named hash of a list of plain values (text, whole numbers, None)."""
    content = _PARTS.encode(list(parts))
    return f"{ALGORITHM}:{hashlib.sha256(content.encode()).hexdigest()}"


def moment(at: datetime) -> str:
    """A moment as hashed: UTC with microseconds, whatever zone and precision it came in."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def changes_text(changes: Mapping[str, tuple[Any, Any]]) -> str:
    """Canonical JSON of field → [old, new]; decimals and dates as text, fields sorted."""
    pairs = {field: [old, new] for field, (old, new) in changes.items()}
    return _CHANGES.encode(pairs)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return moment(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date | Decimal):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


_PARTS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_CHANGES = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_plain)


def clean(text: str) -> str:
    """Text that every database keeps as it is: PostgreSQL refuses the NUL character."""
    return text.replace("\x00", "")
