"""Joins that may wait for ever, found by playing every combination of ways without asking conditions.

A marking is the set of flows on which tokens stand, block by block; a block inside is one step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from bihuan.process.engine.graph import Flow, Graph, Kind, Node

MOST_MARKINGS = 20_000
"""Beyond so many markings of one block nothing is said about it."""
MOST_WAYS = 6
"""Of an inclusive split with more ways only single ones and all together are tried."""

Marking = frozenset[str]


def waiting_joins(graph: Graph) -> list[Node]:
    """The joins at which a token can be left waiting though nothing else moves any more."""
    found: dict[str, Node] = {}
    for scope in ("", *(n.id for n in graph.nodes.values() if n.kind is Kind.SUB)):
        if any(n.kind is Kind.AND and n.scope == scope for n in graph.nodes.values()):
            found.update((node.id, node) for node in _Play(graph, scope).stuck())
    return list(found.values())


class _Play:
    def __init__(self, graph: Graph, scope: str) -> None:
        self.graph, self.scope = graph, scope
        self.flows = {flow.id: flow for flow in graph.flows}

    def stuck(self) -> list[Node]:
        """Joins left waiting in some marking from which nothing moves."""
        found: dict[str, Node] = {}
        seen = set(self._first())
        ahead = list(seen)
        while ahead and len(seen) <= MOST_MARKINGS:
            marking = ahead.pop()
            steps = set(self._after(marking))
            found.update((n.id, n) for n in (self._waiting(marking) if not steps else ()))
            ahead += steps - seen
            seen |= steps
        return list(found.values()) if len(seen) <= MOST_MARKINGS else []

    def _first(self) -> Iterator[Marking]:
        for node in self.graph.nodes.values():
            if node.kind is Kind.START and node.scope == self.scope:
                yield frozenset(flow.id for flow in self.graph.outgoing[node.id])

    def _after(self, marking: Marking) -> Iterator[Marking]:
        """What one step of any node leads to."""
        for target in {self.flows[id].target for id in marking}:
            node = self.graph.nodes[target]
            here = [flow.id for flow in self.graph.incoming[target] if flow.id in marking]
            if node.kind is Kind.AND:
                if len(here) == len(self.graph.incoming[target]):
                    yield from self._on(marking.difference(here), node)
            elif node.kind is Kind.OR:
                yield from self._on(marking.difference(here), node)
            else:
                for id in here:
                    yield from self._on(marking - {id}, node)

    def _on(self, rest: Marking, node: Node) -> Iterator[Marking]:
        """Leave a node by each choice of ways; a way out of a block takes along what is open in it."""
        if node.kind is Kind.TERMINATE:
            yield frozenset()
            return
        for ways in self._choices(node):
            left = rest
            for flow in ways:
                left = self._cut(left, flow)
            yield left | {flow.id for flow in ways}

    def _choices(self, node: Node) -> Iterable[tuple[Flow, ...]]:
        ways = [
            flow for flow in self.graph.outgoing[node.id] if self.graph.nodes[flow.target].scope == self.scope
        ]
        watches = [
            self.graph.outgoing[w.id] for w in self.graph.watches.get(node.id, ()) if w.rules.get("interrupt")
        ]
        aside = [(flow,) for flows in watches for flow in flows]
        if node.kind is Kind.OR:
            few = range(1, len(ways) + 1) if len(ways) <= MOST_WAYS else (1, len(ways))
            return [*(some for size in few for some in combinations(ways, size)), *([] if ways else [()])]
        if node.kind in (Kind.XOR, Kind.TASK, Kind.EVENT_GATE) or any(
            f.condition or f.default or f.skip for f in ways
        ):
            return [*((flow,) for flow in ways), *aside, *([] if ways else [()])]
        return [tuple(ways), *aside]

    def _cut(self, marking: Marking, flow: Flow) -> Marking:
        source, target = self.graph.lists[flow.source], self.graph.lists[flow.target]
        if not flow.cut or len(source) <= len(target):
            return marking
        left = source[: len(target) + 1]
        block = left[-1].rpartition(".")[0]
        return frozenset(id for id in marking if not self._inside(id, len(target), block))

    def _inside(self, id: str, depth: int, block: str) -> bool:
        """Whether a token on a flow stands in a list of the block."""
        flow = self.flows[id]
        lists = self.graph.arriving.get(id) or self.graph.lists[flow.target]
        return len(lists) > depth and lists[depth].rpartition(".")[0] == block

    def _waiting(self, marking: Marking) -> Iterator[Node]:
        for id in marking:
            node = self.graph.nodes[self.flows[id].target]
            if node.kind is Kind.AND and len(self.graph.incoming[node.id]) > 1:
                yield node
