"""Which way on: conditions, defaults, picks, `when` and `ask`; every choice is recorded (R-019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bihuan.kernel.errors import Invalid
from bihuan.process.engine.cuts import leave_list
from bihuan.process.engine.errors import GraphError
from bihuan.process.engine.events import GateTaken, StepSkipped
from bihuan.process.engine.graph import Flow, Kind, Node
from bihuan.process.engine.run import Run
from bihuan.process.engine.state import RUN, WHEN, Place


def leave(run: Run, token: int | None, scope: int, node: Node) -> None:
    """Send a token on from a node along the flow, or the flows, that are its turn."""
    flows = run.graph.ways[node.id]
    if len(flows) > 1 and node.kind not in (Kind.AND, Kind.EVENT_GATE):
        flows = _choose(run, node, flows, run.place(node.id, scope))
    if not flows:
        run.close(token, scope)
        return
    for flow in reversed(flows[1:]):
        _take(run, None, scope, flow)
    _take(run, token, scope, flows[0])


def _take(run: Run, token: int | None, scope: int, flow: Flow) -> None:
    home = run.graph.home
    if flow.cut or home[flow.source] != home[flow.target]:
        token, scope = leave_list(run, token, scope, flow)
    run.send(token, scope, flow)


def _choose(run: Run, node: Node, flows: tuple[Flow, ...], place: Place) -> tuple[Flow, ...]:
    conditional = any(f.condition or f.default for f in flows) or "ask" in node.rules
    if node.kind is Kind.OR:
        chosen, inputs = _inclusive(run, node, flows, place)
    elif conditional or node.kind in (Kind.XOR, Kind.TASK):
        ways, inputs = _exclusive(run, node, flows, place)
        if node.kind is Kind.TASK and len(ways) > 1:
            ways, inputs = (_picked(run, ways),), {**inputs, "picked": run.go}
        chosen = ways[:1]
    else:
        return flows
    taken = tuple(f.id for f in chosen)
    run.emit(GateTaken(node.id, place.scope, place.rows, taken, inputs))
    return chosen


def _exclusive(
    run: Run, node: Node, flows: Sequence[Flow], place: Place
) -> tuple[tuple[Flow, ...], dict[str, Any]]:
    """The ways of the first true condition, else the default ones; of several a person picks."""
    inputs: dict[str, Any] = {}
    for flow in flows:
        if flow.default:
            continue
        if flow.condition:
            verdict = run.env.test(flow.condition, place)
            inputs.update(verdict.inputs)
            if not verdict.value:
                continue
        return tuple(f for f in flows if f.condition == flow.condition and not f.default), inputs
    defaults = tuple(f for f in flows if f.default)
    if not defaults:
        raise GraphError("“{node}”没有可走的去向", node=node.name or node.id)
    return defaults, inputs


def _inclusive(
    run: Run, node: Node, flows: Sequence[Flow], place: Place
) -> tuple[tuple[Flow, ...], dict[str, Any]]:
    """All true conditions and yeses; none passes by the default, or straight through."""
    asks: Mapping[str, Any] = node.rules.get("ask", {})
    inputs: dict[str, Any] = {}
    chosen: list[Flow] = []
    for flow in flows:
        if flow.id in asks:
            said = _said(run, (flow.id, flow.name, flow.target))
            inputs[flow.id] = said if said is not None else _preset(run, asks[flow.id], place)
            holds = bool(inputs[flow.id])
        elif flow.condition:
            verdict = run.env.test(flow.condition, place)
            inputs.update(verdict.inputs)
            holds = verdict.value
        else:
            holds = not flow.default
        if holds:
            chosen.append(flow)
    if not chosen:
        chosen = [f for f in flows if f.default] or list(_behind(run, node))
    return tuple(chosen), inputs


def _behind(run: Run, node: Node) -> tuple[Flow, ...]:
    """The way on behind the block a split opens."""
    join = run.graph.joins.get(node.id)
    return run.graph.outgoing[join.id] if join else ()


def _picked(run: Run, flows: Sequence[Flow]) -> Flow:
    """The way a person picked; the first is the default."""
    if run.go is None:
        return flows[0]
    for flow in flows:
        if run.go in (flow.id, flow.name, flow.target):
            return flow
    raise Invalid("不能转到“{go}”", go=run.go)


def _said(run: Run, names: Sequence[str]) -> bool | None:
    return next((run.choose[n] for n in names if n in run.choose), None)


def _preset(run: Run, ask: Any, place: Place) -> bool:
    condition = ask.get("if") if isinstance(ask, Mapping) else None
    return bool(condition) and run.env.test(str(condition), place).value


def runs(run: Run, node: Node, scope: int) -> bool:
    """Is the step's `when` true? Records the answer either way."""
    when = node.rules["when"]
    place = run.place(node.id, scope)
    if isinstance(when, Mapping):
        said = _said(run, (node.id,))
        holds = said if said is not None else _preset(run, when, place)
        inputs: Mapping[str, Any] = {"asked": holds}
    else:
        holds, inputs = run.env.test(str(when), place)
    if not holds:
        run.emit(StepSkipped(node.id, scope, place.rows, inputs))
    elif not isinstance(when, Mapping):
        run.emit(GateTaken(node.id + WHEN, scope, place.rows, (RUN,), inputs))
    return bool(holds)


def skip(run: Run, token: int | None, scope: int, node: Node) -> None:
    """Go on behind a step, not where its `go` leads; behind the join for a split that opens a block."""
    past = run.graph.skips.get(node.id)
    if past is not None:
        _take(run, token, scope, past)
        return
    leave(run, token, scope, run.graph.joins.get(node.id, node))


def stands(run: Run, gate: str, flows: tuple[str, ...], place: Place) -> bool:
    """Would a recorded choice come out the same now? What people chose stands."""
    node = run.graph.nodes.get(gate.removesuffix(WHEN))
    if node is None:
        return True
    if gate.endswith(WHEN):
        return run.env.test(str(node.rules["when"]), place).value is (flows == (RUN,))
    ways = run.graph.ways[gate]
    if node.kind is Kind.OR:
        if "ask" in node.rules:
            return True
        return tuple(f.id for f in _inclusive(run, node, ways, place)[0]) == flows
    if not any(f.condition or f.default for f in ways):
        return True
    return flows[0] in [f.id for f in _exclusive(run, node, ways, place)[0]]
