"""Loads the live rows of one case and writes the difference a command made.

Raw SQL: this is the path every step takes. What is read and written depends on how many seats and
tokens are alive, never on how old the case is (engine.md §4).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from bihuan.kernel.actor import Actor
from bihuan.kernel.clock import aware
from bihuan.kernel.errors import NotFound, text
from bihuan.kit import audit
from bihuan.process.engine import codec
from bihuan.process.engine import events as e
from bihuan.process.engine.state import Back, Chair, Did, Key, Scope, Seat, State, Taken, Token, Watch

_CASE = (
    "id number title version_id process_code company_id unit_id starter_id starter_position_id main_document_id "
    "opener_id opener_token state urgency secrecy memory lock audit_seq audit_hash for_date opened_at"
).split()
_LOAD = (
    f"SELECT {', '.join(f'process_case.{column}' for column in _CASE)}, version.digest, release.digest FROM process_case"  # noqa: S608
    " JOIN process_processversion version ON version.id = process_case.version_id"
    " JOIN packs_packrelease release ON release.id = version.release_id WHERE process_case.id = %s"
)
_TASK_INSERT = (
    "case_id local token row node name act person_id position_id stands_for_id place round state note "
    "document_id opened_at due_at next_alarm_at alarms late answer opinion reason root saved_opinion"
).split()


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


def load(case_id: int) -> tuple[CaseRow, State]:
    """Lock the case's row and read what is alive in it; raises NotFound."""
    with connection.cursor() as cursor:
        lock = " FOR UPDATE OF process_case" if connection.features.has_select_for_update else ""
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


def save(row: CaseRow, old: State, new: State, events: Sequence[e.Event], tasks: Mapping[int, NewTask], timers: Mapping[int, datetime | None], fact: Fact, by: Actor, at: datetime) -> None:
    """Write the difference between two states, the fact and its audit entry, in the caller's transaction."""
    with connection.cursor() as cursor:
        _write_tokens(cursor, row.id, old, new)
        _write_scopes(cursor, row.id, old, new)
        _write_watches(cursor, row.id, old, new, timers)
        _write_seats(cursor, row, old, new, events, tasks, fact.seen, at)
        record(cursor, row, fact, events, by, at)
        _write_case(cursor, row, new, at)


def record(cursor: Any, row: CaseRow, fact: Fact, events: Sequence[e.Event], by: Actor, at: datetime) -> None:
    """Append the fact to the case's history and its audit chain; the head stands in `row`."""
    row.lock += 1
    cursor.execute(
        "INSERT INTO process_caseevent (case_id, seq, at, actor_id, actor_name, position_name, verb, node, task, note, events)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [row.id, row.lock, _moment(at), by.person, by.name, by.position_name, fact.verb, fact.node, fact.task,
         fact.note, _text([event.to_json() for event in events])],
    )  # fmt: skip
    head = audit.record(
        kind="case", id=row.id, verb=fact.verb, by=by, at=at, note=fact.note, company=row.company_id,
        changes=fact.changes or {}, head=audit.Head(row.audit_seq, row.audit_hash),
    )  # fmt: skip
    row.audit_seq, row.audit_hash = head.seq, head.hash


def _day(value: Any) -> date | None:
    """A date or moment as a driver gives it (SQLite: text in UTC), as a day in Asia/Shanghai."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    if isinstance(value, datetime):
        return aware(value if value.tzinfo else value.replace(tzinfo=UTC)).date()
    return value if isinstance(value, date) else None


def note(row: CaseRow, fact: Fact, by: Actor, at: datetime) -> None:
    """Keep a fact that moved nothing."""
    with connection.cursor() as cursor:
        record(cursor, row, fact, (), by, at)
        cursor.execute(
            "UPDATE process_case SET lock = %s, audit_seq = %s, audit_hash = %s WHERE id = %s",
            [row.lock, row.audit_seq, row.audit_hash, row.id],
        )


def write_title(row: CaseRow) -> None:
    """The case carries its main document's title, secrecy and urgency."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE process_case SET title = %s, secrecy = %s, urgency = %s WHERE id = %s",
            [row.title, row.secrecy, row.urgency, row.id],
        )


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


def _memory(state: State) -> dict[str, Any]:
    """What `_remembered` reads; named tuples become lists by themselves."""
    return {
        "status": state.status, "outcome": state.outcome, "passed": state.passed, "refused": state.refused,
        "first": state.first, "last_id": state.last_id, "pass_no": state.pass_no, "counts": state.counts,
        "did": list(state.did.items()), "gates": list(state.gates.items()), "rows": list(state.rows.items()),
        "backs": {key: codec.to_json(back) for key, back in state.backs.items()},
        "scopes_live": bool(state.scopes), "watches_live": bool(state.watches),
    }  # fmt: skip


def _read_tokens(cursor: Any, row: CaseRow, state: State) -> None:
    cursor.execute("SELECT local, node, scope, kind, data FROM process_token WHERE case_id = %s", [row.id])
    for local, node, scope, kind, data in cursor.fetchall():
        state.tokens[local] = Token(local, node, scope, kind, json.loads(data).get("flow", ""))
    cursor.execute(
        "SELECT local, token, node, person_id, position_id, stands_for_id, place, state, answer, round, note, choice"
        " FROM process_task WHERE case_id = %s AND live ORDER BY local",
        [row.id],
    )
    for local, token, node, person, position, stands_for, place, seat, answer, turn, note, choice in cursor.fetchall():
        extra = json.loads(choice)
        state.seats[local] = Seat(
            local, token, node, person, position, stands_for, place, seat, answer or None, turn,
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


def _write_tokens(cursor: Any, case: int, old: State, new: State) -> None:
    gone = [key for key in old.tokens if key not in new.tokens]
    _delete(cursor, "process_token", case, gone)
    for key, token in new.tokens.items():
        before = old.tokens.get(key)
        if before is None:
            cursor.execute(
                "INSERT INTO process_token (case_id, local, node, scope, kind, data) VALUES (%s, %s, %s, %s, %s, %s)",
                [case, key, token.node, token.scope, str(token.kind), _text({"flow": token.flow} if token.flow else {})],
            )
        elif before != token:
            cursor.execute(
                "UPDATE process_token SET node = %s, scope = %s, kind = %s, data = %s WHERE case_id = %s AND local = %s",
                [token.node, token.scope, str(token.kind), _text({"flow": token.flow} if token.flow else {}), case, key],
            )


def _write_scopes(cursor: Any, case: int, old: State, new: State) -> None:
    if not old.scopes and not new.scopes:
        return
    _delete(cursor, "process_scope", case, [key for key in old.scopes if key not in new.scopes])
    for key, scope in new.scopes.items():
        if old.scopes.get(key) == scope:
            continue
        data = codec.to_json(scope)
        values = [_text({k: v for k, v in data.items() if k not in ("id", "node")}), case, key]
        if key in old.scopes:
            cursor.execute("UPDATE process_scope SET data = %s WHERE case_id = %s AND local = %s", values)
        else:
            cursor.execute("INSERT INTO process_scope (data, case_id, local, node) VALUES (%s, %s, %s, %s)", [*values, scope.node])


def _write_watches(cursor: Any, case: int, old: State, new: State, timers: Mapping[int, datetime | None]) -> None:
    if not old.watches and not new.watches:
        return
    _delete(cursor, "process_timer", case, [key for key in old.watches if key not in new.watches])
    for key, watch in new.watches.items():
        if key not in old.watches:
            at = timers.get(key)
            cursor.execute(
                "INSERT INTO process_timer (case_id, local, node, at, data) VALUES (%s, %s, %s, %s, %s)",
                [case, key, watch.node, _moment(at) if at else None, _text({"token": watch.token, "scope": watch.scope})],
            )
        elif key in timers:
            at = timers[key]
            cursor.execute("UPDATE process_timer SET at = %s WHERE case_id = %s AND local = %s", [_moment(at) if at else None, case, key])


def _delete(cursor: Any, table: str, case: int, keys: Sequence[int]) -> None:
    if keys:
        marks = ", ".join(["%s"] * len(keys))
        cursor.execute(f"DELETE FROM {table} WHERE case_id = %s AND local IN ({marks})", [case, *keys])  # noqa: S608


def _write_seats(cursor: Any, row: CaseRow, old: State, new: State, events: Iterable[e.Event], tasks: Mapping[int, NewTask], seen: Seen | None, at: datetime) -> None:
    """Seats follow the events: what was answered or closed stays as a record when its token is gone."""
    written: set[int] = set()
    for event in events:
        if isinstance(event, e.SeatOpened):
            _insert_seat(cursor, row, event, new, tasks[event.seat], at)
        elif isinstance(event, e.SeatAnswered):
            _answer_seat(cursor, row.id, event, event.seat in new.seats, seen or Seen("", None, ""), at)
        elif isinstance(event, e.SeatClosed):
            _close_seat(cursor, row.id, event.seat, event.reason, event.by, event.seat in new.seats)
        elif isinstance(event, e.SeatTurned):
            _turn_seat(cursor, row.id, event.seat, tasks[event.seat], at)
        elif isinstance(event, e.SeatReassigned):
            _reassign_seat(cursor, row.id, event)
        elif isinstance(event, e.StraightBack):
            for key in event.seats:
                _reopen_seat(cursor, row, new.seats[key], tasks[key], at)
            written.update(event.seats)
        if isinstance(event, e.SeatAnswered | e.SeatClosed | e.SeatTurned):
            written.add(event.seat)
    reason = next((r for r in map(_reason, events) if r), "")
    left = [seat for key, seat in old.seats.items() if key not in new.seats and key not in written]
    for seat in left:
        if seat.state in ("open", "waiting"):
            _close_seat(cursor, row.id, seat.id, reason, None, False)
    _settle(cursor, row.id, [seat.id for seat in left if seat.state not in ("open", "waiting")])
    for key, seat in new.seats.items():
        before = old.seats.get(key)
        if key <= old.last_id and key not in written and (before is None or before.state != seat.state):
            _restore_seat(cursor, row.id, seat)


def _settle(cursor: Any, case: int, seats: Sequence[int]) -> None:
    """Answered seats of a round that is over stay as records."""
    if seats:
        marks = ", ".join(["%s"] * len(seats))
        cursor.execute(
            f"UPDATE process_task SET live = %s WHERE case_id = %s AND local IN ({marks})",  # noqa: S608
            [False, case, *seats],
        )


def _reason(event: e.Event) -> str:
    if isinstance(event, e.Returned):
        return "已退回" if event.refused else "已撤回"
    if isinstance(event, e.Cut):
        return event.reason
    return "流程已结束" if isinstance(event, e.CaseEnded) else ""


def _insert_seat(cursor: Any, row: CaseRow, event: e.SeatOpened, new: State, task: NewTask, at: datetime) -> None:
    seat = new.seats.get(event.seat)
    opened = seat or Seat(event.seat, event.token, event.node, *event.chair[:3], event.order, "closed", None, event.round)
    _insert_task(cursor, row, opened, task, at, live=seat is not None)


def _insert_task(cursor: Any, row: CaseRow, seat: Seat, task: NewTask, at: datetime, *, live: bool) -> None:
    alarm = task.next_alarm_at if seat.state == "open" else None
    values = [
        row.id, seat.id, seat.token, task.row, seat.node, task.name, task.act, seat.person, seat.position, seat.stands_for,
        seat.order, seat.round, seat.state, seat.note, task.document, _moment(at), _moment(task.due_at),
        _moment(alarm) if alarm else None, task.alarm, False, "", "", "", "", "", _text({"veto": True} if seat.veto else {}),
        live,
    ]  # fmt: skip
    columns = [*_TASK_INSERT, "choice", "live"]
    marks = ", ".join(["%s"] * len(columns))
    cursor.execute(f"INSERT INTO process_task ({', '.join(columns)}) VALUES ({marks})", values)  # noqa: S608


def _reopen_seat(cursor: Any, row: CaseRow, seat: Seat, task: NewTask, at: datetime) -> None:
    """The refuser decides again: his refusal stays as it was given, the seat goes on in a new row."""
    cursor.execute("UPDATE process_task SET local = NULL, live = %s WHERE case_id = %s AND local = %s", [False, row.id, seat.id])
    _insert_task(cursor, row, seat, task, at, live=True)


def _answer_seat(cursor: Any, case: int, event: e.SeatAnswered, live: bool, seen: Seen, at: datetime) -> None:
    choice = {key: value for key, value in (("target", event.target), ("mode", event.mode)) if value}
    cursor.execute(
        "UPDATE process_task SET state = 'done', answer = %s, acted_at = %s, next_alarm_at = NULL, choice = %s, live = %s,"
        " opinion = %s, document_version = %s, root = %s, late = (late OR due_at < %s) WHERE case_id = %s AND local = %s",
        [event.answer, _moment(at), _text(choice), live, seen.opinion, seen.version, seen.root, _moment(at), case, event.seat],
    )


def _close_seat(cursor: Any, case: int, seat: int, reason: str, by: int | None, live: bool) -> None:
    cursor.execute(
        "UPDATE process_task SET state = 'closed', reason = %s, next_alarm_at = NULL, choice = %s, live = %s"
        " WHERE case_id = %s AND local = %s",
        [reason[:200], _text({"by": by} if by else {}), live, case, seat],
    )


def _reassign_seat(cursor: Any, case: int, event: e.SeatReassigned) -> None:
    chair = event.chair
    cursor.execute(
        "UPDATE process_task SET person_id = %s, position_id = %s, stands_for_id = %s, note = %s, seen_at = NULL"
        " WHERE case_id = %s AND local = %s",
        [chair.person, chair.position, chair.stands_for, chair.note, case, event.seat],
    )


def _turn_seat(cursor: Any, case: int, seat: int, task: NewTask, at: datetime) -> None:
    """Its turn has come: its time begins now."""
    cursor.execute(
        "UPDATE process_task SET state = 'open', opened_at = %s, due_at = %s, next_alarm_at = %s, alarms = %s"
        " WHERE case_id = %s AND local = %s",
        [_moment(at), _moment(task.due_at), _moment(task.next_alarm_at) if task.next_alarm_at else None, task.alarm, case, seat],
    )


def _restore_seat(cursor: Any, case: int, seat: Seat) -> None:
    """A seat that comes back after straight back."""
    cursor.execute(
        "UPDATE process_task SET state = %s, token = %s, answer = %s, reason = '', live = %s,"
        " acted_at = CASE WHEN %s = 'done' THEN acted_at END WHERE case_id = %s AND local = %s",
        [seat.state, seat.token, seat.answer or "", True, seat.state, case, seat.id],
    )


def _write_case(cursor: Any, row: CaseRow, new: State, at: datetime) -> None:
    ended = new.status == "ended"
    row.memory, row.state = _memory(new), "ended" if ended else "running"
    cursor.execute(
        "UPDATE process_case SET memory = %s, lock = %s, audit_seq = %s, audit_hash = %s, state = %s, outcome = %s,"
        " passed = %s, ended_at = %s WHERE id = %s",
        [_text(row.memory), row.lock, row.audit_seq, row.audit_hash, row.state, new.outcome if ended else "",
         new.passed if ended else None, _moment(at) if ended else None, row.id],
    )  # fmt: skip


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _moment(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)
