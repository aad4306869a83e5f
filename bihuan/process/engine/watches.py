"""Triggers beside the flow, and waits in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bihuan.process.engine import gates
from bihuan.process.engine.cuts import below, cut, in_list
from bihuan.process.engine.errors import EngineError
from bihuan.process.engine.events import (
    ScopeOpened,
    StepEntered,
    StepPassed,
    WaitArmed,
    WatchArmed,
    WatchClosed,
    WatchFired,
)
from bihuan.process.engine.graph import Kind, Node
from bihuan.process.engine.passing import pass_step
from bihuan.process.engine.run import Arrival, Run
from bihuan.process.engine.state import MAIN, At, Chair, Watch


def arm(run: Run, host: str, token: int, scope: int) -> None:
    """Arm the boundary triggers of a step ("" = of the case) that has begun."""
    for node in run.graph.watches.get(host, ()):
        run.emit(WatchArmed(run.new_id(), node.id, token, scope))


def wait(run: Run, arrival: Arrival, node: Node) -> None:
    """CATCH and EVENT_GATE: rest until (the first of) what is waited for happens."""
    token = run.rest(arrival, At.WAIT)
    run.emit(StepEntered(node.id, arrival.scope, token, run.state.counts.get(node.id, 0) + 1))
    waits = [node.id]
    if node.kind is Kind.EVENT_GATE:
        waits = [flow.target for flow in run.graph.outgoing[node.id]]
    for catch in waits:
        run.emit(WaitArmed(run.new_id(), catch, token, arrival.scope))


def fire(run: Run, number: int, by: Chair | None = None) -> None:
    """A watch or wait has come (EngineError if it is not armed)."""
    watch = _armed(run, number)
    node = run.graph.nodes[watch.node]
    place = run.place(node.id, watch.scope)
    trigger = node.rules.get("if")
    held, inputs = run.env.test(str(trigger), place) if trigger else (True, _NOTHING)
    run.emit(WatchFired(watch.id, node.id, watch.scope, place.rows, held, inputs, by))
    if node.kind is Kind.CATCH:
        if held:
            _go_on(run, watch, node)
        return
    if "after" in node.rules:
        run.emit(WatchClosed(watch.id))
    if held:
        _effect(run, watch, node)


_NOTHING: Mapping[str, Any] = {}


def _armed(run: Run, number: int) -> Watch:
    watch = run.state.watches.get(number)
    if watch is None and number in run.state.tokens:
        watch = next((w for w in run.state.watches.values() if w.token == number), None)
        if watch and run.graph.nodes[watch.node].kind is not Kind.CATCH:
            watch = None
    if watch is None:
        raise EngineError("这一提醒或等待已经结束", watch=number, person=None)
    return watch


def _go_on(run: Run, watch: Watch, node: Node) -> None:
    """The wait is over; of several the first leads on and the others end with it."""
    at = run.state.tokens[watch.token]
    if at.node == node.id:
        pass_step(run, at.id, "fired")
        return
    run.emit(StepPassed(node.id, at.scope, at.id, run.state.rows_of(at.scope), "fired"))
    gates.leave(run, at.id, at.scope, node)


def _effect(run: Run, watch: Watch, node: Node) -> None:
    """What the engine does itself: pass the step, interrupt it, or open a side branch."""
    if node.rules.get("do") == "pass" and watch.token:
        _pass(run, watch)
    elif node.rules.get("interrupt"):
        scope = run.state.tokens[watch.token].scope if watch.token else MAIN
        taken = below(run, [watch.token]) if watch.token else in_list(run, MAIN, ("",))
        cut(run, taken, f"interrupted by {node.id}")
        gates.leave(run, None, scope, node)
    elif run.graph.outgoing[node.id]:
        _side_branch(run, watch, node)


def _side_branch(run: Run, watch: Watch, node: Node) -> None:
    """Each firing has a run of its own, so that two side branches never mix."""
    for flow in run.graph.outgoing[node.id]:
        if run.graph.home[flow.target] == node.id:
            scope = open_side(run, node.id, watch.scope)
        else:
            scope = run.outer(watch.scope, run.graph.nodes[flow.target])
        run.send(None, scope, flow)


def open_side(run: Run, watch: str, parent: int) -> int:
    """Open a run of a watch's side branch; answers the scope."""
    scope = run.new_id()
    run.emit(ScopeOpened(scope, watch, parent, 0, None))
    return scope


def _pass(run: Run, watch: Watch) -> None:
    """Pass the watched step; a block's open runs are cut (of a row only its own)."""
    at = run.state.tokens[watch.token]
    if at.kind != At.SCOPE:
        pass_step(run, at.id, "pass")
    elif watch.scope == at.scope:
        tokens, scopes = below(run, [at.id])
        cut(run, (tuple(i for i in tokens if i != at.id), scopes), "passed")
        pass_step(run, at.id, "pass")
    else:
        row = in_list(run, watch.scope, run.graph.lists[at.node])
        cut(run, row, "passed")
        run.dirty.add(watch.scope)
