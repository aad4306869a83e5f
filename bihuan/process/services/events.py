"""Events: something happened to a document, a register or a case (formats.md, "Events")."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bihuan.kernel.actor import Actor


def raise_event(
    name: str, record: Mapping[str, Any], *, company: int, unit: int, by: Actor, at: datetime
) -> None:
    """Tell that something happened ("product.created"); nobody listens to registers yet."""
