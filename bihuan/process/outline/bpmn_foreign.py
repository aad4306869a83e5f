"""Elements of other tools' BPMN files: what becomes a node, and what cannot run and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from bihuan.kit.expr import ExprError
from bihuan.kit.expr import compile as compile_expression
from bihuan.process.engine.graph import Flow, Kind, Node
from bihuan.process.outline.bpmn_names import Element, local
from bihuan.process.outline.values import NAME


class Finding(NamedTuple):
    """Something about one element of a file; `stops` means that the process cannot run with it."""

    element: str
    name: str
    reason: str
    stops: bool = True


_KINDS = {
    "startEvent": Kind.START,
    "endEvent": Kind.END,
    "task": Kind.TASK,
    "userTask": Kind.TASK,
    "manualTask": Kind.TASK,
    "serviceTask": Kind.AUTO,
    "sendTask": Kind.AUTO,
    "businessRuleTask": Kind.AUTO,
    "intermediateThrowEvent": Kind.AUTO,
    "exclusiveGateway": Kind.XOR,
    "parallelGateway": Kind.AND,
    "inclusiveGateway": Kind.OR,
    "eventBasedGateway": Kind.EVENT_GATE,
    "subProcess": Kind.SUB,
    "callActivity": Kind.CALL,
    "intermediateCatchEvent": Kind.CATCH,
    "boundaryEvent": Kind.BOUNDARY,
}
_REASONS = {
    "scriptTask": "脚本任务不会执行",
    "receiveTask": "不支持接收任务,请改用信号事件",
    "complexGateway": "不支持复杂网关",
    "transaction": "不支持事务子流程",
    "adHocSubProcess": "不支持自由子流程",
}
_PEOPLE = {"do": "do", "mode": "first", "wait_all": False, "hidden_until_done": False, "due": "3wd"}


def node_of(element: Element, scope: str, lane: str, findings: list[Finding]) -> Node | None:
    """The node of an element without our rules, or None with the reason among the findings.

    A lane that is called by the code of a slot says who works in it and who may start there.
    """
    name, id, title = local(element), element.get("id") or "", element.get("name") or ""
    kind = _KINDS.get(name)
    if kind is None or not id:
        findings.append(Finding(id, title, _REASONS.get(name, "不支持的元素")))
        return None
    if element.get("triggeredByEvent") == "true":
        findings.append(Finding(id, title, "不支持事件子流程"))
        return None
    rules: dict[str, Any] = {}
    host = element.get("attachedToRef") or ""
    reason = _READERS.get(kind, _nothing)(element, rules)
    if reason:
        findings.append(Finding(id, title, reason))
        return None
    if kind is Kind.AUTO:
        findings.append(Finding(id, title, "没有可执行的内容,只作标记通过", False))
    if kind is Kind.TASK and not lane:
        findings.append(Finding(id, title, "不在泳道里,须指定办理人", False))
    if kind is Kind.TASK and NAME.match(lane):
        rules["by"] = lane
    if kind is Kind.START and NAME.match(lane) and not scope:
        rules["starts"] = [{"by": lane}]
    ended = kind is Kind.END and "terminateEventDefinition" in _definitions(element)
    if ended:
        rules["state"] = title
    return Node(
        id, Kind.TERMINATE if ended else kind, title, lane, scope, host=host, rules=MappingProxyType(rules)
    )


def _definitions(element: Element) -> dict[str, Element]:
    """The event definitions of an element by name."""
    return {local(child): child for child in element if local(child).endswith("EventDefinition")}


def _nothing(element: Element, rules: dict[str, Any]) -> str:
    return ""


def _task(element: Element, rules: dict[str, Any]) -> str:
    rules.update(_PEOPLE)
    several = [c for c in element if local(c) == "multiInstanceLoopCharacteristics"]
    if several:
        in_turn = several[0].get("isSequential") == "true"
        rules.update({"do": "collect", "mode": "sequential" if in_turn else "all", "wait_all": not in_turn})
    return "不支持循环任务" if any(local(c) == "standardLoopCharacteristics" for c in element) else ""


def _sub(element: Element, rules: dict[str, Any]) -> str:
    looped = any(local(c).endswith("LoopCharacteristics") for c in element)
    return "多实例子流程没有说明按哪些行展开" if looped else ""


def _call(element: Element, rules: dict[str, Any]) -> str:
    rules["call"] = [element.get("calledElement") or ""]
    return "" if element.get("calledElement") else "没有写明调用哪个流程"


def _end(element: Element, rules: dict[str, Any]) -> str:
    odd = set(_definitions(element)) - {"terminateEventDefinition"}
    return "不支持这种结束事件" if odd else ""


def _catch(element: Element, rules: dict[str, Any]) -> str:
    found = _definitions(element)
    if "timerEventDefinition" in found:
        return _timer(found["timerEventDefinition"], rules)
    for name in ("signalEventDefinition", "messageEventDefinition"):
        if name in found:
            ref = found[name].get("signalRef") or found[name].get("messageRef") or ""
            rules["event"] = element.get("name") or ref
            return "" if rules["event"] else "没有写明等待什么事件"
    return "不支持这种事件"


def _boundary(element: Element, rules: dict[str, Any]) -> str:
    if element.get("cancelActivity", "true") != "false":
        rules["interrupt"] = True
    return _catch(element, rules)


def _timer(definition: Element, rules: dict[str, Any]) -> str:
    """ISO 8601 spans of days, hours and minutes; everything else must be rewritten."""
    text = next(("".join(child.itertext()).strip() for child in definition), "")
    span = _iso_span(text)
    if not span:
        return f"时间“{text[:40]}”须改写(如 5wd、2d)"
    rules["after"] = span
    return ""


def _iso_span(text: str) -> str:
    if not text.startswith("P") or not text.isascii() or not text.isalnum():
        return ""
    days, _, clock = text[1:].partition("T")
    found, number = [], ""
    for part, units in ((days, {"D": "d"}), (clock, {"H": "h", "M": "min"})):
        for char in part:
            if char.isdigit():
                number += char
            elif char in units and number:
                found.append(f"{number}{units[char]}")
                number = ""
            else:
                return ""
    return "" if number else " ".join(found)


_READERS = {
    Kind.TASK: _task,
    Kind.SUB: _sub,
    Kind.CALL: _call,
    Kind.END: _end,
    Kind.CATCH: _catch,
    Kind.BOUNDARY: _boundary,
}


_LISTS = ("refuse", "go", "starts", "documents", "form", "rules")


def sound(rules: Any) -> bool:
    """Whether rules that came in a file have the build the engine counts on."""
    if not isinstance(rules, dict):
        return False
    lists = [rules[key] for key in _LISTS if key in rules]
    if not all(isinstance(rows, list) and all(isinstance(row, dict) for row in rows) for rows in lists):
        return False
    targets = [*rules.get("refuse", ()), *rules.get("go", ())]
    maps = (rules.get("ask", {}), rules.get("process", {}), rules.get("labels", {}))
    return all(isinstance(t.get("go"), str) for t in targets) and all(isinstance(m, dict) for m in maps)


def unusable(nodes: Sequence[Node], flows: Sequence[Flow], foreign: Iterable[str]) -> list[Finding]:
    """What keeps a graph with parts of other tools from running, by element."""
    known = {node.id: node for node in nodes}
    double = [id for id, count in Counter(n.id for n in nodes).items() if count > 1]
    found = [Finding(id, known[id].name, "编号重复") for id in double]
    lost = [f for f in flows if f.source not in known or f.target not in known]
    found += [Finding(f.id, f.name, "连线没有接到可执行的元素") for f in lost]
    gone = [(n, t["go"]) for n in nodes for t in n.rules.get("refuse", ()) if t["go"] not in known]
    found += [Finding(n.id, n.name, f"退回的去向 {target} 已不在图中") for n, target in gone]
    others = set(foreign)
    if not others or found:
        return found
    found += [_no_start(scope, known) for scope in _scopes(nodes) if not _starts(nodes, scope)]
    arriving = {f.target for f in flows}
    for node in nodes:
        free = node.kind in (Kind.START, Kind.BOUNDARY)
        if node.id in others and not free and node.id not in arriving:
            found.append(Finding(node.id, node.name, "没有连线通向它"))
        if node.host and node.host not in known:
            found.append(Finding(node.id, node.name, "没有附着在可执行的元素上"))
        found += _gate(node, [f for f in flows if f.source == node.id])
    return found


def _scopes(nodes: Sequence[Node]) -> list[str]:
    return ["", *(n.id for n in nodes if n.kind is Kind.SUB)]


def _starts(nodes: Sequence[Node], scope: str) -> list[Node]:
    return [n for n in nodes if n.kind is Kind.START and n.scope == scope]


def _no_start(scope: str, known: dict[str, Node]) -> Finding:
    return Finding(scope, known[scope].name if scope else "", "没有开始事件")


def _gate(node: Node, ways: list[Flow]) -> list[Finding]:
    found = []
    for flow in ways:
        needs = node.kind in (Kind.XOR, Kind.OR) and len(ways) > 1 and not flow.default
        asked = flow.id in node.rules.get("ask", {})
        if needs and not flow.condition and not asked:
            found.append(Finding(flow.id, flow.name, "网关的连线没有条件"))
        if flow.condition and not _is_expression(flow.condition):
            found.append(Finding(flow.id, flow.name, "条件不是本系统的表达式"))
    return found


def _is_expression(source: str) -> bool:
    try:
        compile_expression(source)
    except ExprError:
        return False
    return True
