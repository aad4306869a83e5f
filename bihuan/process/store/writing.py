"""Writes the difference a command made, its fact and its audit entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from bihuan.kernel.actor import Actor
from bihuan.kit import audit
from bihuan.process.engine import codec
from bihuan.process.engine import events as e
from bihuan.process.engine.state import State

from .rows import Alarm, CaseRow, Fact, NewTask, Writes, moment_of, text_of
from .seats import write_seats

_NOTHING = Alarm()


def save(
    row: CaseRow,
    old: State,
    new: State,
    events: Sequence[e.Event],
    tasks: Mapping[int, NewTask],
    timers: Mapping[int, Alarm],
    fact: Fact,
    by: Actor,
    at: datetime,
) -> None:
    """Write the difference between two states, the fact and its audit entry, in the caller's transaction."""
    writes = Writes()
    _write_tokens(writes, row.id, old, new)
    _write_scopes(writes, row.id, old, new)
    _write_watches(writes, row.id, old, new, timers)
    write_seats(writes, row, old, new, events, tasks, fact.seen, at)
    _record(writes, row, fact, events, by, at)
    _write_case(writes, row, new, at)
    writes.send()


def _record(
    cursor: Writes, row: CaseRow, fact: Fact, events: Sequence[e.Event], by: Actor, at: datetime
) -> None:
    """Append the fact to the case's history and its audit chain; the head stands in `row`."""
    row.lock += 1
    cursor.execute(
        "INSERT INTO process_caseevent"
        " (case_id, seq, at, actor_id, actor_name, position_name, verb, node, task, note, events)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [row.id, row.lock, moment_of(at), by.person, by.name, by.position_name, fact.verb, fact.node, fact.task,
         fact.note, text_of([event.to_json() for event in events])],
    )  # fmt: skip
    entry, head = audit.prepare(
        kind="case", id=row.id, verb=fact.verb, by=by, at=at, note=fact.note, company=row.company_id,
        changes=fact.changes or {}, head=audit.Head(row.audit_seq, row.audit_hash),
    )  # fmt: skip
    cursor.execute(audit.INSERT, entry)
    row.audit_seq, row.audit_hash = head.seq, head.hash


def note(row: CaseRow, fact: Fact, by: Actor, at: datetime) -> None:
    """Keep a fact that moved nothing."""
    writes = Writes()
    _record(writes, row, fact, (), by, at)
    writes.execute(
        "UPDATE process_case SET lock = %s, audit_seq = %s, audit_hash = %s WHERE id = %s",
        [row.lock, row.audit_seq, row.audit_hash, row.id],
    )
    writes.send()


def write_title(row: CaseRow) -> None:
    """The case carries its main document's title, secrecy and urgency."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE process_case SET title = %s, secrecy = %s, urgency = %s WHERE id = %s",
            [row.title, row.secrecy, row.urgency, row.id],
        )


def _memory(state: State) -> dict[str, Any]:
    """What `_remembered` reads; named tuples become lists by themselves."""
    return {
        "status": state.status, "outcome": state.outcome, "passed": state.passed, "refused": state.refused,
        "first": state.first, "last_id": state.last_id, "pass_no": state.pass_no, "counts": state.counts,
        "did": list(state.did.items()), "gates": list(state.gates.items()), "rows": list(state.rows.items()),
        "backs": {key: codec.to_json(back) for key, back in state.backs.items()},
        "scopes_live": bool(state.scopes), "watches_live": bool(state.watches),
    }  # fmt: skip


def _write_tokens(cursor: Writes, case: int, old: State, new: State) -> None:
    gone = [key for key in old.tokens if key not in new.tokens]
    _delete(cursor, "process_token", case, gone)
    for key, token in new.tokens.items():
        before = old.tokens.get(key)
        if before is None:
            cursor.execute(
                "INSERT INTO process_token (case_id, local, node, scope, kind, data) VALUES (%s, %s, %s, %s, %s, %s)",
                [
                    case,
                    key,
                    token.node,
                    token.scope,
                    str(token.kind),
                    text_of({"flow": token.flow} if token.flow else {}),
                ],
            )
        elif before != token:
            cursor.execute(
                "UPDATE process_token SET node = %s, scope = %s, kind = %s, data = %s"
                " WHERE case_id = %s AND local = %s",
                [
                    token.node,
                    token.scope,
                    str(token.kind),
                    text_of({"flow": token.flow} if token.flow else {}),
                    case,
                    key,
                ],
            )


def _write_scopes(cursor: Writes, case: int, old: State, new: State) -> None:
    if not old.scopes and not new.scopes:
        return
    _delete(cursor, "process_scope", case, [key for key in old.scopes if key not in new.scopes])
    for key, scope in new.scopes.items():
        if old.scopes.get(key) == scope:
            continue
        data = codec.to_json(scope)
        values = [text_of({k: v for k, v in data.items() if k not in ("id", "node")}), case, key]
        if key in old.scopes:
            cursor.execute("UPDATE process_scope SET data = %s WHERE case_id = %s AND local = %s", values)
        else:
            cursor.execute(
                "INSERT INTO process_scope (data, case_id, local, node) VALUES (%s, %s, %s, %s)",
                [*values, scope.node],
            )


def _write_watches(cursor: Writes, case: int, old: State, new: State, timers: Mapping[int, Alarm]) -> None:
    if not old.watches and not new.watches:
        return
    _delete(cursor, "process_timer", case, [key for key in old.watches if key not in new.watches])
    for key, watch in new.watches.items():
        if key not in old.watches:
            at, event = timers.get(key, _NOTHING)
            cursor.execute(
                "INSERT INTO process_timer (case_id, local, node, at, event, data) VALUES (%s, %s, %s, %s, %s, %s)",
                [
                    case,
                    key,
                    watch.node,
                    moment_of(at) if at else None,
                    event,
                    text_of({"token": watch.token, "scope": watch.scope}),
                ],
            )
        elif key in timers:
            at = timers[key].at
            cursor.execute(
                "UPDATE process_timer SET at = %s WHERE case_id = %s AND local = %s",
                [moment_of(at) if at else None, case, key],
            )


def _delete(cursor: Writes, table: str, case: int, keys: Sequence[int]) -> None:
    if keys:
        marks = ", ".join(["%s"] * len(keys))
        cursor.execute(f"DELETE FROM {table} WHERE case_id = %s AND local IN ({marks})", [case, *keys])  # noqa: S608


def _write_case(cursor: Writes, row: CaseRow, new: State, at: datetime) -> None:
    ended = new.status == "ended"
    row.memory, row.state = _memory(new), "ended" if ended else "running"
    cursor.execute(
        "UPDATE process_case SET memory = %s, lock = %s, audit_seq = %s, audit_hash = %s, state = %s, outcome = %s,"
        " passed = %s, ended_at = %s WHERE id = %s",
        [text_of(row.memory), row.lock, row.audit_seq, row.audit_hash, row.state, new.outcome if ended else "",
         new.passed if ended else None, moment_of(at) if ended else None, row.id],
    )  # fmt: skip
