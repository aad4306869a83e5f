"""What a case's rows hold beside the engine's state, and how values are written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection


@dataclass(slots=True)
class CaseRow:
    """The case's own row as it was read."""

    id: int
    number: str
    title: str
    version_id: int
    process_code: str
    company_id: int
    unit_id: int
    starter_id: int
    starter_position_id: int | None
    main_document_id: int | None
    opener_id: int | None
    opener_token: int | None
    state: str
    urgency: str
    secrecy: int
    memory: dict[str, Any]
    lock: int
    audit_seq: int
    audit_hash: str
    for_date: date | None
    opened_at: date
    period: str
    digest: str
    release_digest: str


@dataclass(frozen=True, slots=True)
class NewTask:
    """What a new seat's row says beyond the engine's seat."""

    name: str
    act: str
    document: int | None
    due_at: datetime
    next_alarm_at: datetime | None
    alarm: int
    row: str = ""


class Alarm(NamedTuple):
    """What an armed watch or wait waits for: a moment, or an event by name."""

    at: datetime | None = None
    event: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person said and which version of the document he said it on."""

    opinion: str
    version: int | None
    root: str


@dataclass(frozen=True, slots=True)
class Fact:
    """The command as history keeps it."""

    verb: str
    node: str = ""
    task: int | None = None
    note: str = ""
    changes: Mapping[str, tuple[Any, Any]] | None = None
    seen: Seen | None = None


class Writes:
    """What one command writes, gathered and sent in order.

    PostgreSQL takes all of it in one message, which saves a round trip per statement.
    """

    def __init__(self) -> None:
        self._gathered: list[tuple[str, Sequence[Any]]] = []

    def execute(self, sql: str, values: Sequence[Any]) -> None:
        """Add a statement."""
        self._gathered.append((sql, values))

    def send(self) -> None:
        """Write all, and begin anew."""
        gathered, self._gathered = self._gathered, []
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(
                    TOGETHER.join(sql for sql, _ in gathered),
                    [one for _, values in gathered for one in values],
                )
                return
            for sql, values in gathered:
                cursor.execute(sql, values)


TOGETHER = ";\n"
"""Stands between statements that are sent as one."""
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def text_of(value: Any) -> str:
    """A value as JSON text, compact."""
    return _JSON.encode(value) if value != {} else "{}"


@lru_cache(maxsize=64)
def moment_of(value: datetime) -> Any:
    """A moment as the driver of the database takes it."""
    return connection.ops.adapt_datetimefield_value(value)
