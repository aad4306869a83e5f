"""The static check of a graph that came as BPMN; the path of a problem begins with the element's id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bihuan.kit.expr import Shape
from bihuan.process.engine.graph import Graph, Kind, Node
from bihuan.process.outline import named
from bihuan.process.outline.check import spoken
from bihuan.process.outline.check_flow import reach
from bihuan.process.outline.known import Known, ProcessShape
from bihuan.process.outline.problems import Problem, problem
from bihuan.process.outline.shapes import Shapes
from bihuan.process.outline.sound import waiting_joins
from bihuan.process.outline.words import Word, words_in

_SETTLED = frozenset({"documents", "document", "form", "process", "starts", "ask", "mode", "due"})
_RIGHTS = ("read", "write", "require", "hide")


def check_drawn(graph: Graph, known: Known) -> list[Problem]:
    """All problems of a graph against what is known around it; [] when it may be published."""
    own = known.processes.get(graph.code, ProcessShape())
    return list(
        dict.fromkeys([*check_way(graph, own.entered), *_names(graph, known), *_words(graph, own, known)])
    )


def check_way(graph: Graph, entered: Iterable[str] = ()) -> Iterator[Problem]:
    """Elements no way leads to, elements without a way to an end, joins that wait for ever."""
    reached, ending = reach(graph, [id for id in entered if id in graph.nodes])
    for node in graph.nodes.values():
        if node.kind in (Kind.END, Kind.TERMINATE) or not _shown(node):
            continue
        if node.id not in reached:
            yield problem((node.id,), "没有路走到“{node}”", node=node.name or node.id)
        elif node.id not in ending and node.kind is not Kind.BOUNDARY:
            yield problem((node.id,), "从“{node}”走不到结束", node=node.name or node.id)
    for node in waiting_joins(graph):
        yield problem((node.id,), "“{node}”等待的分支可能永远不到,汇合会一直等待", node=node.name or node.id)


def documents_of(graph: Graph, node: Node) -> list[Mapping[str, Any]]:
    """What `doc` is at a node: its own documents, those of the block around it, or the main one."""
    while True:
        if found := node.rules.get("documents"):
            return list(found)
        if not node.scope:
            break
        node = graph.nodes[node.scope]
    main = header(graph).get("document")
    return [main] if isinstance(main, Mapping) else []


def header(graph: Graph) -> Mapping[str, Any]:
    """What the process says of itself: name, owner, main document."""
    found: Mapping[str, Any] = graph.start().rules.get("process", {})
    return found


def form_names(graph: Graph) -> dict[str, str]:
    """Form code by document name, for all that the process makes."""
    found: dict[str, str] = {}
    for node in graph.nodes.values():
        for one in (*documents_of(graph, node), *node.rules.get("form", ())):
            if one.get("form"):
                found.setdefault(str(one["name"]), str(one["form"]))
    return found


def _shown(node: Node) -> bool:
    """Whether someone drew it: gateways and ends the compiler made have no name and a `__`."""
    return bool(node.name) or "__" not in node.id


# names -----------------------------------------------------------------------------------------


def _names(graph: Graph, known: Known) -> Iterator[Problem]:
    forms = form_names(graph)
    if main := header(graph).get("document", {}).get("form"):
        yield from named.form((graph.start().id, "document"), str(main), known)
    for node in graph.nodes.values():
        yield from _own(node, graph, known)
        for at, start in enumerate(node.rules.get("starts", ())):
            yield from named.people((node.id, "start", at, "by"), start.get("by"), graph.nodes, known)
            yield from named.event((node.id, "start", at, "event"), start.get("event"), known)
        yield from _fields(node, graph, forms, known)


def _own(node: Node, graph: Graph, known: Known) -> Iterator[Problem]:
    rules = node.rules
    if node.kind is Kind.TASK and not rules.get("by"):
        yield problem((node.id, "by"), "“{node}”没有办理人", node=node.name or node.id)
    for key in named.PEOPLE:
        yield from named.people((node.id, key), rules.get(key), graph.nodes, known)
    yield from named.event((node.id, "event"), rules.get("event"), known)
    for one in (*rules.get("documents", ()), *rules.get("form", ())):
        if one.get("form"):
            yield from named.form((node.id, "document"), str(one["form"]), known)
    if rules.get("pack") in (None, *known.packs):
        for code in rules.get("call", ()):
            yield from named.process((node.id, "call"), code, rules.get("at"), known)
    for at, opened in enumerate(rules.get("opens", ())):
        yield from named.opening((node.id, "opens", at), opened, known)


def _fields(node: Node, graph: Graph, forms: Mapping[str, str], known: Known) -> Iterator[Problem]:
    documents = documents_of(graph, node)
    own = [known.forms[str(d["form"])] for d in documents if d.get("form") in known.forms]
    if len(own) < len(documents):
        own = []
    rules = node.rules
    keys = [(key, name) for key in _RIGHTS for name in rules.get(key, ())]
    keys += [("into", rules["into"])] if "into" in rules else []
    keys += [("set", name) for name in rules.get("set", {})]
    for key, name in keys:
        yield from named.field((node.id, key), str(name), own, forms, known)


# words -----------------------------------------------------------------------------------------


def _words(graph: Graph, own: ProcessShape, known: Known) -> Iterator[Problem]:
    shapes = Shapes(form_names(graph), known, {**own.given, **_handed(graph, known)})
    for node in graph.nodes.values():
        roots: Shape = shapes.of([dict(d) for d in documents_of(graph, node)])
        plain = {key: value for key, value in node.rules.items() if key not in _SETTLED}
        yield from spoken((node.id,), words_in({**plain, "due": node.rules.get("due", "3wd")}), roots)
        for start in node.rules.get("starts", ()):
            yield from spoken((node.id, "start"), words_in(start), roots)
        asked = [
            Word((id,), "expression", one["if"])
            for id, one in node.rules.get("ask", {}).items()
            if "if" in one
        ]
        yield from spoken((node.id, "ask"), asked, roots)
        for flow in graph.outgoing[node.id]:
            if flow.condition:
                yield from spoken((), [Word((flow.id, "condition"), "expression", flow.condition)], roots)


def _handed(graph: Graph, known: Known) -> dict[str, str]:
    """Documents that come from elsewhere: handed to an entrance, or brought back by a call."""
    found: dict[str, str] = {}
    for node in graph.nodes.values():
        for rules in (*node.rules.get("starts", ()), *([node.rules] if node.kind is Kind.CALL else [])):
            called = rules.get("call", [""])[-1]
            form = known.processes[called].document if called in known.processes else ""
            names = rules.get("document_as") or (known.form_keys.get(form, form) if form else [])
            for name in [names] if isinstance(names, str) else names:
                found.setdefault(str(name), form)
    return found
