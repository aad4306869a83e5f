"""Which list each step stands in, found from splits and joins alone (for drawn processes)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bihuan.process.engine.graph import Flow, Kind, Node

Region = tuple[str, frozenset[str]]
"""A branch: its list's name and the nodes in it."""


def with_regions(
    nodes: Sequence[Node], flows: Sequence[Flow], foreign: set[str]
) -> tuple[list[Node], list[Flow]]:
    """Give the nodes of other tools their lists, and the flows that leave a list their cut."""
    after: dict[str, list[str]] = {n.id: [] for n in nodes}
    for flow in flows:
        after[flow.source].append(flow.target)
    for node in nodes:
        if node.host in after:
            after[node.host].append(node.id)
    by_id = {n.id: n for n in nodes}
    found, joins = _regions(nodes, flows, after)
    paths: dict[str, tuple[str, ...]] = {}

    def path(node: Node) -> tuple[str, ...]:
        if node.id not in paths:
            base = (*path(by_id[node.scope]), f"{node.scope}.") if node.scope else ("",)
            inside = sorted((r for r in found if node.id in r[1]), key=lambda r: (-len(r[1]), r[0]))
            paths[node.id] = (*base, *(name for name, _ in inside))
        return paths[node.id]

    placed = [replace(n, path=path(n)) if n.id in foreign else n for n in nodes]
    at = {n.id: n.path for n in placed}
    return placed, [replace(f, cut=_cut(f, at, joins)) if not f.cut else f for f in flows]


def _cut(flow: Flow, at: dict[str, tuple[str, ...]], joins: dict[str, str]) -> str:
    """The outermost list a flow leaves, unless it leaves through the join."""
    source, target = at[flow.source], at[flow.target]
    if len(source) <= len(target) or source[: len(target)] != target:
        return ""
    left = source[len(target)]
    return "" if joins.get(left.rpartition(".")[0]) == flow.target else left


def _regions(
    nodes: Sequence[Node], flows: Sequence[Flow], after: dict[str, list[str]]
) -> tuple[list[Region], dict[str, str]]:
    """The branches of every split that one join closes, and that join."""
    entering: dict[str, int] = {}
    for flow in flows:
        entering[flow.target] = entering.get(flow.target, 0) + 1
    found: list[Region] = []
    joins: dict[str, str] = {}
    for split in nodes:
        ways = [f.target for f in flows if f.source == split.id]
        if split.kind not in (Kind.AND, Kind.OR) or len(ways) < 2:
            continue
        starts = [n.id for n in nodes if n.kind is Kind.START]
        elsewhere = _reach(starts, after, {split.id})
        for join in _candidates(nodes, split, ways, after, entering):
            inside = [_reach([w], after, {split.id, join}) - elsewhere for w in ways]
            if sum(map(len, inside)) == len(frozenset().union(*inside)):
                found += [(f"{split.id}.{n}", region) for n, region in enumerate(inside)]
                joins[split.id] = join
                break
    return found, joins


def _candidates(
    nodes: Sequence[Node],
    split: Node,
    ways: Sequence[str],
    after: dict[str, list[str]],
    entering: dict[str, int],
) -> Iterable[str]:
    """Joins of the split's kind that every branch can reach, the nearest first."""
    kinds = {n.id: n.kind for n in nodes}
    reached = [_reach([w], after, {split.id}) for w in ways]
    for id in _order(split.id, after):
        if kinds[id] is split.kind and entering.get(id, 0) > 1 and all(id in r for r in reached):
            yield id


def _reach(starts: Iterable[str], after: dict[str, list[str]], barred: set[str]) -> frozenset[str]:
    return frozenset(_order_from([s for s in starts if s not in barred], after, barred))


def _order(start: str, after: dict[str, list[str]]) -> list[str]:
    return _order_from([start], after, set())[1:]


def _order_from(starts: list[str], after: dict[str, list[str]], barred: set[str]) -> list[str]:
    """Nodes that can be reached, the nearest first."""
    found = list(dict.fromkeys(starts))
    seen = set(found) | barred
    for id in found:  # grows while it runs
        for target in after[id]:
            if target not in seen:
                seen.add(target)
                found.append(target)
    return found
