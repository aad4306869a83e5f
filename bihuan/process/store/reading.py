"""Reads what is alive in one case, and locks it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from bihuan.kernel.clock import aware
from bihuan.kernel.errors import NotFound, text
from bihuan.process.engine import codec
from bihuan.process.engine.state import Back, Chair, Did, Key, Scope, Seat, State, Taken, Token, Watch

from .rows import CaseRow

_COLUMNS = (
    "id number title version_id process_code company_id unit_id starter_id starter_position_id main_document_id"
    " opener_id opener_token state urgency secrecy memory lock audit_seq audit_hash for_date opened_at period"
)
_CASE = _COLUMNS.split()
_LOAD = (
    f"SELECT {', '.join(f'process_case.{column}' for column in _CASE)}, version.digest, release.digest"  # noqa: S608
    " FROM process_case JOIN process_processversion version ON version.id = process_case.version_id"
    " JOIN packs_packrelease release ON release.id = version.release_id WHERE process_case.id = %s"
)
_LIVE = (
    "SELECT person_id, local, token, node, state, choice, position_id, stands_for_id, place, answer, round, note"
    " FROM process_task WHERE case_id = %s AND live UNION ALL"
    " SELECT NULL, local, scope, node, kind, data, NULL, NULL, NULL, NULL, NULL, NULL"
    " FROM process_token WHERE case_id = %s ORDER BY local"
)


def load(case_id: int) -> tuple[CaseRow, State]:
    """Lock the case's row and read what is alive in it; raises NotFound."""
    with connection.cursor() as cursor:
        # not the key: who only refers to the case, as a hand-over to it does, need not wait (ADR 0014)
        lock = " FOR NO KEY UPDATE OF process_case" if connection.features.has_select_for_update else ""
        cursor.execute(_LOAD + lock, [case_id])
        found = cursor.fetchone()
        if found is None:
            raise NotFound(text("流程实例不存在"))
        row = CaseRow(*found)
        row.memory = json.loads(found[_CASE.index("memory")])
        row.for_date, row.opened_at = _day(row.for_date), _day(row.opened_at) or date.min
        state = _remembered(row.memory)
        _read_tokens(cursor, row, state)
        if row.memory.get("scopes_live"):
            _read_scopes(cursor, row, state)
        if row.memory.get("watches_live"):
            _read_watches(cursor, row, state)
    return row, state


def _day(value: Any) -> date | None:
    """A date or moment as a driver gives it (SQLite: text in UTC), as a day in Asia/Shanghai."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    if isinstance(value, datetime):
        return aware(value if value.tzinfo else value.replace(tzinfo=UTC)).date()
    return value if isinstance(value, date) else None


def _remembered(memory: Mapping[str, Any]) -> State:
    """The engine's bounded memory."""
    if not memory:
        return State()
    return State(
        status=memory["status"], outcome=memory["outcome"], passed=memory["passed"], refused=memory["refused"],
        first=memory["first"], last_id=memory["last_id"], pass_no=memory["pass_no"], counts=dict(memory["counts"]),
        did={_key(k): Did(tuple(Chair(*c) for c in v[0]), v[1]) for k, v in memory["did"]},
        gates={_key(k): Taken(tuple(v[0]), v[1], v[2]) for k, v in memory["gates"]},
        rows={_key(k): tuple(v) for k, v in memory["rows"]},
        backs={int(k): codec.from_json(Back, v) for k, v in memory["backs"].items()},
    )  # fmt: skip


def _key(data: Sequence[Any]) -> Key:
    return data[0], tuple(data[1])


def _read_tokens(cursor: Any, row: CaseRow, state: State) -> None:
    """Tokens and seats in one statement; only a seat has a person."""
    cursor.execute(_LIVE, [row.id, row.id])
    for person, local, outer, node, kind, data, position, stands_for, place, answer, turn, note in cursor:
        extra = {} if data == "{}" else json.loads(data)
        if person is None:
            state.tokens[local] = Token(local, node, outer, kind, extra.get("flow", ""))
            continue
        state.seats[local] = Seat(
            local, outer, node, person, position, stands_for, place, kind, answer or None, turn,
            extra.get("veto", False), note, extra.get("by"), extra.get("target"), extra.get("mode"),
        )  # fmt: skip


def _read_scopes(cursor: Any, row: CaseRow, state: State) -> None:
    cursor.execute("SELECT local, node, data FROM process_scope WHERE case_id = %s", [row.id])
    for local, node, data in cursor.fetchall():
        state.scopes[local] = Scope(local, node, **json.loads(data))


def _read_watches(cursor: Any, row: CaseRow, state: State) -> None:
    cursor.execute("SELECT local, node, data FROM process_timer WHERE case_id = %s", [row.id])
    for local, node, data in cursor.fetchall():
        state.watches[local] = Watch(local, node, **json.loads(data))
