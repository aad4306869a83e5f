"""What must hold after every command; tests and the nightly check ask."""

from __future__ import annotations

from collections import Counter

from bihuan.process.engine.graph import Graph, Kind
from bihuan.process.engine.state import MAIN, At, State


def invariants(graph: Graph, state: State) -> list[str]:
    """What is wrong with a state, in English; an empty list if nothing is."""
    found: list[str] = []
    if state.status == "running" and not state.tokens:
        found.append("running without a token")
    if state.status == "ended" and (
        state.tokens or state.scopes or state.seats or state.watches or state.backs
    ):
        found.append("ended with something open")
    return found + _tokens(graph, state) + _scopes(state) + _seats(state) + _watches(state)


def _tokens(graph: Graph, state: State) -> list[str]:
    found = []
    for token in state.tokens.values():
        node = graph.nodes.get(token.node)
        if node is None:
            found.append(f"token {token.id} at unknown {token.node}")
            continue
        if token.scope != MAIN and token.scope not in state.scopes:
            found.append(f"token {token.id} in closed scope {token.scope}")
        elif graph.home[node.id] != (state.scopes[token.scope].node if token.scope else ""):
            found.append(f"token {token.id} at {token.node} in a foreign scope")
        if token.kind == At.TASK and not any(
            s.token == token.id and s.state == "open" for s in state.seats.values()
        ):
            found.append(f"task {token.node} (token {token.id}) has no open seat")
        if token.kind == At.SCOPE and not any(s.token == token.id for s in state.scopes.values()):
            found.append(f"block {token.node} (token {token.id}) runs nothing")
        if token.kind == At.WAIT and not any(w.token == token.id for w in state.watches.values()):
            found.append(f"wait {token.node} (token {token.id}) waits for nothing")
        if token.kind == At.JOIN and node.kind not in (Kind.AND, Kind.OR):
            found.append(f"token {token.id} waits at {token.node}, no join")
        if token.kind == At.PARKED and state.back_at(token.id) is None:
            found.append(f"token {token.id} is parked without a return")
    return found


def _scopes(state: State) -> list[str]:
    found = []
    for scope in state.scopes.values():
        holder = state.tokens.get(scope.token)
        if scope.token and (holder is None or holder.kind != At.SCOPE or holder.scope != scope.parent):
            found.append(f"scope {scope.id} without its token")
        elif scope.parent and scope.parent not in state.scopes:
            found.append(f"scope {scope.id} in a closed scope")
        beside = any(s.parent == scope.id and not s.token for s in state.scopes.values())
        if scope.started and not beside and not any(t.scope == scope.id for t in state.tokens.values()):
            found.append(f"scope {scope.id} is empty")
    return found


def _seats(state: State) -> list[str]:
    found = []
    for seat in state.seats.values():
        token = state.tokens.get(seat.token)
        if token is None or token.kind != At.TASK or token.node != seat.node:
            found.append(f"seat {seat.id} without its task")
    open_seats = Counter((s.token, s.person) for s in state.seats.values() if s.state in ("open", "waiting"))
    found += [f"person {who} sits twice at token {token}" for (token, who), n in open_seats.items() if n > 1]
    return found


def _watches(state: State) -> list[str]:
    return [
        f"watch {w.id} without its token"
        for w in state.watches.values()
        if (w.token and w.token not in state.tokens) or (w.scope and w.scope not in state.scopes)
    ]
