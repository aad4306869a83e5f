"""Blocks: embedded ones, with or without rows, calls, and the end of a scope or the case."""

from __future__ import annotations

from typing import Any

from bihuan.process.engine import watches
from bihuan.process.engine.events import (
    CallRequested,
    CaseEnded,
    RowsTaken,
    ScopeClosed,
    ScopeOpened,
    ScopeStarted,
    StepEntered,
)
from bihuan.process.engine.graph import Node
from bihuan.process.engine.passing import pass_step, pass_through
from bihuan.process.engine.run import Arrival, Run
from bihuan.process.engine.state import MAIN, At, Scope


def enter(run: Run, arrival: Arrival, node: Node) -> None:
    """SUB: one run, or with `each` one per row; no rows passes at once."""
    taken = rows_to_run(run, arrival, node)
    if taken == []:
        pass_through(run, arrival.token, arrival.scope, node, "empty")
        return
    token = hold(run, arrival, node)
    in_turn = node.rules.get("order") == "sequential"
    start = run.graph.start(node.id).id
    arrivals = []
    for number, (row, value) in enumerate(taken):
        started = number == 0 or not in_turn
        scope = open_run(run, node, arrival.scope, token, row, value, started)
        if started:
            arrivals.append(Arrival(None, scope, start))
    run.agenda += reversed(arrivals)


def hold(run: Run, arrival: Arrival, node: Node) -> int:
    """Let a token hold a block open; answers its id."""
    token = run.rest(arrival, At.SCOPE)
    run.emit(StepEntered(node.id, arrival.scope, token, run.state.counts.get(node.id, 0) + 1))
    if "each" not in node.rules:
        watches.arm(run, node.id, token, arrival.scope)
    return token


def open_run(
    run: Run, node: Node, parent: int, token: int, row: int | None, value: Any, started: bool = True
) -> int:
    """Open one run of a block, each row with its own watches; answers the scope."""
    scope = run.new_id()
    run.emit(ScopeOpened(scope, node.id, parent, token, row, value, started))
    if row is not None and started:
        watches.arm(run, node.id, token, scope)
    return scope


def rows_to_run(run: Run, arrival: Arrival, node: Node) -> list[tuple[int | None, Any]]:
    """The rows to run: as named by a return, else all; [(None, None)] without `each`."""
    if "each" not in node.rules:
        return [(None, None)]
    values = _remembered(run, node, arrival.scope) if arrival.forced else None
    if values is None:
        place = run.place(node.id, arrival.scope)
        values = tuple(run.env.rows(node, place))
        run.emit(RowsTaken(node.id, place.rows, values))
    return [(i, v) for i, v in enumerate(values) if arrival.rows is None or i in arrival.rows]


def _remembered(run: Run, node: Node, scope: int) -> tuple[Any, ...] | None:
    """The rows taken when the block was last reached here."""
    return run.state.rows.get((node.id, run.state.rows_of(scope)))


def call(run: Run, arrival: Arrival, node: Node) -> None:
    """CALL: ask for the other process and wait."""
    token = run.rest(arrival, At.CALL)
    run.emit(StepEntered(node.id, arrival.scope, token, run.state.counts.get(node.id, 0) + 1))
    watches.arm(run, node.id, token, arrival.scope)
    run.emit(CallRequested(token, node.id, arrival.scope))


def finish(run: Run) -> bool:
    """End one scope in which nothing is left; False if there is none."""
    while run.dirty:
        scope = run.dirty.pop()
        if any(t.scope == scope for t in run.state.tokens.values()):
            continue
        if any(s.parent == scope and not s.token for s in run.state.scopes.values()):
            continue
        if scope == MAIN:
            run.emit(CaseEnded("", run.state.outcome, not run.state.refused))
            return True
        if scope in run.state.scopes:
            _end_run(run, run.state.scopes[scope])
            return True
    return False


def _end_run(run: Run, scope: Scope) -> None:
    run.emit(ScopeClosed(scope.id))
    if not scope.token:
        run.dirty.add(scope.parent)
        return
    left = [s for s in run.state.scopes.values() if s.token == scope.token]
    if not left:
        pass_step(run, scope.token, "ended")
        return
    if all(not s.started for s in left):
        following = min(left, key=lambda s: s.row or 0)
        run.emit(ScopeStarted(following.id))
        watches.arm(run, scope.node, scope.token, following.id)
        run.agenda.append(Arrival(None, following.id, run.graph.start(scope.node).id))
