"""Static check of the way: ids, targets, steps never reached, dead ends, joins that wait for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bihuan.process.engine.graph import Graph, Kind
from bihuan.process.outline.place import Listing, Placed, Plan, watch_place
from bihuan.process.outline.problems import Path, Problem, problem
from bihuan.process.outline.schema import RESERVED
from bihuan.process.outline.values import is_choice, read_targets

NO_STEP, NO_WAY = "没有步骤 {step}", "从这里到不了步骤 {step}"
RESERVED_ID, DOUBLE_ID, EMPTY = "步骤编号 {step} 是保留字", "步骤编号 {step} 重复", "这里没有可走的步骤"
SHAPING = (NO_STEP, NO_WAY, RESERVED_ID, DOUBLE_ID, EMPTY)
"""Problems with which no graph can be built."""


def check_ids(plan: Plan) -> Iterator[Problem]:
    """Every id once, and none of those with a meaning of their own."""
    for item in plan.steps:
        if item.id in RESERVED or item.id == "case":
            yield problem((*item.where, "id"), RESERVED_ID, step=item.id)
        if plan.by_id[item.id] is not item:
            yield problem((*item.where, "id"), DOUBLE_ID, step=item.id)


def check_targets(plan: Plan) -> Iterator[Problem]:
    """Every target is a step that can be reached from where it is named."""
    for item in plan.steps:
        for path, target in _ways(item):
            here = watch_place(plan, item)[1] if item.kind == "watch" else item.listing
            yield from _reachable(plan, item, here, path, target)
        for path, target in _refusals(item):
            if target != "end" and target not in plan.by_id:
                yield problem((*item.where, *path), NO_STEP, step=target)
            elif target in plan.by_id and _beside(plan.by_id[target], item):
                yield problem((*item.where, *path), NO_WAY, step=target)
        if item.kind == "watch" and item.step.watch != "case" and item.step.watch not in plan.by_id:
            yield problem((*item.where, "watch"), NO_STEP, step=item.step.watch)
        elif item.kind == "watch" and item.step.watch != "case":
            yield from _watchable(plan, item)


_ONE_SEAT = ("fill", "do", "review", "approve", "archive")


def check_picks(plan: Plan) -> Iterator[Problem]:
    """Only who passes a step alone can pick where it goes on."""
    for item in plan.steps:
        go = item.step.go
        rows = [row.get("go", row.get("else")) for row in go] if is_choice(go) and go else [go]
        alone = item.step.do in _ONE_SEAT and not item.wrapper
        if any(isinstance(row, list) for row in rows) and not alone:
            yield problem((*item.where, "go"), "只有一人办理的步骤才能挑选去向")


def check_lists(plan: Plan) -> Iterator[Problem]:
    """A list of watches only has nothing to pass."""
    listings = [plan.main, *(body for item in plan.steps for body in item.bodies)]
    for listing in listings:
        if not listing.flow_items():
            yield problem(listing.where, EMPTY)


def _watchable(plan: Plan, item: Placed) -> Iterator[Problem]:
    if plan.by_id[str(item.step.watch)].kind not in ("task", "steps", "parallel", "inclusive", "call"):
        yield problem((*item.where, "watch"), "watch 只能看人办的步骤、块或调用")


def _reachable(plan: Plan, item: Placed, here: Listing, path: Path, target: str) -> Iterator[Problem]:
    if target == "end" or plan.find(target, here) is not None:
        found = plan.by_id.get(target)
        if found is not None and found.kind == "watch":
            yield problem((*item.where, *path), "{step} 是 watch,不能作去向", step=target)
        return
    message = NO_WAY if target in plan.by_id else NO_STEP
    yield problem((*item.where, *path), message, step=target)


def _beside(target: Placed, item: Placed) -> bool:
    """Whether a refusal would lead into a side branch it does not stand in, or to a watch."""
    if target.kind == "watch":
        return True
    around = list(_owners(item))
    return any(owner.kind == "watch" and owner not in around for owner in _owners(target))


def _owners(item: Placed) -> Iterator[Placed]:
    owner = item.listing.owner
    while owner is not None:
        yield owner
        owner = owner.listing.owner


def _ways(item: Placed) -> Iterator[tuple[Path, str]]:
    step = item.step
    if step.go is not None:
        for path, _, target in read_targets(step.go, "go"):
            yield ("go", *path), target["go"]
    for at, row in enumerate(step.gate or []):
        key = "else" if row.else_ is not None else "go"
        value: Any = row.else_ if row.else_ is not None else row.go
        yield ("gate", at, key), value["go"] if isinstance(value, dict) else str(value)
    if isinstance(step.wait, list) and not is_choice(step.wait):
        for at, waited in enumerate(step.wait):
            go = waited["go"]
            yield ("wait", at, "go"), go["go"] if isinstance(go, dict) else str(go)


def _refusals(item: Placed) -> Iterator[tuple[Path, str]]:
    if item.step.refuse is not None:
        for path, _, target in read_targets(item.step.refuse, "refuse"):
            yield ("refuse", *path), target["go"]


def check_graph(graph: Graph, plan: Plan, entered: Iterable[str]) -> Iterator[Problem]:
    """Every step can be reached and leads to an end; every join gets what it waits for."""
    reached, ending = reach(graph, [plan.by_id[id].entry for id in entered if id in plan.by_id])
    for item in plan.steps:
        if item.id in reached and item.id not in ending and item.kind != "watch":
            yield problem((*item.where, "id"), "从步骤 {step} 走不到结束", step=item.id)
        elif item.id not in reached:
            yield problem((*item.where, "id"), "没有路走到步骤 {step}", step=item.id)
        elif item.kind == "parallel":
            yield from _join(graph, item)


def reach(graph: Graph, entrances: list[str]) -> tuple[set[str], set[str]]:
    """The nodes a case can come to (by these entrances too), and those from which it can end."""
    return _forward(graph, entrances), _backward(graph)


def _join(graph: Graph, item: Placed) -> Iterator[Problem]:
    """A branch that always leaves the block keeps the join waiting for ever."""
    join = f"{item.id}__join"
    arriving = [_arrives(graph, body.flow_items()[0].entry, join, body.path) for body in item.bodies]
    for at, arrives in enumerate(arriving):
        if not arrives and any(arriving):
            yield problem((*item.where, "parallel", at), "这一分支从不到达汇合处,汇合会一直等待")


def _arrives(graph: Graph, source: str, join: str, branch: tuple[str, ...]) -> bool:
    """Whether a way inside the branch leads to its join, or ends the case."""
    seen, ahead = {source}, [source]
    while ahead:
        id = ahead.pop()
        if id == join or graph.nodes[id].kind is Kind.TERMINATE:
            return True
        targets = {flow.target for flow in graph.outgoing[id]}
        new = {t for t in targets if t == join or graph.nodes[t].path[: len(branch)] == branch} - seen
        seen |= new
        ahead += new
    return False


def _forward(graph: Graph, entrances: list[str]) -> set[str]:
    """Nodes a case can come to, refusals and watches counted."""
    seen = {n.id for n in graph.nodes.values() if n.kind is Kind.START and not n.scope} | set(entrances)
    seen |= {n.id for n in graph.watches.get("", ())}
    ahead = list(seen)
    while ahead:
        node = graph.nodes[ahead.pop()]
        found = {flow.target for flow in graph.outgoing[node.id]}
        found |= {str(t["go"]) for t in node.rules.get("refuse", ()) if t["go"] in graph.nodes}
        found |= {w.id for w in graph.watches.get(node.id, ())}
        if node.kind is Kind.SUB:
            found.add(graph.start(node.id).id)
        if node.scope:
            found.add(node.scope)  # a refusal from behind re-opens the block
        ahead += found - seen
        seen |= found
    return seen


def _backward(graph: Graph) -> set[str]:
    """Nodes from which an end can be reached by going on, or by a watch that leads on."""
    seen = {n.id for n in graph.nodes.values() if n.kind in (Kind.END, Kind.TERMINATE)}
    ahead = list(seen)
    while ahead:
        node = graph.nodes[ahead.pop()]
        found = {flow.source for flow in graph.incoming[node.id]}
        if node.host and node.rules.get("interrupt"):
            found.add(node.host)
        ahead += found - seen
        seen |= found
    return seen
