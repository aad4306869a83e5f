"""A graph as BPMN 2.0 XML that other tools can show and edit.

What BPMN has no words for travels as JSON in `extensionElements` (namespace urn:bihuan:bpmn):
`bihuan:node` and `bihuan:flow` on what the graph has, `bihuan:drawn` on what only the drawing has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lxml import etree

from bihuan.process.engine.graph import Flow, Graph, Kind, Node
from bihuan.process.outline.bpmn_names import BPMN, DC, DD, DI, OURS, SPACES, XSI, Element, legal, tag
from bihuan.process.outline.drawing import Edge, Shape
from bihuan.process.outline.layout import Box, Layout

PROCESS, POOL, LANES = "bihuan__process", "bihuan__pool", "bihuan__lanes"

_TAGS = {
    Kind.START: "startEvent",
    Kind.END: "endEvent",
    Kind.TERMINATE: "endEvent",
    Kind.TASK: "userTask",
    Kind.XOR: "exclusiveGateway",
    Kind.AND: "parallelGateway",
    Kind.OR: "inclusiveGateway",
    Kind.EVENT_GATE: "eventBasedGateway",
    Kind.SUB: "subProcess",
    Kind.CALL: "callActivity",
    Kind.CATCH: "intermediateCatchEvent",
    Kind.BOUNDARY: "boundaryEvent",
}


def to_bpmn(graph: Graph, layout: Layout, slots: Mapping[str, str] | None = None) -> bytes:
    """The graph with its picture as BPMN XML; `slots` names the lanes by slot code."""
    return _Writer(graph, layout, slots or {}).write()


class _Writer:
    def __init__(self, graph: Graph, layout: Layout, slots: Mapping[str, str]) -> None:
        self.graph, self.layout, self.slots = graph, layout, slots
        self.drawing = layout.drawing
        self.flow_by_id = {flow.id: (at, flow) for at, flow in enumerate(graph.flows)}
        self.node_order = {id: at for at, id in enumerate(graph.nodes)}
        self.root: Element = etree.Element(tag(BPMN, "definitions"), nsmap=SPACES)
        self.made: dict[str, Element] = {}

    def write(self) -> bytes:
        self.root.set("id", "bihuan__definitions")
        self.root.set("targetNamespace", "urn:bihuan:process")
        title = legal(self.drawing.title)
        group = self._add(self.root, "collaboration", id="bihuan__collaboration")
        self._add(group, "participant", id=POOL, name=title, processRef=PROCESS)
        process = self._add(self.root, "process", id=PROCESS, name=title, isExecutable="true")
        hidden = [self._flow_data(self.flow_by_id[id][1]) for id in self.drawing.hidden]
        self._ours(process, "process", {"code": self.graph.code, "hidden": hidden})
        self._lanes(process)
        self.made[""] = process
        for shape in self._outside_in():
            self.made[shape.id] = self._shape(shape)
        for edge in self.drawing.edges:
            self._edge(edge)
        self._diagram()
        return bytes(etree.tostring(self.root, xml_declaration=True, encoding="UTF-8", pretty_print=False))

    # helpers -------------------------------------------------------------------------------

    def _add(self, parent: Element, element: str, /, **attributes: str) -> Element:
        return etree.SubElement(parent, tag(BPMN, element), {k: legal(v) for k, v in attributes.items()})

    def _ours(self, element: Element, name: str, data: Mapping[str, Any]) -> None:
        """Put JSON into an element's extensionElements, which must be its first child."""
        holder = self._add(element, "extensionElements")
        etree.SubElement(holder, tag(OURS, name)).text = json.dumps(data, separators=(",", ":"))

    def _outside_in(self) -> list[Shape]:
        """Shapes so that a block comes before what is in it."""
        found: list[Shape] = []
        level = [""]
        while level:
            inside = [shape for parent in level for shape in self.drawing.inside(parent)]
            found += inside
            level = [shape.id for shape in inside if shape.form == "sub"]
        return found

    def _lanes(self, process: Element) -> None:
        lanes = self._add(process, "laneSet", id=LANES)
        for at, (slot, _) in enumerate(self.layout.lanes):
            lane = self._add(
                lanes, "lane", id=f"bihuan__lane_{at}", name=self.slots.get(slot, slot) or "其他人员"
            )
            for shape in self.drawing.shapes.values():
                if not shape.parent and shape.lane == slot:
                    self._add(lane, "flowNodeRef").text = shape.id

    # shapes --------------------------------------------------------------------------------

    def _shape(self, shape: Shape) -> Element:
        parent = self.made[shape.parent]
        if shape.role == "node":
            return self._node(parent, shape, self.graph.nodes[shape.node])
        return self._drawn(parent, shape)

    def _node(self, parent: Element, shape: Shape, node: Node) -> Element:
        element = self._add(parent, self._tag(node, shape), id=node.id, name=node.name)
        data: dict[str, Any] = {
            "n": self.node_order[node.id],
            "kind": node.kind.value,
            "path": node.path,
            "rules": dict(node.rules),
        }
        data.update({k: v for k, v in (("lane", node.lane), ("scope", node.scope), ("host", node.host)) if v})
        if legal(node.name) != node.name:
            data["name"] = node.name
        self._ours(element, "node", data)
        self._particulars(element, shape, node)
        return element

    def _tag(self, node: Node, shape: Shape) -> str:
        if shape.form == "event" and node.kind is Kind.BOUNDARY:
            return "startEvent"
        if node.kind is Kind.AUTO:
            told = node.rules.keys() & {"notify", "confirm"} and not node.rules.keys() & {
                "set",
                "post",
                "opens",
            }
            return "sendTask" if told else "serviceTask"
        return _TAGS[node.kind]

    def _particulars(self, element: Element, shape: Shape, node: Node) -> None:
        rules = node.rules
        if shape.host:
            element.set("attachedToRef", shape.host)
        if node.kind is Kind.BOUNDARY:
            element.set(
                "cancelActivity" if shape.host else "isInterrupting",
                str(bool(rules.get("interrupt"))).lower(),
            )
            self._trigger(element, rules)
        elif node.kind is Kind.CATCH:
            self._trigger(element, rules)
        elif node.kind is Kind.START and len(rules.get("starts", ())) == 1:
            self._trigger(element, rules["starts"][0], by_hand=False)
        elif node.kind is Kind.TERMINATE:
            self._add(element, "terminateEventDefinition")
        elif node.kind is Kind.CALL and rules.get("call"):
            element.set("calledElement", str(rules["call"][0]))
        if "each" in rules or rules.get("mode", "first") != "first":
            in_turn = rules.get("order") == "sequential" or rules.get("mode") == "sequential"
            self._add(element, "multiInstanceLoopCharacteristics", isSequential=str(in_turn).lower())

    def _trigger(self, element: Element, rules: Mapping[str, Any], by_hand: bool = True) -> None:
        """The event definition of a time, an event, or a press by hand."""
        times = (("after", "timeDuration"), ("every", "timeCycle"), ("schedule", "timeCycle"))
        timer = next(((rules[key], name) for key, name in times if key in rules), None)
        if timer:
            definition = self._add(element, "timerEventDefinition")
            text = self._add(definition, timer[1])
            text.set(tag(XSI, "type"), "bpmn:tFormalExpression")
            text.text = legal(
                timer[0] if isinstance(timer[0], str) else json.dumps(timer[0], ensure_ascii=False)
            )
        elif "event" in rules:
            signal = f"bihuan__signal_{element.get('id')}"
            self._root_first("signal", id=signal, name=str(rules["event"]))
            self._add(element, "signalEventDefinition", signalRef=signal)
        elif by_hand and "by" in rules:
            self._add(element, "escalationEventDefinition")

    def _root_first(self, element: str, /, **attributes: str) -> None:
        """A definition that other elements refer to stands before them."""
        made = etree.Element(tag(BPMN, element), {k: legal(v) for k, v in attributes.items()})
        self.root.insert(0, made)

    def _drawn(self, parent: Element, shape: Shape) -> Element:
        names = {"out": "endEvent", "caught": "boundaryEvent", "case": "subProcess"}
        element = self._add(parent, names.get(shape.role, "exclusiveGateway"), id=shape.id, name=shape.name)
        self._ours(element, "drawn", {"role": shape.role, "of": shape.node})
        if shape.role == "case":
            element.set("triggeredByEvent", "true")
        if shape.role == "caught":
            element.set("attachedToRef", shape.host)
        if shape.role in ("out", "caught"):
            error = f"bihuan__error_{shape.id.rpartition('__')[0]}"
            if shape.role == "out":
                self._root_first("error", id=error, name=shape.node, errorCode=shape.id)
            self._add(element, "errorEventDefinition", errorRef=error)
        return element

    # flows ---------------------------------------------------------------------------------

    def _flow_data(self, flow: Flow) -> dict[str, Any]:
        return {
            "n": self.flow_by_id[flow.id][0],
            "id": flow.id,
            "source": flow.source,
            "target": flow.target,
            "condition": flow.condition,
            "default": flow.default,
            "name": flow.name,
            "cut": flow.cut,
            "skip": flow.skip,
        }

    def _edge(self, edge: Edge) -> None:
        parent = self.made[self.drawing.shapes[edge.target].parent]
        element = self._add(
            parent, "sequenceFlow", id=edge.id, name=edge.name, sourceRef=edge.source, targetRef=edge.target
        )
        if edge.role != "flow":
            self._ours(element, "drawn", {"role": edge.role})
            return
        at, flow = self.flow_by_id[edge.flow]
        data: dict[str, Any] = {"n": at}
        if flow.cut:
            data["cut"] = flow.cut
        if flow.skip:
            data["skip"] = True
        if edge.name != flow.name or legal(flow.name) != flow.name:
            data.update(name=flow.name, shown=legal(edge.name))
        if self.drawing.shapes[edge.target].role == "out":
            data["target"] = flow.target
        if legal(flow.condition) != flow.condition:
            data["condition"] = flow.condition
        source = self.made[edge.source]
        if flow.default and source.get("default"):
            data["default"] = True  # BPMN has one default a node; people pick among ours
        elif flow.default:
            source.set("default", edge.id)
        self._ours(element, "flow", data)
        if flow.condition:
            text = self._add(element, "conditionExpression")
            text.set(tag(XSI, "type"), "bpmn:tFormalExpression")
            text.text = legal(flow.condition)

    # picture -------------------------------------------------------------------------------

    def _diagram(self) -> None:
        diagram = etree.SubElement(self.root, tag(DI, "BPMNDiagram"), {"id": "bihuan__diagram"})
        plane = etree.SubElement(
            diagram, tag(DI, "BPMNPlane"), {"id": "bihuan__plane", "bpmnElement": "bihuan__collaboration"}
        )
        self._di(plane, POOL, self.layout.pool, isHorizontal="true")
        for at, (_, box) in enumerate(self.layout.lanes):
            self._di(plane, f"bihuan__lane_{at}", box, isHorizontal="true")
        for shape in self._outside_in():
            more = {"isExpanded": "true"} if shape.form == "sub" else {}
            if self.made[shape.id].tag == tag(BPMN, "exclusiveGateway"):
                more = {"isMarkerVisible": "true"}
            self._di(plane, shape.id, self.layout.boxes[shape.id], **more)
        for edge in self.drawing.edges:
            line = etree.SubElement(
                plane, tag(DI, "BPMNEdge"), {"id": f"{edge.id}__di", "bpmnElement": edge.id}
            )
            for x, y in self.layout.lines[edge.id]:
                etree.SubElement(line, tag(DD, "waypoint"), {"x": f"{x:g}", "y": f"{y:g}"})

    def _di(self, plane: Element, id: str, box: Box, **more: str) -> None:
        shape = etree.SubElement(plane, tag(DI, "BPMNShape"), {"id": f"{id}__di", "bpmnElement": id, **more})
        size = {"x": box.x, "y": box.y, "width": box.w, "height": box.h}
        etree.SubElement(shape, tag(DC, "Bounds"), {k: f"{v:g}" for k, v in size.items()})
