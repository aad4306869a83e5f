"""Parallel and inclusive gateways: splitting and waiting for one another."""

from __future__ import annotations

from collections.abc import Mapping

from bihuan.process.engine import gates
from bihuan.process.engine.graph import Node
from bihuan.process.engine.run import Arrival, Run
from bihuan.process.engine.state import At, Token


def parallel(run: Run, arrival: Arrival, node: Node) -> None:
    """AND: wait for one token per way in, keep what is too many, then take every way out."""
    ways = run.graph.incoming[node.id]
    if len(ways) < 2:
        gates.leave(run, arrival.token, arrival.scope, node)
        return
    run.rest(arrival, At.JOIN)
    first = _first_by_flow(run, arrival.scope, node.id)
    if len(first) == len(ways):
        _join(run, first, node)


def inclusive(run: Run, arrival: Arrival, node: Node) -> None:
    """OR: a split goes on at once; a join rests until nothing more can come (`release`)."""
    if node.id in run.graph.or_joins:
        run.rest(arrival, At.JOIN)
    else:
        gates.leave(run, arrival.token, arrival.scope, node)


def release(run: Run) -> bool:
    """Let one OR join go on that waits for nothing any more; False if there is none."""
    joins = run.graph.or_joins
    if not joins:
        return False
    seen: set[tuple[str, int]] = set()
    for token in list(run.state.tokens.values()):
        spot = (token.node, token.scope)
        if token.kind == At.JOIN and token.node in joins and spot not in seen:
            seen.add(spot)
            first = _first_by_flow(run, token.scope, token.node)
            if not _inhibited(run, token, first, joins[token.node]):
                run.guard(token.node, token.scope)
                _join(run, first, run.graph.nodes[token.node])
                return True
    return False


def _inhibited(run: Run, at: Token, first: Mapping[str, int], ways: Mapping[str, frozenset[str]]) -> bool:
    """BPMN 2.0, inclusive gateway: a token can still reach an empty way in, and no filled one."""
    for token in run.state.tokens.values():
        if token.scope != at.scope or token.node == at.node:
            continue
        empty = any(token.node in before for flow, before in ways.items() if flow not in first)
        if empty and not any(token.node in before for flow, before in ways.items() if flow in first):
            return True
    return False


def _first_by_flow(run: Run, scope: int, node: str) -> dict[str, int]:
    """The longest waiting token of each way in."""
    found: dict[str, int] = {}
    for token in run.state.tokens.values():
        if token.node == node and token.scope == scope and token.kind == At.JOIN:
            found.setdefault(token.flow, token.id)
    return found


def _join(run: Run, first: Mapping[str, int], node: Node) -> None:
    """Join one token of each way in and go on with the last that came."""
    *others, last = first.values()
    scope = run.state.tokens[last].scope
    for token in others:
        run.close(token, scope)
    gates.leave(run, last, scope, node)
