"""One command on one case: load, play, take effect, write; all in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bihuan.kernel.actor import Actor
from bihuan.process import deadlines, papers, store
from bihuan.process.context import CaseContext
from bihuan.process.domain.deadlines import next_alarm
from bihuan.process.engine import events as e
from bihuan.process.engine.commands import CallEnded, Command
from bihuan.process.engine.graph import Node
from bihuan.process.engine.play import decide
from bihuan.process.engine.state import Chair, Place, State
from bihuan.process.env import CaseEnv
from bihuan.process.notices import Outbox
from bihuan.process.roots import row_key
from bihuan.process.store import Alarm, Fact, NewTask

Follow = Callable[["Session", Any, Place], None]
Cut = Callable[["Session", list[int]], None]
_followers: dict[type[e.Event], list[Follow]] = {}
_effects: dict[type[e.Event], list[Follow]] = {}
_call_cutters: list[Cut] = []


def follow(kind: type[e.Event]) -> Callable[[Follow], Follow]:
    """Register what else happens when the engine decides something: calls, openings, messages."""

    def register(function: Follow) -> Follow:
        followers = _followers.setdefault(kind, [])
        if function not in followers:  # an app may be made ready twice
            followers.append(function)
        return function

    return register


def take_effect(kind: type[e.Event], function: Follow) -> None:
    """Register what a decision does at once, before the engine goes on: what later conditions may read, or refuse."""
    effects = _effects.setdefault(kind, [])
    if function not in effects:  # an app may be made ready twice
        effects.append(function)


def on_cut_calls(function: Cut) -> Cut:
    """Register what ends called cases whose waiting token was cut."""
    if function not in _call_cutters:
        _call_cutters.append(function)
    return function


def way_back(source: Node, target: str) -> Mapping[str, Any]:
    """The target of a step's `refuse` with its outcome keys; empty where the step names no such target."""
    found: Mapping[str, Any] = next(
        (one for one in source.rules.get("refuse", ()) if one["go"] == target), {}
    )
    return found


class Session:
    """Plays commands on one locked case."""

    def __init__(self, case_id: int, by: Actor, at: datetime) -> None:
        self.by, self.at = by, at
        self.command: Command | None = None
        self.row, self.state = store.load(case_id)
        self.context = CaseContext(self.row, self.state, at)
        self.outbox = Outbox(self.row, by, at)
        self._tasks: dict[int, NewTask] = {}
        self._timers: dict[int, Alarm] = {}
        self.refused_at: Place | None = None
        """Where the command's return began; its rows may be gone when others hear of it."""

    def play(self, command: Command, fact: Fact) -> list[e.Event]:
        """Let the engine decide, take effect, write rows and history."""
        before, self.command = self.state, command
        graph = self.context.program.graph
        events, after = decide(graph, self.state, command, CaseEnv(self.context), self._happened)
        self.context.state = self.state = after
        self._rearm_restored(before, after)
        store.save(self.row, before, after, events, self._tasks, self._timers, fact, self.by, self.at)
        self._tasks, self._timers = {}, {}
        gone = [t.id for t in before.tokens.values() if t.kind == "call" and t.id not in after.tokens]
        if gone and not isinstance(command, CallEnded):
            for cut in _call_cutters:
                cut(self, gone)
        for event in events:
            for follower in _followers.get(type(event), ()):
                follower(self, event, self._place(event, self.state))
        self.outbox.send()
        return events

    def note(self, fact: Fact) -> None:
        """Keep a fact that moves nothing: a comment, a copy, a reminder."""
        store.note(self.row, fact, self.by, self.at)

    # events, as the engine decides them -------------------------------------------------------

    def _happened(self, event: e.Event, state: State) -> None:
        """Effects that later conditions of the same command may read."""
        self.context.state = state
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event, state)
        for effect in _effects.get(type(event), ()):
            effect(self, event, self._place(event, state))

    def _seat_opened(self, event: e.SeatOpened, state: State) -> None:
        node = self.context.program.graph.nodes[event.node]
        place = state.place(event.node, state.tokens[event.token].scope)
        document = papers.open_step(self.context, node, place, event.chair, self.at)
        self._tasks[event.seat] = self._new_task(node, place, event.chair, document.pk if document else None)
        if event.state == "open":
            self.outbox.assigned(event.seat, event.chair, node, self._tasks[event.seat].due_at)

    def _new_task(self, node: Node, place: Place, chair: Chair, document: int | None) -> NewTask:
        due = deadlines.due_at(self.context, node, place, chair, self.at)
        alarm = next_alarm(0, self.at, due, self.at, self.context.calendar)
        return NewTask(
            node.name, str(node.rules["do"]), document, due, alarm.at, alarm.number, row_key(place.rows)
        )

    def _seat_turned(self, event: e.SeatTurned, state: State) -> None:
        seat = state.seats[event.seat]
        node = self.context.program.graph.nodes[seat.node]
        place = state.place(seat.node, state.tokens[seat.token].scope)
        self._tasks[event.seat] = self._new_task(node, place, seat.chair, None)
        self.outbox.assigned(event.seat, seat.chair, node, self._tasks[event.seat].due_at)

    def _straight_back(self, event: e.StraightBack, state: State) -> None:
        for key in event.seats:
            seat = state.seats[key]
            node = self.context.program.graph.nodes[seat.node]
            place = state.place(seat.node, state.tokens[seat.token].scope)
            document = self.context.document(node, place)
            self._tasks[key] = self._new_task(node, place, seat.chair, document.pk if document else None)
            self.outbox.assigned(key, seat.chair, node, self._tasks[key].due_at)

    def _seat_closed(self, event: e.SeatClosed, state: State) -> None:
        self.outbox.closed(state.seats[event.seat].chair, event.reason)

    def _step_passed(self, event: e.StepPassed, state: State) -> None:
        node = self.context.program.graph.nodes[event.node]
        place = Place(node.id, event.scope, event.rows, state.place(node.id, event.scope).values)
        rules = node.rules
        papers.after_pass(self.context, node, place, self.by, self.at)
        if "set" in rules:
            papers.set_fields(self.context, node, place, rules["set"], self.by, self.at)

    def _returned(self, event: e.Returned, state: State) -> None:
        nodes = self.context.program.graph.nodes
        token = self.state.tokens.get(event.token)  # as it was before the return cut it
        place = self.state.place(event.source, token.scope) if token else state.place(event.source, 0)
        source, target = nodes.get(event.source), nodes[event.target]
        papers.after_return(self.context, source or target, target, place, event.refused, self.by, self.at)
        if event.refused and source is not None and (values := way_back(source, event.target).get("set")):
            papers.set_fields(self.context, source, place, values, self.by, self.at)
        self.refused_at = place

    def _armed(self, event: e.WatchArmed | e.WaitArmed, state: State) -> None:
        node = self.context.program.graph.nodes[event.node]
        place = state.place(node.id, event.scope)
        written, at = node.rules.get("after"), None
        edge: Any = "start" if isinstance(event, e.WaitArmed) else "end"
        if written:
            at = deadlines.moment(self.context, written, place, self.at, edge)
        elif "every" in node.rules:
            at = deadlines.next_ring(self.context, node.rules["every"], place, self.at)
        self._timers[event.watch] = Alarm(max(at, self.at) if at else None, node.rules.get("event", ""))

    def _ended(self, event: e.CaseEnded, state: State) -> None:
        papers.at_end(self.context, event.passed, self.by, self.at)
        self.outbox.ended(event.outcome, event.passed)

    def _rearm_restored(self, before: State, after: State) -> None:
        """Triggers that a straight back put in place again run anew."""
        for key, watch in after.watches.items():
            if key not in before.watches and key not in self._timers:
                self._armed(e.WatchArmed(key, watch.node, watch.token, watch.scope), after)

    def rearm(self, watch: int, at: datetime | None) -> None:
        """Set the next moment of an armed trigger."""
        self._timers[watch] = Alarm(at)

    def _place(self, event: e.Event, state: State) -> Place:
        node, scope = getattr(event, "node", ""), getattr(event, "scope", 0)
        rows = getattr(event, "rows", None)
        if scope in state.scopes or scope == 0:
            return state.place(node, scope)
        return Place(node, scope, rows if isinstance(rows, tuple) else ())

    def seat(self, local: int | None) -> Any:
        """A live seat by its engine id, or None."""
        return self.state.seats.get(local) if local is not None else None


Handler = Callable[[Session, Any, State], None]
_HANDLERS: Mapping[type[e.Event], Handler] = {
    e.SeatOpened: Session._seat_opened,
    e.SeatTurned: Session._seat_turned,
    e.SeatClosed: Session._seat_closed,
    e.StraightBack: Session._straight_back,
    e.StepPassed: Session._step_passed,
    e.Returned: Session._returned,
    e.WatchArmed: Session._armed,
    e.WaitArmed: Session._armed,
    e.CaseEnded: Session._ended,
}
