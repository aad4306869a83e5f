"""What stands in a list, and cutting it: for returns, ways out and interruptions."""

from __future__ import annotations

from collections.abc import Iterable

from bihuan.process.engine.events import Cut
from bihuan.process.engine.graph import Flow, block_of
from bihuan.process.engine.run import Arrival, Run
from bihuan.process.engine.state import At, Token

Taken = tuple[tuple[int, ...], tuple[int, ...]]
"""Ids of tokens and of scopes."""


def lists_of(run: Run, token: Token) -> tuple[str, ...]:
    """The lists a token stands in; one that waits at a join still stands in its branch."""
    if token.kind == At.JOIN:
        return run.graph.arriving[token.flow]
    return run.graph.lists[token.node]


def in_list(run: Run, scope: int, prefix: tuple[str, ...]) -> Taken:
    """Everything open in one list of a scope, with all blocks below."""
    size = len(prefix)
    graph, state = run.graph, run.state
    tokens = [t.id for t in state.tokens.values() if t.scope == scope and lists_of(run, t)[:size] == prefix]
    sides = [
        s.id
        for s in state.scopes.values()
        if not s.token and s.parent == scope and (*graph.lists[s.node], f"{s.node}.")[:size] == prefix
    ]
    return below(run, tokens, sides)


def below(run: Run, tokens: Iterable[int], sides: Iterable[int] = ()) -> Taken:
    """These tokens and side branches and everything inside the blocks they hold open."""
    gone, scopes = set(tokens), set(sides)
    for number in sorted(run.state.scopes):  # an inner scope is younger than its outer one
        scope = run.state.scopes[number]
        if scope.token in gone or scope.parent in scopes:
            scopes.add(number)
    gone.update(t.id for t in run.state.tokens.values() if t.scope in scopes)
    return tuple(sorted(gone)), tuple(sorted(scopes))


def cut(run: Run, taken: Taken, reason: str) -> None:
    """Cut these tokens and scopes, if any."""
    if taken[0] or taken[1]:
        run.emit(Cut(reason, *taken))


def leave_list(run: Run, token: int | None, scope: int, flow: Flow) -> tuple[int | None, int]:
    """Take a way out of blocks: cut what is left behind.

    Answers the token to send on (None: a new one) and its scope.
    """
    graph = run.graph
    source, target = graph.lists[flow.source], graph.lists[flow.target]
    outer = run.outer(scope, graph.nodes[flow.target])
    left = source[len(target)] if len(source) > len(target) and source[: len(target)] == target else flow.cut
    block = block_of(left) or left
    gone = set(_in_block(run, outer, len(target), block))
    at = scope
    sides = []
    while at != outer:
        held = run.state.scopes[at]
        if held.token:
            gone.add(held.token)
        else:
            sides.append(at)
        at = held.parent
    if scope == outer:
        gone.discard(token or 0)
    else:
        token = None  # it goes with its block; a new one goes on outside
    taken = below(run, gone, sides)
    _recall(run, outer, len(target), block, taken[1])
    cut(run, taken, f"left {block}")
    return token, outer


def _recall(run: Run, outer: int, depth: int, block: str, scopes: tuple[int, ...]) -> None:
    """Drop what is still on its way inside the block."""

    def inside(arrival: Arrival) -> bool:
        lists = run.graph.arriving.get(arrival.flow) or run.graph.lists[arrival.node]
        same = arrival.scope == outer and len(lists) > depth and block_of(lists[depth]) == block
        return same or arrival.scope in scopes

    run.agenda[:] = [a for a in run.agenda if not inside(a)]


def _in_block(run: Run, scope: int, depth: int, block: str) -> list[int]:
    """Tokens of a scope that stand in any list of a block."""
    found = []
    for token in run.state.tokens.values():
        lists = lists_of(run, token)
        if token.scope == scope and len(lists) > depth and block_of(lists[depth]) == block:
            found.append(token.id)
    return found
