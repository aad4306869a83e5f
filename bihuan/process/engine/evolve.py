"""From events to state: the only place where a state changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from bihuan.process.engine import events as e
from bihuan.process.engine.state import SKIP, WHEN, At, Back, Did, Scope, Seat, State, Taken, Token, Watch


def evolve(state: State, event: e.Event) -> State:
    """The state after one more event; the given state stays as it is."""
    after = state.copy()
    apply(after, event)
    return after


def replay(events: Iterable[e.Event], state: State | None = None) -> State:
    """The state after all these events, from the empty state or the given one."""
    after = state.copy() if state else State()
    for event in events:
        apply(after, event)
    return after


def apply(state: State, event: e.Event) -> None:
    """Change a working copy by one event."""
    _APPLY[type(event)](state, event)


def _case_started(s: State, ev: e.CaseStarted) -> None:
    s.status = "running"


def _token_opened(s: State, ev: e.TokenOpened) -> None:
    s.last_id = max(s.last_id, ev.token)
    s.tokens[ev.token] = Token(ev.token, ev.node, ev.scope, ev.kind, ev.flow)


def _token_moved(s: State, ev: e.TokenMoved) -> None:
    s.tokens[ev.token] = Token(ev.token, ev.node, s.tokens[ev.token].scope, ev.kind, ev.flow)


def _token_closed(s: State, ev: e.TokenClosed) -> None:
    del s.tokens[ev.token]
    _clear(s, ev.token)


def _clear(s: State, token: int) -> None:
    """Seats and watches go with their step instance."""
    for seat in [i for i, x in s.seats.items() if x.token == token]:
        del s.seats[seat]
    for watch in [i for i, x in s.watches.items() if x.token == token]:
        del s.watches[watch]


def _step_entered(s: State, ev: e.StepEntered) -> None:
    s.counts[ev.node] = ev.count
    if not s.first and ev.token is not None and s.tokens[ev.token].kind == At.TASK:
        s.first = ev.node


def _seat_opened(s: State, ev: e.SeatOpened) -> None:
    s.last_id = max(s.last_id, ev.seat)
    c = ev.chair
    s.seats[ev.seat] = Seat(
        ev.seat,
        ev.token,
        ev.node,
        c.person,
        c.position,
        c.stands_for,
        ev.order,
        ev.state,
        None,
        ev.round,
        c.veto,
        c.note,
    )


def _seat_turned(s: State, ev: e.SeatTurned) -> None:
    s.seats[ev.seat] = replace(s.seats[ev.seat], state="open")


def _seat_answered(s: State, ev: e.SeatAnswered) -> None:
    seat = s.seats[ev.seat]
    s.seats[ev.seat] = replace(seat, state="done", answer=ev.answer, target=ev.target, mode=ev.mode)


def _seat_closed(s: State, ev: e.SeatClosed) -> None:
    s.seats[ev.seat] = replace(s.seats[ev.seat], state="closed", by=ev.by)


def _seat_reassigned(s: State, ev: e.SeatReassigned) -> None:
    c = ev.chair
    s.seats[ev.seat] = replace(
        s.seats[ev.seat],
        person=c.person,
        position=c.position,
        stands_for=c.stands_for,
        veto=c.veto,
        note=c.note,
    )


def _step_passed(s: State, ev: e.StepPassed) -> None:
    s.pass_no += 1
    if ev.by:
        s.did[(ev.node, ev.rows)] = Did(ev.by, s.pass_no)
    if ev.outcome == "agree":
        s.refused = False
    if ev.token is not None:
        _clear(s, ev.token)


def _nothing(s: State, ev: e.Event) -> None:
    """A fact for the history only."""


def _gate_taken(s: State, ev: e.GateTaken) -> None:
    s.gates[(ev.gate, ev.rows)] = Taken(ev.flows, ev.scope, s.pass_no)


def _step_skipped(s: State, ev: e.StepSkipped) -> None:
    if "asked" not in ev.inputs:
        s.gates[(ev.node + WHEN, ev.rows)] = Taken((SKIP,), ev.scope, s.pass_no)


def _rows_taken(s: State, ev: e.RowsTaken) -> None:
    s.rows[(ev.node, ev.rows)] = ev.values


def _scope_opened(s: State, ev: e.ScopeOpened) -> None:
    s.last_id = max(s.last_id, ev.scope)
    s.scopes[ev.scope] = Scope(ev.scope, ev.node, ev.parent, ev.token, ev.row, ev.value, ev.started)


def _scope_started(s: State, ev: e.ScopeStarted) -> None:
    s.scopes[ev.scope] = replace(s.scopes[ev.scope], started=True)


def _scope_closed(s: State, ev: e.ScopeClosed) -> None:
    del s.scopes[ev.scope]
    for watch in [i for i, x in s.watches.items() if x.scope == ev.scope]:
        del s.watches[watch]


def _watch_armed(s: State, ev: e.WatchArmed | e.WaitArmed) -> None:
    s.last_id = max(s.last_id, ev.watch)
    s.watches[ev.watch] = Watch(ev.watch, ev.node, ev.token, ev.scope)


def _watch_fired(s: State, ev: e.WatchFired) -> None:
    if ev.by and ev.held:
        s.did[(ev.node, ev.rows)] = Did((ev.by,), s.pass_no)


def _watch_closed(s: State, ev: e.WatchClosed) -> None:
    s.watches.pop(ev.watch, None)


def _take(s: State, tokens: Collection[int], scopes: Collection[int]) -> dict[str, Any]:
    """Remove tokens and scopes with all that stands on them; answers what was removed."""
    gone, rooms = set(tokens), set(scopes)
    watches = [w for w in s.watches.values() if w.token in gone or w.scope in rooms]
    taken: dict[str, Any] = {
        "tokens": tuple(s.tokens.pop(i) for i in tokens),
        "scopes": tuple(s.scopes.pop(i) for i in scopes),
        "seats": tuple(x for x in s.seats.values() if x.token in gone),
        "watches": tuple(watches),
        "backs": tuple(b for b in s.backs.values() if gone.issuperset(b.targets)),
    }
    for seat in taken["seats"]:
        del s.seats[seat.id]
    for watch in watches:
        del s.watches[watch.id]
    for back in taken["backs"]:
        del s.backs[back.id]
    return taken


def _returned(s: State, ev: e.Returned) -> None:
    s.refused = s.refused or ev.refused
    taken = _take(s, ev.tokens, ev.scopes)
    if ev.back:
        s.last_id = max(s.last_id, ev.back)
        # a record never holds another one for the same target: its depth is bounded by the graph
        taken["backs"] = tuple(b for b in (_prune(b, ev.target) for b in taken["backs"]) if b)
        s.backs[ev.back] = Back(ev.back, ev.target, ev.token, ev.refusing, ev.mode, ev.since, **taken)


def _prune(back: Back, target: str) -> Back | None:
    if back.node == target:
        return None
    inner = tuple(b for b in (_prune(x, target) for x in back.backs) if b)
    return back if inner == back.backs else replace(back, backs=inner)


def _return_opened(s: State, ev: e.ReturnOpened) -> None:
    back = s.backs[ev.back]
    tokens = tuple(i for i in s.tokens if i > back.id)
    targets = tuple(i for i in tokens if s.tokens[i].node == back.node)
    scopes = tuple(i for i in s.scopes if i > back.id)
    s.backs[ev.back] = replace(back, targets=targets, opened_tokens=tokens, opened_scopes=scopes)


def _back_dropped(s: State, ev: e.BackDropped) -> None:
    del s.backs[ev.back]


def _straight_back(s: State, ev: e.StraightBack) -> None:
    back = s.backs.pop(ev.back)
    scopes = {i for i in back.opened_scopes if i in s.scopes}
    for number in sorted(s.scopes):  # what a watch opened inside them meanwhile goes with them
        if s.scopes[number].parent in scopes:
            scopes.add(number)
    tokens = [i for i, x in s.tokens.items() if i in back.opened_tokens or x.scope in scopes]
    _take(s, tokens, scopes)
    s.tokens.update((x.id, x) for x in back.tokens)
    s.scopes.update((x.id, x) for x in back.scopes)
    s.watches.update((x.id, x) for x in back.watches)
    s.backs.update((x.id, x) for x in back.backs)
    for seat in back.seats:
        if seat.id in ev.seats:
            seat = replace(seat, state="open", answer=None, target=None, mode=None, by=None)
        elif seat.id in ev.waiting:
            seat = replace(seat, state="waiting", by=None)
        s.seats[seat.id] = seat


def _cut(s: State, ev: e.Cut) -> None:
    _take(s, ev.tokens, ev.scopes)


def _end_reached(s: State, ev: e.EndReached) -> None:
    s.outcome = ev.outcome


def _case_ended(s: State, ev: e.CaseEnded) -> None:
    s.status, s.outcome, s.passed = "ended", ev.outcome, ev.passed
    for live in (s.tokens, s.scopes, s.seats, s.watches, s.backs):
        live.clear()


_APPLY: dict[type[e.Event], Callable[[State, Any], None]] = {
    e.CaseStarted: _case_started,
    e.TokenOpened: _token_opened,
    e.TokenMoved: _token_moved,
    e.TokenClosed: _token_closed,
    e.StepEntered: _step_entered,
    e.SeatOpened: _seat_opened,
    e.SeatTurned: _seat_turned,
    e.SeatAnswered: _seat_answered,
    e.SeatClosed: _seat_closed,
    e.SeatReassigned: _seat_reassigned,
    e.StepPassed: _step_passed,
    e.StepSkipped: _step_skipped,
    e.GateTaken: _gate_taken,
    e.RowsTaken: _rows_taken,
    e.ScopeOpened: _scope_opened,
    e.ScopeStarted: _scope_started,
    e.ScopeClosed: _scope_closed,
    e.WatchArmed: _watch_armed,
    e.WaitArmed: _watch_armed,
    e.WatchFired: _watch_fired,
    e.WatchClosed: _watch_closed,
    e.CallRequested: _nothing,
    e.Returned: _returned,
    e.ReturnOpened: _return_opened,
    e.BackDropped: _back_dropped,
    e.StraightBack: _straight_back,
    e.Cut: _cut,
    e.EndReached: _end_reached,
    e.CaseEnded: _case_ended,
}
