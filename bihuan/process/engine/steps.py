"""A token arrives: what each kind of node does with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bihuan.process.engine import back, blocks, gates, joins, returns, rounds, watches
from bihuan.process.engine.errors import GraphError
from bihuan.process.engine.events import CaseEnded, EndReached, SeatOpened, StepEntered
from bihuan.process.engine.graph import Kind, Node
from bihuan.process.engine.passing import pass_through
from bihuan.process.engine.run import Arrival, Run
from bihuan.process.engine.state import At


def settle(run: Run) -> None:
    """Play until nothing moves by itself."""
    _drain(run)
    if run.state.backs:
        returns.settle(run)
        back.sweep(run)
        _drain(run)


def _drain(run: Run) -> None:
    running = True
    while running:
        while run.agenda:
            _arrive(run, run.agenda.pop())
        running = run.state.status == "running" and (
            joins.release(run) or blocks.finish(run) or bool(run.agenda)
        )


def _arrive(run: Run, arrival: Arrival) -> None:
    run.guard(arrival.node, arrival.scope)
    node = run.graph.nodes[arrival.node]
    if "when" in node.rules and not arrival.forced and not gates.runs(run, node, arrival.scope):
        gates.skip(run, arrival.token, arrival.scope, node)
        return
    _HANDLERS[node.kind](run, arrival, node)


def _pass_on(run: Run, arrival: Arrival, node: Node) -> None:
    gates.leave(run, arrival.token, arrival.scope, node)


def _task(run: Run, arrival: Arrival, node: Node) -> None:
    """A human step: open its seats, after a return for who did it."""
    token = run.rest(arrival, At.TASK)
    count = run.state.counts.get(node.id, 0) + 1
    run.emit(StepEntered(node.id, arrival.scope, token, count))
    watches.arm(run, node.id, token, arrival.scope)
    chairs = arrival.chairs or run.env.people(node, run.place(node.id, arrival.scope))
    in_turn = rounds.one_by_one(node.rules)
    seen: set[int] = set()
    for chair in chairs:
        if chair.person in seen:
            continue
        state = "waiting" if in_turn and seen else "open"
        run.emit(SeatOpened(run.new_id(), token, node.id, chair, len(seen) + 1, count, state))
        seen.add(chair.person)
    if not seen:
        raise GraphError("“{node}”没有办理人", node=node.name or node.id)


def _auto(run: Run, arrival: Arrival, node: Node) -> None:
    count = run.state.counts.get(node.id, 0) + 1
    run.emit(StepEntered(node.id, arrival.scope, None, count))
    pass_through(run, arrival.token, arrival.scope, node, "auto")


def _call(run: Run, arrival: Arrival, node: Node) -> None:
    """A call; where `plain_when` holds (the other process's pack is off) a plain task."""
    plain = node.rules.get("plain_when")
    if plain and run.env.test(str(plain), run.place(node.id, arrival.scope)).value:
        _task(run, arrival, node)
    else:
        blocks.call(run, arrival, node)


def _end(run: Run, arrival: Arrival, node: Node) -> None:
    if not node.scope and len(run.graph.lists[node.id]) == 1:
        run.emit(EndReached(node.id, str(node.rules.get("state", ""))))
    run.close(arrival.token, arrival.scope)


def _terminate(run: Run, arrival: Arrival, node: Node) -> None:
    run.agenda.clear()
    run.emit(CaseEnded(node.id, str(node.rules.get("state", "")), not run.state.refused))


_HANDLERS: Mapping[Kind, Callable[[Run, Arrival, Node], None]] = MappingProxyType(
    {
        Kind.START: _pass_on,
        Kind.XOR: _pass_on,
        Kind.END: _end,
        Kind.TERMINATE: _terminate,
        Kind.TASK: _task,
        Kind.AUTO: _auto,
        Kind.AND: joins.parallel,
        Kind.OR: joins.inclusive,
        Kind.SUB: blocks.enter,
        Kind.CALL: _call,
        Kind.CATCH: watches.wait,
        Kind.EVENT_GATE: watches.wait,
    }
)
