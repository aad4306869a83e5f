"""What a diagram shows of a graph: shapes and edges, before anything has a place.

A diagram has more than the graph: a gateway behind a step that decides, one before a step with a
condition, an error end and its catch where a way leads out of a block, a frame round what watches
the whole case.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from bihuan.process.engine.graph import Flow, Graph, Kind, Node
from bihuan.process.outline.titles import SKIPPED, label


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing drawn.

    `form` is task, gate, event, sub or boundary; `node` the graph node it shows or serves; `role`
    "node" for the node itself, else decision, when, out, caught or case; `parent` the block it is
    drawn in; `host` the shape a boundary event sits on.
    """

    id: str
    form: str
    node: str
    kind: Kind
    name: str = ""
    role: str = "node"
    lane: str = ""
    parent: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """One line. `role` is flow (of the graph), refuse, skip, or link (drawing only)."""

    id: str
    source: str
    target: str
    name: str = ""
    role: str = "flow"
    flow: str = ""


@dataclass(frozen=True)
class Drawing:
    """Shapes and edges of a graph; `hidden` are flows that no line can show."""

    title: str
    shapes: dict[str, Shape]
    edges: tuple[Edge, ...]
    lanes: tuple[str, ...]
    hidden: tuple[str, ...] = field(default=())

    def inside(self, parent: str) -> list[Shape]:
        """The shapes drawn directly in a block ("" = the process), boundary events too."""
        return [shape for shape in self.shapes.values() if shape.parent == parent]


_FORMS = {
    Kind.TASK: "task",
    Kind.AUTO: "task",
    Kind.CALL: "task",
    Kind.SUB: "sub",
    Kind.XOR: "gate",
    Kind.AND: "gate",
    Kind.OR: "gate",
    Kind.EVENT_GATE: "gate",
    Kind.BOUNDARY: "boundary",
}
_BRANCHING = (Kind.TASK, Kind.SUB, Kind.CALL, Kind.AUTO)


def draw(graph: Graph) -> Drawing:
    """The drawing of a graph; the same graph always gives the same drawing."""
    return _Drawer(graph).draw()


class _Drawer:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.shapes: dict[str, Shape] = {}
        self.edges: list[Edge] = []
        self.hidden: list[str] = []
        self.frames = {
            n.id: f"{n.id}__case" for n in graph.nodes.values() if n.kind is Kind.BOUNDARY and not n.host
        }

    def draw(self) -> Drawing:
        for node in self.graph.nodes.values():
            self._node(node)
        for flow in self.graph.flows:
            self._flow(flow)
        for node in self.graph.nodes.values():
            self._around(node)
        lanes = _lanes(self.shapes, self.edges)
        order = tuple(dict.fromkeys(s.lane for s in self.shapes.values() if not s.parent))
        title = next((_title(n) for n in self.graph.nodes.values() if n.kind is Kind.START), "")
        return Drawing(
            title or self.graph.code, self.shapes, tuple(self.edges), lanes or order, tuple(self.hidden)
        )

    def _parent(self, node: Node) -> str:
        if node.scope:
            return node.scope
        if node.id in self.frames:
            return self.frames[node.id]
        return next((self.frames[p[:-1]] for p in node.path if p[:-1] in self.frames), "")

    def _add(self, shape: Shape) -> None:
        self.shapes[shape.id] = shape

    def _node(self, node: Node) -> None:
        parent = self._parent(node)
        if node.id in self.frames:
            self._add(Shape(self.frames[node.id], "sub", node.id, Kind.SUB, node.name, "case"))
            self._add(Shape(node.id, "event", node.id, node.kind, "", parent=parent))
            return
        if "when" in node.rules:
            self._add(
                Shape(
                    f"{node.id}__when", "gate", node.id, Kind.XOR, _question(node), "when", node.lane, parent
                )
            )
        form = _FORMS.get(node.kind, "event")
        self._add(Shape(node.id, form, node.id, node.kind, node.name, "node", node.lane, parent, node.host))
        if self._decides(node):
            self._add(
                Shape(f"{node.id}__decision", "gate", node.id, Kind.XOR, "", "decision", node.lane, parent)
            )

    def _decides(self, node: Node) -> bool:
        ways = len(self.graph.ways[node.id])
        return node.kind in _BRANCHING and (ways > 1 or bool(node.rules.get("refuse")))

    def _enter(self, id: str) -> str:
        return f"{id}__when" if f"{id}__when" in self.shapes else id

    def _leave(self, id: str) -> str:
        return f"{id}__decision" if f"{id}__decision" in self.shapes else id

    def _flow(self, flow: Flow) -> None:
        leave = f"{flow.source}__when" if flow.skip else self._leave(flow.source)
        source, target = self.shapes[leave], self.shapes[self._enter(flow.target)]
        name = flow.name or self._agreed(flow)
        if source.parent == target.parent:
            self.edges.append(Edge(flow.id, source.id, target.id, name, "flow", flow.id))
            return
        frame = self._frame_towards(source.parent, target.parent)
        if not frame:
            self.hidden.append(flow.id)
            return
        out, caught = f"{flow.id}__out", f"{flow.id}__caught"
        self._add(Shape(out, "event", flow.source, Kind.END, "", "out", parent=source.parent))
        self._add(
            Shape(
                caught, "boundary", flow.source, Kind.BOUNDARY, "", "caught", parent=target.parent, host=frame
            )
        )
        self.edges.append(Edge(flow.id, source.id, out, name, "flow", flow.id))
        self.edges.append(Edge(f"{flow.id}__on", caught, target.id, "", "link", flow.id))

    def _frame_towards(self, inner: str, outer: str) -> str:
        """The block that stands in `outer` and holds `inner`; "" if there is none that can catch."""
        at = inner
        while at and self.shapes[at].role == "node":
            if self.shapes[at].parent == outer:
                return at
            at = self.shapes[at].parent
        return ""

    def _agreed(self, flow: Flow) -> str:
        node = self.graph.nodes[flow.source]
        if not node.rules.get("refuse") or len(self.graph.ways[node.id]) != 1:
            return ""
        return label(node.rules.get("labels", {}).get("approve")) or "同意"

    def _around(self, node: Node) -> None:
        """The lines that only the drawing has: to and from added gateways, refusals, skips."""
        if f"{node.id}__when" in self.shapes:
            self.edges.append(Edge(f"{node.id}__run", f"{node.id}__when", node.id, "是", "link"))
            self._skip(node)
        if f"{node.id}__decision" in self.shapes:
            self.edges.append(Edge(f"{node.id}__done", node.id, f"{node.id}__decision", "", "link"))
            refused = label(node.rules.get("labels", {}).get("refuse")) or "退回"
            for at, target in enumerate(node.rules.get("refuse", ())):
                self._refusal(node, at, target, refused)

    def _skip(self, node: Node) -> None:
        ways = self.graph.ways[node.id] if node.id not in self.graph.skips else ()
        if ways and self._parent(self.graph.nodes[ways[0].target]) == self._parent(node):
            gate = f"{node.id}__when"
            self.edges.append(Edge(f"{node.id}__skip", gate, self._enter(ways[0].target), SKIPPED, "skip"))

    def _refusal(self, node: Node, at: int, target: dict[str, Any], name: str) -> None:
        other = self.graph.nodes.get(target["go"])
        if other is not None and self._parent(other) == self._parent(node):
            id = f"{node.id}__refuse{at or ''}"
            self.edges.append(Edge(id, f"{node.id}__decision", self._enter(other.id), name, "refuse"))


def _title(node: Node) -> str:
    return label(node.rules.get("process", {}).get("name"))


def _question(node: Node) -> str:
    when: Any = node.rules["when"]
    return f"{label(when['ask'])}?" if isinstance(when, dict) else "需要?"


def _lanes(shapes: dict[str, Shape], edges: list[Edge]) -> tuple[str, ...]:
    """Settle the lane of every shape of the main level; gateways and events stand by a neighbour."""
    people = (Kind.TASK, Kind.SUB)
    main = [s for s in shapes.values() if not s.parent]
    settled = {s.id: s.lane for s in main if s.lane or (s.kind in people and s.role != "case")}
    beside = {s.id: _nearest(s) for s in main}
    for edge in edges:
        for one, other in ((edge.target, edge.source), (edge.source, edge.target)):
            if one in beside and other in beside:
                beside[one].append(other)
    open_ = [s.id for s in main if s.id not in settled]
    while open_:
        found = {i: near[0] for i in open_ if (near := [settled[n] for n in beside[i] if n in settled])}
        if not found:
            first = next(iter(settled.values()), "")
            found = dict.fromkeys(open_, first)
        settled.update(found)
        open_ = [i for i in open_ if i not in settled]
    for id, lane in settled.items():
        shapes[id] = replace(shapes[id], lane=lane)
    order = dict.fromkeys(settled[s.id] for s in main)
    order.pop("", None)
    return (*order, "") if "" in settled.values() else tuple(order)


def _nearest(shape: Shape) -> list[str]:
    """The shape that another one belongs to: a boundary event's host, the step of an added gateway."""
    if shape.host:
        return [shape.host]
    return [shape.node] if shape.role in ("decision", "when") else []
