"""Writes what became of seats; a seat that is over stays as a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bihuan.process.engine import events as e
from bihuan.process.engine.state import Seat, State

from .rows import CaseRow, NewTask, Seen, Writes, moment_of, text_of

ALIVE = ("open", "waiting")
_TASK_INSERT = (
    "case_id local token row node name act person_id position_id stands_for_id place round state note document_id"
    " opened_at due_at next_alarm_at alarms late answer opinion reason root saved_opinion choice live"
)
_COLUMNS = _TASK_INSERT.split()
_INSERT = f"INSERT INTO process_task ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"  # noqa: S608


def write_seats(
    cursor: Writes,
    row: CaseRow,
    old: State,
    new: State,
    events: Iterable[e.Event],
    tasks: Mapping[int, NewTask],
    seen: Seen | None,
    at: datetime,
) -> None:
    """Seats follow the events: what was answered or closed stays as a record when its token is gone."""
    events = tuple(events)
    writer = _Seats(cursor, row, new, tasks, seen or Seen("", None, ""), at)
    for event in events:
        writer.follow(event)
    reason = next((r for r in map(_reason, events) if r), "")
    left = [seat for key, seat in old.seats.items() if key not in new.seats and key not in writer.written]
    for seat in left:
        if seat.state in ALIVE:
            _close_seat(cursor, row.id, seat.id, reason, None, False)
    _settle(cursor, row.id, [seat.id for seat in left if seat.state not in ALIVE])
    for key, seat in new.seats.items():
        before = old.seats.get(key)
        known = key <= old.last_id and key not in writer.written
        if known and (before is None or before.state != seat.state):
            _restore_seat(cursor, row.id, seat)


class _Seats:
    """Writes what each event says of a seat; `written` are the seats that need no more."""

    def __init__(
        self,
        cursor: Writes,
        row: CaseRow,
        new: State,
        tasks: Mapping[int, NewTask],
        seen: Seen,
        at: datetime,
    ) -> None:
        self.cursor, self.row, self.new, self.tasks, self.seen, self.at = cursor, row, new, tasks, seen, at
        self.written: set[int] = set()

    def follow(self, event: e.Event) -> None:
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def opened(self, event: e.SeatOpened) -> None:
        _insert_seat(self.cursor, self.row, event, self.new, self.tasks[event.seat], self.at)

    def answered(self, event: e.SeatAnswered) -> None:
        _answer_seat(self.cursor, self.row.id, event, event.seat in self.new.seats, self.seen, self.at)
        self.written.add(event.seat)

    def closed(self, event: e.SeatClosed) -> None:
        _close_seat(
            self.cursor, self.row.id, event.seat, event.reason, event.by, event.seat in self.new.seats
        )
        self.written.add(event.seat)

    def turned(self, event: e.SeatTurned) -> None:
        _turn_seat(self.cursor, self.row.id, event.seat, self.tasks[event.seat], self.at)
        self.written.add(event.seat)

    def reassigned(self, event: e.SeatReassigned) -> None:
        _reassign_seat(self.cursor, self.row.id, event)

    def asked_again(self, event: e.StraightBack) -> None:
        for key in event.seats:
            _reopen_seat(self.cursor, self.row, self.new.seats[key], self.tasks[key], self.at)
        self.written.update(event.seats)


_HANDLERS: Mapping[type[e.Event], Callable[[_Seats, Any], None]] = {
    e.SeatOpened: _Seats.opened,
    e.SeatAnswered: _Seats.answered,
    e.SeatClosed: _Seats.closed,
    e.SeatTurned: _Seats.turned,
    e.SeatReassigned: _Seats.reassigned,
    e.StraightBack: _Seats.asked_again,
}


def _settle(cursor: Writes, case: int, seats: Sequence[int]) -> None:
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


def _insert_seat(
    cursor: Writes, row: CaseRow, event: e.SeatOpened, new: State, task: NewTask, at: datetime
) -> None:
    seat = new.seats.get(event.seat)
    opened = seat or Seat(
        event.seat, event.token, event.node, *event.chair[:3], event.order, "closed", None, event.round
    )
    _insert_task(cursor, row, opened, task, at, live=seat is not None)


def _insert_task(
    cursor: Writes, row: CaseRow, seat: Seat, task: NewTask, at: datetime, *, live: bool
) -> None:
    alarm = task.next_alarm_at if seat.state == "open" else None
    choice = text_of({"veto": True} if seat.veto else {})
    who = (seat.person, seat.position, seat.stands_for)
    times = (moment_of(at), moment_of(task.due_at), moment_of(alarm) if alarm else None, task.alarm, False)
    values = [
        row.id, seat.id, seat.token, task.row, seat.node, task.name, task.act, *who,
        seat.order, seat.round, seat.state, seat.note, task.document, *times, "", "", "", "", "", choice, live,
    ]  # fmt: skip
    cursor.execute(_INSERT, values)


def _reopen_seat(cursor: Writes, row: CaseRow, seat: Seat, task: NewTask, at: datetime) -> None:
    """The refuser decides again: his refusal stays as it was given, the seat goes on in a new row."""
    cursor.execute(
        "UPDATE process_task SET local = NULL, live = %s WHERE case_id = %s AND local = %s",
        [False, row.id, seat.id],
    )
    _insert_task(cursor, row, seat, task, at, live=True)


def _answer_seat(
    cursor: Writes, case: int, event: e.SeatAnswered, live: bool, seen: Seen, at: datetime
) -> None:
    choice = {key: value for key, value in (("target", event.target), ("mode", event.mode)) if value}
    cursor.execute(
        "UPDATE process_task SET state = 'done', answer = %s, acted_at = %s, next_alarm_at = NULL, choice = %s,"
        " live = %s, opinion = %s, document_version = %s, root = %s, late = (late OR due_at < %s)"
        " WHERE case_id = %s AND local = %s",
        [
            event.answer,
            moment_of(at),
            text_of(choice),
            live,
            seen.opinion,
            seen.version,
            seen.root,
            moment_of(at),
            case,
            event.seat,
        ],
    )


def _close_seat(cursor: Writes, case: int, seat: int, reason: str, by: int | None, live: bool) -> None:
    cursor.execute(
        "UPDATE process_task SET state = 'closed', reason = %s, next_alarm_at = NULL, choice = %s, live = %s"
        " WHERE case_id = %s AND local = %s",
        [reason[:200], text_of({"by": by} if by else {}), live, case, seat],
    )


def _reassign_seat(cursor: Writes, case: int, event: e.SeatReassigned) -> None:
    chair = event.chair
    cursor.execute(
        "UPDATE process_task SET person_id = %s, position_id = %s, stands_for_id = %s, note = %s, seen_at = NULL"
        " WHERE case_id = %s AND local = %s",
        [chair.person, chair.position, chair.stands_for, chair.note, case, event.seat],
    )


def _turn_seat(cursor: Writes, case: int, seat: int, task: NewTask, at: datetime) -> None:
    """Its turn has come: its time begins now."""
    cursor.execute(
        "UPDATE process_task SET state = 'open', opened_at = %s, due_at = %s, next_alarm_at = %s, alarms = %s"
        " WHERE case_id = %s AND local = %s",
        [
            moment_of(at),
            moment_of(task.due_at),
            moment_of(task.next_alarm_at) if task.next_alarm_at else None,
            task.alarm,
            case,
            seat,
        ],
    )


def _restore_seat(cursor: Writes, case: int, seat: Seat) -> None:
    """A seat that comes back after straight back."""
    cursor.execute(
        "UPDATE process_task SET state = %s, token = %s, answer = %s, reason = '', live = %s,"
        " acted_at = CASE WHEN %s = 'done' THEN acted_at END WHERE case_id = %s AND local = %s",
        [seat.state, seat.token, seat.answer or "", True, seat.state, case, seat.id],
    )
