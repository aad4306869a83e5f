"""BPMN 2.0 XML read back into a graph: our own files whole, those of other tools as far as they run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from bihuan.process.engine.graph import Flow, Graph, Kind, Node
from bihuan.process.outline.bpmn_foreign import Finding, node_of, sound, unusable
from bihuan.process.outline.bpmn_names import MOST_NODES, OURS, Element, local, read_xml, tag
from bihuan.process.outline.regions import with_regions

_SILENT = re.compile(
    "(extensionElements|documentation|laneSet|data(Object|Store)(Reference)?|association|group|textAnnotation"
    "|ioSpecification|data(Input|Output)Association|incoming|outgoing|property|category|auditing|monitoring"
    "|[a-zA-Z]+LoopCharacteristics|[a-zA-Z]+EventDefinition)"
)
"""What a process may hold beside steps without changing how it runs, or is read with its step."""


_FLOW = ("id", "source", "target", "condition", "default", "name", "cut")


@dataclass(frozen=True)
class Imported:
    """What came of a file: the graph, or None with the reasons; the file itself is always kept."""

    graph: Graph | None
    problems: tuple[Finding, ...]
    xml: bytes
    name: str = ""
    """What the drawing calls the process."""


class _Wire(NamedTuple):
    """A sequence flow as the file has it."""

    flow: Flow
    order: float
    scope: str


@dataclass
class _Reading:
    """What has been read so far."""

    nodes: list[tuple[float, Node]] = field(default_factory=list)
    wires: list[_Wire] = field(default_factory=list)
    stands_for: dict[str, str] = field(default_factory=dict)
    defaults: set[str] = field(default_factory=set)
    refusals: dict[str, str] = field(default_factory=dict)
    lanes: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)


def from_bpmn(data: bytes) -> Imported:
    """Read a BPMN file.

    Raises kernel's Invalid for what is no acceptable BPMN file at all; what cannot be executed is
    told by element in `problems`, and nothing of it ever runs.
    """
    root = read_xml(data)
    processes = [e for e in root if local(e) == "process"]
    if not processes:
        return Imported(None, (Finding("", "", "文件里没有流程"),), data)
    process = max(processes, key=lambda p: (p.get("isExecutable") == "true", len(p)))
    reading = _Reading(lanes=_lanes(process))
    for other in processes:
        if other is not process and len(other):
            reading.findings.append(
                Finding(other.get("id", ""), other.get("name", ""), "只执行一个泳池的流程", False)
            )
    own = _ours(process, "process") or {}
    _walk(reading, process, "")
    if len(reading.nodes) > MOST_NODES:
        reading.findings.append(Finding("", "", "步骤过多"))
    flows = _flows(reading, own)
    if not any(f.stops for f in reading.findings):
        reading.findings += unusable([n for _, n in reading.nodes], flows, reading.foreign)
    stopped = any(f.stops for f in reading.findings)
    graph = None if stopped else _graph(reading, flows, own, process)
    return Imported(graph, tuple(reading.findings), data, _name(root, process))


def _name(root: Element, process: Element) -> str:
    """The name of a process, else that of its pool."""
    pools = (e for e in root.iter() if local(e) == "participant" and e.get("processRef") == process.get("id"))
    return process.get("name") or next((name for e in pools if (name := e.get("name"))), "")


def _graph(reading: _Reading, flows: list[Flow], own: dict[str, Any], process: Element) -> Graph:
    nodes = [_redirected(node, reading.refusals) for _, node in sorted(reading.nodes, key=lambda n: n[0])]
    code = str(own.get("code") or process.get("id") or "process")
    if reading.foreign:
        nodes, flows = with_regions(nodes, flows, reading.foreign)
    return Graph.of(code, nodes, flows)


def _flows(reading: _Reading, own: dict[str, Any]) -> list[Flow]:
    found = [(wire.order, wire.flow) for wire in reading.wires]
    for data in own.get("hidden", ()) if isinstance(own.get("hidden", ()), list) else ():
        try:
            found.append(
                (_number(data, 0.0), Flow(**{key: data[key] for key in _FLOW}, skip=data.get("skip") is True))
            )
        except (KeyError, TypeError, AttributeError):
            reading.findings.append(Finding("", "", "连线规则已损坏"))
    return [flow for _, flow in sorted(found, key=lambda f: f[0])]


def _redirected(node: Node, refusals: dict[str, str]) -> Node:
    """A refusal that was drawn to another step leads there."""
    refuse = [
        {**target, "go": refusals.get(f"{node.id}__refuse{at or ''}", target["go"])}
        for at, target in enumerate(node.rules.get("refuse", ()))
    ]
    if refuse == list(node.rules.get("refuse", ())):
        return node
    rules = MappingProxyType({**node.rules, "refuse": refuse})
    return Node(node.id, node.kind, node.name, node.lane, node.scope, node.path, node.host, rules)


def _ours(element: Element, name: str) -> dict[str, Any] | None:
    """Our JSON in an element's extensionElements, if it has any that can be read."""
    for holder in element:
        if local(holder) == "extensionElements":
            for child in holder:
                if child.tag == tag(OURS, name):
                    return _json(child.text or "")
    return None


def _json(text: str) -> dict[str, Any] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _number(data: dict[str, Any], otherwise: float) -> float:
    """The place in the order of the graph."""
    found = data.get("n")
    return float(found) if isinstance(found, int | float) else otherwise


def _lanes(process: Element) -> dict[str, str]:
    """Lane names by element id, the innermost lane counting."""
    found: dict[str, str] = {}
    for lane in process.iter():
        if local(lane) == "lane":
            for ref in lane:
                if local(ref) == "flowNodeRef" and ref.text:
                    found[ref.text.strip()] = lane.get("name") or lane.get("id") or ""
    return found


def _walk(reading: _Reading, container: Element, scope: str) -> None:
    """Read everything in a process or block; decorations stand for the node they serve."""
    for element in container:
        name, id = local(element), element.get("id") or ""
        drawn = _ours(element, "drawn")
        if name == "sequenceFlow":
            continue
        if drawn is not None:
            reading.stands_for[id] = str(drawn.get("of", ""))
            if drawn.get("role") == "case":
                _walk(reading, element, scope)
            _note_default(reading, element)
            continue
        if name and not _SILENT.fullmatch(name):
            _note_default(reading, element)
            _read_node(reading, element, scope)
    for element in container:
        if local(element) == "sequenceFlow":
            _read_flow(reading, element, scope)


def _note_default(reading: _Reading, element: Element) -> None:
    if element.get("default"):
        reading.defaults.add(element.get("default"))


def _read_node(reading: _Reading, element: Element, scope: str) -> None:
    id, data = element.get("id") or "", _ours(element, "node")
    order = float(len(reading.nodes))
    if data is None:
        reading.foreign.add(id)
        node = node_of(element, scope, reading.lanes.get(id, ""), reading.findings)
    else:
        order = _number(data, order)
        node = _own_node(element, id, data, scope, reading.findings)
    if node is None:
        return
    reading.nodes.append((order, node))
    if node.kind is Kind.SUB:
        _walk(reading, element, node.id)


def _own_node(
    element: Element, id: str, data: dict[str, Any], scope: str, findings: list[Finding]
) -> Node | None:
    try:
        if not sound(data["rules"]):
            raise ValueError(id)
        return Node(
            id,
            Kind(data["kind"]),
            str(data.get("name", element.get("name") or "")),
            str(data.get("lane", "")),
            scope,
            tuple(map(str, data["path"])),
            str(data.get("host", "")),
            MappingProxyType(dict(data["rules"])),
        )
    except (KeyError, TypeError, ValueError):
        findings.append(Finding(id, element.get("name") or "", "步骤规则已损坏"))
        return None


def _read_flow(reading: _Reading, element: Element, scope: str) -> None:
    id = element.get("id") or ""
    source, target = element.get("sourceRef") or "", element.get("targetRef") or ""
    real = (reading.stands_for.get(source, source), reading.stands_for.get(target, target))
    drawn = _ours(element, "drawn")
    if drawn is not None:
        if drawn.get("role") == "refuse":
            reading.refusals[id] = real[1]
        return
    data = _ours(element, "flow") or {}
    shown = element.get("name") or ""
    name = data["name"] if "name" in data and shown == data.get("shown") else shown
    condition = data.get("condition") or _condition(element)
    flow = Flow(
        id,
        real[0],
        str(data.get("target", real[1])),
        str(condition),
        id in reading.defaults or data.get("default") is True,
        str(name),
        str(data.get("cut", "")),
        data.get("skip") is True,
    )
    reading.wires.append(_Wire(flow, _number(data, 1e9 + len(reading.wires)), scope))


def _condition(element: Element) -> str:
    return next((child.text or "" for child in element if local(child) == "conditionExpression"), "")
