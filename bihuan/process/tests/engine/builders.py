"""Test graphs from small trees, and an environment whose answers a test sets.

A tree is a tuple: ("task", id, rules), ("seq", [trees]), ("xor", id, [trees]), ("and", id, [trees]),
("or", id, [trees]), ("loop", id, tree), ("mi", id, tree, rows, in_turn). An xor marked "skip" is a step
with a condition that leads past the part behind it, to which a skip falls through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from bihuan.process.engine.graph import Flow, Graph, Kind, Node
from bihuan.process.engine.run import Verdict
from bihuan.process.engine.state import Chair, Place

Tree = tuple[Any, ...]


def task(name: str, do: str = "approve", **rules: Any) -> Tree:
    """A human step."""
    return ("task", name, {"do": do, **rules})


def seq(*trees: Tree) -> Tree:
    """One after the other."""
    return ("seq", list(trees))


class Builder:
    """Lays trees out as nodes and flows."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.flows: list[Flow] = []

    def node(self, name: str, kind: Kind, path: tuple[str, ...], scope: str, **more: Any) -> str:
        """Add a node."""
        self.nodes.append(Node(name, kind, scope=scope, path=path, **more))
        return name

    def flow(self, source: str, target: str, **more: Any) -> str:
        """Add a flow; answers its id."""
        name = f"f{len(self.flows)}"
        self.flows.append(Flow(name, source, target, **more))
        return name

    def lay(self, tree: Tree, path: tuple[str, ...], scope: str) -> tuple[str, str]:
        """Lay a tree out; answers its first and last node."""
        return getattr(self, f"_{tree[0]}")(tree, path, scope)  # type: ignore[no-any-return]

    def _task(self, tree: Tree, path: tuple[str, ...], scope: str) -> tuple[str, str]:
        name = self.node(tree[1], Kind.TASK, path, scope, rules=tree[2] if len(tree) > 2 else {"do": "do"})
        return name, name

    def _node(self, tree: Tree, path: tuple[str, ...], scope: str) -> tuple[str, str]:
        name = self.node(tree[1], tree[2], path, scope, rules=tree[3])
        return name, name

    def _seq(self, tree: Tree, path: tuple[str, ...], scope: str) -> tuple[str, str]:
        parts = [self.lay(part, path, scope) for part in tree[1]]
        for (_, last), (first, _) in pairwise(parts):
            self.flow(last, first)
        return parts[0][0], parts[-1][1]

    def _branches(
        self, tree: Tree, kind: Kind, path: tuple[str, ...], scope: str, listed: bool
    ) -> tuple[str, str]:
        rules = tree[3] if len(tree) > 3 else {}
        split = self.node(tree[1], kind, path, scope, rules=rules)
        join = self.node(f"{tree[1]}_join", kind, path, scope)
        for number, branch in enumerate(tree[2]):
            inner = (*path, f"{tree[1]}.{number}") if listed else path
            condition = "" if kind is Kind.AND else f"{tree[1]}:{number}"
            default = kind is Kind.XOR and number == len(tree[2]) - 1
            if branch is None:
                self.flow(split, join, condition="" if default else condition, default=default)
                continue
            first, last = self.lay(branch, inner, scope)
            self.flow(split, first, condition="" if default else condition, default=default)
            self.flow(last, join)
        return split, join

    def _skip(self, tree: Tree, path: tuple[str, ...], scope: str) -> tuple[str, str]:
        step, _ = self.lay(tree[2][0], path, scope)
        node = self.nodes.pop()
        self.nodes.append(replace(node, rules={**node.rules, "when": f"{tree[1]}:0"}))
        first, last = self.lay(tree[2][1], path, scope)
        join = self.node(f"{tree[1]}_join", Kind.XOR, path, scope)
        self.flow(step, join)
        self.flow(step, first, skip=True)
        self.flow(last, join)
        return step, join

    def _xor(self, tree: Tree, path: tuple[str, ...], scope: str) -> tuple[str, str]:
        if tree[3:] == ("skip",):
            return self._skip(tree, path, scope)
        return self._branches(tree, Kind.XOR, path, scope, listed=False)

    def _and(self, tree: Tree, path: tuple[str, ...], scope: str) -> tuple[str, str]:
        return self._branches(tree, Kind.AND, path, scope, listed=True)

    def _or(self, tree: Tree, path: tuple[str, ...], scope: str) -> tuple[str, str]:
        return self._branches(tree, Kind.OR, path, scope, listed=True)

    def _loop(self, tree: Tree, path: tuple[str, ...], scope: str) -> tuple[str, str]:
        merge = self.node(f"{tree[1]}_in", Kind.XOR, path, scope)
        first, last = self.lay(tree[2], path, scope)
        gate = self.node(tree[1], Kind.XOR, path, scope)
        out = self.node(f"{tree[1]}_out", Kind.XOR, path, scope)
        self.flow(merge, first)
        self.flow(last, gate)
        self.flow(gate, merge, condition=f"{tree[1]}:again")
        self.flow(gate, out, default=True)
        return merge, out

    def _mi(self, tree: Tree, path: tuple[str, ...], scope: str) -> tuple[str, str]:
        rules: dict[str, Any] = {} if tree[3] is None else {"each": tree[3]}
        if len(tree) > 4 and tree[4]:
            rules["order"] = "sequential"
        sub = self.node(tree[1], Kind.SUB, path, scope, rules=rules)
        inner = (*path, f"{tree[1]}.")
        start = self.node(f"{tree[1]}_start", Kind.START, inner, sub)
        first, last = self.lay(tree[2], inner, sub)
        end = self.node(f"{tree[1]}_end", Kind.END, inner, sub)
        self.flow(start, first)
        self.flow(last, end)
        return sub, sub


def graph_of(
    *trees: Tree, extra: Sequence[Node] = (), flows: Sequence[Flow] = (), end: str = "已签准"
) -> Graph:
    """A process that runs the trees one after the other; `extra` nodes and flows come on top."""
    builder = Builder()
    start = builder.node("start", Kind.START, ("",), "")
    first, last = builder.lay(seq(*trees), ("",), "")
    finish = builder.node("finish", Kind.END, ("",), "", rules={"state": end})
    builder.flow(start, first)
    builder.flow(last, finish)
    return Graph.of("T-001", [*builder.nodes, *extra], [*builder.flows, *flows])


class World:
    """An Env: conditions by expression, people by node (else one person a node), rows by node."""

    def __init__(
        self,
        people: Mapping[str, Sequence[int]] | None = None,
        rows: Mapping[str, Sequence[Any]] | None = None,
        truth: Mapping[str, bool] | None = None,
    ) -> None:
        self.by_node = dict(people or {})
        self.by_each = dict(rows or {})
        self.truth = dict(truth or {})
        self.asked: list[tuple[str, Place]] = []
        self.veto: set[int] = set()

    def test(self, expression: str, at: Place) -> Verdict:
        """The value set for the expression, else False."""
        self.asked.append((expression, at))
        value = self.truth.get(expression, False)
        return Verdict(value, {expression: value})

    def people(self, node: Node, at: Place) -> Sequence[Chair]:
        """The people set for the node, else person 1."""
        found = self.by_node.get(node.id, (at.values[-1],) if node.rules.get("by") == "row" else (1,))
        return [Chair(p, 100 + p, veto=p in self.veto) for p in found]

    def rows(self, node: Node, at: Place) -> Sequence[Any]:
        """The rows set for the block, else as many as `each` says."""
        each = node.rules["each"]
        return self.by_each.get(node.id, list(range(each)) if isinstance(each, int) else [])
