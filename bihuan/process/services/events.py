"""Events of documents, registers and cases (formats.md, "Events")."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, text


def raise_event(
    name: str, record: Mapping[str, Any], *, company: int, unit: int, by: Actor, at: datetime
) -> None:
    """Raise an event; raises Conflict, since nothing listens in this version."""
    raise Conflict(text("没有流程等待事件{name}"), name=name)
