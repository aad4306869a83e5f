"""The graph that the engine plays: nodes and flows of one process version.

A graph is built once per version (from BPMN) and never changes; everything the engine needs to
know about structure is a lookup here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any


class Kind(StrEnum):
    """What a node does with a token."""

    START = "start"
    END = "end"  # ends its token only
    TERMINATE = "terminate"  # ends the case with the outcome in rules["state"]
    TASK = "task"  # human step; rules["do"] names the act
    AUTO = "auto"  # automatic step: outcome keys only
    XOR = "xor"
    AND = "and"
    OR = "or"
    SUB = "sub"  # embedded block; rules["each"] makes one run per row
    CALL = "call"  # runs another process, or a chain of them, and waits
    CATCH = "catch"  # waits for a moment or an event
    EVENT_GATE = "event_gate"  # the first of its catch events leads on
    BOUNDARY = "boundary"  # a watch on `host` ("" = on the case)


@dataclass(frozen=True, slots=True)
class Node:
    """One node.

    `scope` is the SUB node it stands in ("" = the process). `path` names the lists (see
    formats.md, "Lists") it stands in from the outside in; the main list is "", a branch
    "<block>.<index>", a block body "<block>.". `rules` are the step's own keys as plain JSON data.
    """

    id: str
    kind: Kind
    name: str = ""
    lane: str = ""
    scope: str = ""
    path: tuple[str, ...] = ("",)
    host: str = ""
    rules: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Flow:
    """One sequence flow. `cut` names the list that is left (all open in it is cut on taking the flow).

    `skip` marks the way on from a step whose `when` is false, where the step itself leads elsewhere.
    """

    id: str
    source: str
    target: str
    condition: str = ""
    default: bool = False
    name: str = ""
    cut: str = ""
    skip: bool = False


@dataclass(frozen=True)
class Graph:
    """Nodes and flows of one process version, with the look-ups the engine needs."""

    code: str
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]

    @classmethod
    def of(cls, code: str, nodes: Iterable[Node], flows: Iterable[Flow]) -> Graph:
        """Build a graph; node ids must be unique and flows must join known nodes."""
        by_id: dict[str, Node] = {}
        for node in nodes:
            if node.id in by_id:
                raise ValueError(f"node {node.id} stands twice")
            by_id[node.id] = node
        all_flows = tuple(flows)
        for flow in all_flows:
            if flow.source not in by_id or flow.target not in by_id:
                raise ValueError(f"flow {flow.id} joins unknown nodes {flow.source} -> {flow.target}")
        return cls(code, MappingProxyType(by_id), all_flows)

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Flow, ...]]:
        """Flows that leave each node, in order."""
        found: dict[str, list[Flow]] = {key: [] for key in self.nodes}
        for flow in self.flows:
            found[flow.source].append(flow)
        return MappingProxyType({key: tuple(value) for key, value in found.items()})

    @cached_property
    def ways(self) -> Mapping[str, tuple[Flow, ...]]:
        """The flows that lead on from each node when it is passed."""
        return MappingProxyType(
            {id: tuple(f for f in flows if not f.skip) for id, flows in self.outgoing.items()}
        )

    @cached_property
    def skips(self) -> Mapping[str, Flow]:
        """The flow that leads on from a node that is skipped, where it is another than those it leads on by."""
        return MappingProxyType({flow.source: flow for flow in self.flows if flow.skip})

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Flow, ...]]:
        """Flows that reach each node, in order."""
        found: dict[str, list[Flow]] = {key: [] for key in self.nodes}
        for flow in self.flows:
            found[flow.target].append(flow)
        return MappingProxyType({key: tuple(value) for key, value in found.items()})

    @cached_property
    def watches(self) -> Mapping[str, tuple[Node, ...]]:
        """Boundary nodes by the node they watch; "" holds those that watch the case."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            if node.kind is Kind.BOUNDARY:
                found.setdefault(node.host, []).append(node)
        return MappingProxyType({key: tuple(value) for key, value in found.items()})

    def start(self, scope: str = "") -> Node:
        """The start node of the process or of a SUB."""
        return self._starts[scope]

    @cached_property
    def _starts(self) -> Mapping[str, Node]:
        return {n.scope: n for n in reversed(list(self.nodes.values())) if n.kind is Kind.START}

    @cached_property
    def lists(self) -> Mapping[str, tuple[str, ...]]:
        """The lists each node stands in, with the body of its SUB even where `path` leaves it out."""
        found: dict[str, tuple[str, ...]] = {}

        def of(node: Node) -> tuple[str, ...]:
            if node.id not in found:
                body = f"{node.scope}."
                inside = not node.scope or body in node.path
                found[node.id] = node.path if inside else (*of(self.nodes[node.scope]), body)
            return found[node.id]

        return MappingProxyType({node.id: of(node) for node in self.nodes.values()})

    @cached_property
    def home(self) -> Mapping[str, str]:
        """The block whose run each node belongs to: its SUB, or the watch whose side branch it stands in."""
        found: dict[str, str] = {}
        for node in self.nodes.values():
            bodies = [block_of(name) for name in self.lists[node.id] if name.endswith(".")]
            found[node.id] = next((b for b in reversed(bodies) if b in self.nodes), "")
        return MappingProxyType(found)

    @cached_property
    def arriving(self) -> Mapping[str, tuple[str, ...]]:
        """The lists a token stands in that waits at a join, by the flow it arrived by.

        It belongs to its branch's block though the join stands outside; an empty branch's flow
        comes from the split, so the block is taken from a sibling flow.
        """
        found: dict[str, tuple[str, ...]] = {}
        for node in self.nodes.values():
            if node.kind in (Kind.AND, Kind.OR):
                own = self.lists[node.id]
                block = self._block_before(node)
                for flow in self.incoming[node.id]:
                    source = self.lists[flow.source]
                    deeper = len(source) > len(own) and source[: len(own)] == own
                    found[flow.id] = (
                        source[: len(own) + 1] if deeper else (*own, f"{block}.") if block else own
                    )
        return MappingProxyType(found)

    def _block_before(self, join: Node) -> str:
        """The block a join closes ("" when it closes none)."""
        own = self.lists[join.id]
        for flow in self.incoming[join.id]:
            source = self.lists[flow.source]
            if len(source) > len(own) and source[: len(own)] == own:
                return block_of(source[len(own)])
        return ""

    @cached_property
    def joins(self) -> Mapping[str, Node]:
        """The join that closes each parallel or inclusive block, by the block's name."""
        gates = (n for n in self.nodes.values() if n.kind in (Kind.AND, Kind.OR))
        return MappingProxyType({block: n for n in gates if (block := self._block_before(n))})

    @cached_property
    def or_joins(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """For each OR join, by way in: the nodes that lead to it without passing the join."""
        found: dict[str, Mapping[str, frozenset[str]]] = {}
        for node in self.nodes.values():
            if node.kind is Kind.OR and len(self.incoming[node.id]) > 1:
                found[node.id] = {f.id: self._before(f.source, node.id) for f in self.incoming[node.id]}
        return MappingProxyType(found)

    def _before(self, start: str, barrier: str) -> frozenset[str]:
        seen: set[str] = set()
        agenda = [start]
        while agenda:
            at = agenda.pop()
            if at in seen or at == barrier:
                continue
            seen.add(at)
            agenda += [f.source for f in self.incoming[at]]
            # a way out of a block is a way on from the block; a boundary's way one from its host
            agenda += [n for n in (self.nodes[at].scope, self.nodes[at].host) if n]
        return frozenset(seen)


def block_of(name: str) -> str:
    """The block a list belongs to: "par.0" and "par." are lists of par, "" of none."""
    return name.rpartition(".")[0]
