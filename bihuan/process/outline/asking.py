"""Who answers a question of the process: the last step of people before it."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bihuan.process.engine.graph import Graph, Kind, Node


def with_questions(graph: Graph) -> Graph:
    """The graph with `asks` on every step of people that answers a `when: {ask}` ahead of it.

    A question is named by the step it decides on.
    """
    asks: dict[str, list[str]] = {}
    for node in graph.nodes.values():
        for step in _questions(node):
            for task in _people_before(graph, node.id):
                asks.setdefault(task, []).append(step)
    nodes = [
        replace(node, rules=MappingProxyType({**node.rules, "asks": asks[node.id]}))
        if node.id in asks
        else node
        for node in graph.nodes.values()
    ]
    return Graph.of(graph.code, nodes, graph.flows)


def _questions(node: Node) -> list[str]:
    when: Any = node.rules.get("when")
    if isinstance(when, dict) and "ask" in when:
        return [node.id]
    return [str(row["step"]) for row in node.rules.get("ask", {}).values()] if node.kind is Kind.OR else []


def _people_before(graph: Graph, node: str) -> list[str]:
    """The nearest steps of people behind a node, through gates, steps that may be skipped, and blocks."""
    found: list[str] = []
    seen = {node}
    ahead = [node]
    while ahead:
        for flow in graph.incoming[ahead.pop()]:
            for source in [flow.source] if flow.skip else _sources(graph, flow.source):
                if source in seen:
                    continue
                seen.add(source)
                node_before = graph.nodes[source]
                if node_before.kind is Kind.TASK and not flow.skip:
                    found.append(source)
                if node_before.kind is not Kind.TASK or "when" in node_before.rules:
                    ahead.append(source)
    return found


def _sources(graph: Graph, id: str) -> list[str]:
    """A block stands for its ends, a block's start for the block."""
    node = graph.nodes[id]
    if node.kind is Kind.SUB:
        return [n.id for n in graph.nodes.values() if n.scope == id and n.kind is Kind.END]
    if node.kind is Kind.START and node.scope:
        return [flow.source for flow in graph.incoming[node.scope]]
    if node.kind is Kind.BOUNDARY:
        return [] if node.rules.get("by") is None else [node.host] if node.host else []
    return [id]
