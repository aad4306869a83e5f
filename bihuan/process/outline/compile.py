"""From an outline to the graph that the engine plays.

Same outline, same graph. What a node's rules hold is told in `rules`; how lists, blocks and ids
are laid down, in `place`. Ways on: a node with several outgoing flows takes those of the first
condition that holds, in order, else the default; where several remain at a step of people, the
person who passes it picks, the first being the default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from bihuan.process.engine.graph import Flow, Graph, Kind, Node
from bihuan.process.outline import rules, titles
from bihuan.process.outline.asking import with_questions
from bihuan.process.outline.documents import Documents
from bihuan.process.outline.place import END, START, Listing, Placed, Plan, lists_out, place, watch_place
from bihuan.process.outline.problems import OutlineError, Path, problem
from bihuan.process.outline.schema import DECIDING, Branch, Outline, Start
from bihuan.process.outline.values import is_choice, plain, read_targets

_BLOCKS = {"parallel": Kind.AND, "inclusive": Kind.OR}


@dataclass(frozen=True, slots=True)
class Names:
    """What a pack knows and an outline leaves to it.

    `forms`: form code to form key; `slots`: slot code to name; `due`: default `due` by `do`.
    """

    forms: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, str] = field(default_factory=dict)
    due: Mapping[str, Any] = field(default_factory=dict)


def compile_outline(outline: Outline, names: Names | None = None) -> Graph:
    """The graph of an outline.

    Raises OutlineError where a target leads nowhere; `check.check_outline` finds all of it first.
    """
    return with_questions(_Builder(outline, names or Names()).build())


class _Builder:
    def __init__(self, outline: Outline, names: Names) -> None:
        self.outline, self.names = outline, names
        self.plan: Plan = place(outline)
        self.documents = Documents(outline, self.plan, names.forms)
        self.origin = outline.origin if isinstance(outline.origin, str) else "stated"
        self.nodes: list[Node] = []
        self.flows: list[Flow] = []

    def build(self) -> Graph:
        self._starts()
        self._list(self.plan.main)
        end = rules.written(self.outline.end)
        self._node(END, Kind.END, self.plan.main, titles.label(self.outline.end.state), end)
        for item in self.plan.steps:
            for at, body in enumerate(item.bodies if item.kind in _BLOCKS else ()):
                self._merge(f"{item.id}__merge{at}", body)
        return Graph.of(self.outline.code, self.nodes, self.flows)

    def _fail(self, path: Path, message: str, **params: Any) -> OutlineError:
        return OutlineError(self.outline.code, [problem(path, message, **params)])

    # nodes and flows -----------------------------------------------------------------------

    def _node(
        self, id: str, kind: Kind, around: Listing, name: str, data: Mapping[str, Any], **more: str
    ) -> None:
        frozen = MappingProxyType(dict(data))
        self.nodes.append(Node(id, kind, name, scope=around.scope, path=around.path, rules=frozen, **more))

    def _flow(
        self,
        source: str,
        target: str,
        condition: str = "",
        default: bool = False,
        name: str = "",
        cut: str = "",
        skip: bool = False,
    ) -> None:
        count = sum(1 for flow in self.flows if flow.source == source)
        self.flows.append(
            Flow(f"{source}__to{count or ''}", source, target, condition, default, name, cut, skip)
        )

    def _starts(self) -> None:
        """The start, and one more for each entrance in the middle; each knows its start items."""
        first = self.plan.main.items[0]
        entrances: dict[str, list[Start]] = {"": []}
        for item in self.outline.start:
            entrances.setdefault(item.at or "", []).append(item)
        for at, items in entrances.items():
            data: dict[str, Any] = {"starts": [rules.written(item) for item in items]}
            if not at:
                data["process"] = self._header()
            target = self._entrance(at) if at else next(iter(self.plan.main.flow_items()), first)
            id = f"{START}_{at}" if at else START
            name = next((titles.label(item.name) for item in items if item.name), "")
            self._node(id, Kind.START, self.plan.main, name, data)
            self._flow(id, target.entry)

    def _entrance(self, at: str) -> Placed:
        target = self._placed(at, ("start",))
        if target not in self.plan.main.flow_items():
            raise self._fail(("start",), "从这里到不了步骤 {step}", step=at)
        return target

    def _header(self) -> dict[str, Any]:
        """What the process says of itself."""
        data = rules.written(self.outline)
        for key in ("start", "steps", "end", "code", "document"):
            data.pop(key, None)
        if self.documents.main:
            data["document"] = self.documents.main[0]
        return data

    def _placed(self, id: str, where: Path) -> Placed:
        if id not in self.plan.by_id:
            raise self._fail(where, "没有步骤 {step}", step=id)
        return self.plan.by_id[id]

    # lists ---------------------------------------------------------------------------------

    def _list(self, listing: Listing) -> None:
        """All steps of a list, each leading to the next unless told otherwise."""
        flow_items = listing.flow_items()
        following = {a.id: b.entry for a, b in pairwise(flow_items)}
        for item in listing.items:
            self._step(item)
            if item.kind in ("gate", "end", "watch") or (item.kind == "wait" and _rows(item)):
                continue
            if item.step.go is not None:
                self._ways(item.exit, item, item.step.go, "go")
                if item.step.when is not None:
                    self._flow(
                        item.entry, following.get(item.id, listing.end), name=titles.SKIPPED, skip=True
                    )
            else:
                self._flow(item.exit, following.get(item.id, listing.end))

    def _step(self, item: Placed) -> None:
        if not item.wrapper:
            self._own(item, item.listing, rules.of_step(item, self.origin))
            return
        data = rules.of_step(item, self.origin)
        outside = {key: data.pop(key) for key in ("each", "order", "when") if key in data}
        outside["origin"] = data["origin"]
        if item.num:
            outside["num"] = item.num
        self._settle_go(item, outside)
        inner = item.inner
        name = titles.of_step(item, self.names.slots)
        self._node(item.wrapper, Kind.SUB, item.listing, name, outside, lane=self._lane(item))
        self._node(f"{item.wrapper}__start", Kind.START, inner, "", {})
        self._flow(f"{item.wrapper}__start", item.id)
        self._own(item, inner, data)
        self._flow(f"{item.id}__join" if item.kind in _BLOCKS else item.id, inner.end)
        self._node(inner.end, Kind.END, inner, "", {})

    def _own(self, item: Placed, around: Listing, data: dict[str, Any]) -> None:
        """The node or nodes of the step itself."""
        if not item.wrapper:
            self._settle_go(item, data)
        getattr(self, f"_{item.kind}")(item, around, data)

    def _title(self, item: Placed) -> str:
        return titles.of_step(item, self.names.slots)

    def _lane(self, item: Placed) -> str:
        """The slot of `by` (of the lead, where there is one); who did a step stands in its lane."""
        people = item.step.lead if isinstance(item.step.lead, str) else item.step.by
        if isinstance(people, dict) and "did" in people:
            did = people["did"]
            first = did[0] if isinstance(did, list) else did
            other = self.plan.by_id.get(str(first))
            return self._lane(other) if other is not None and other is not item else ""
        return rules.lane_of(people)

    # kinds ---------------------------------------------------------------------------------

    def _task(self, item: Placed, around: Listing, data: dict[str, Any]) -> None:
        do = str(item.step.do)
        data.update(rules.answering(do, data))
        self._with_documents(item, data)
        if "due" not in data:
            data["due"] = plain(self.names.due.get(do, "3wd"))
        if do in DECIDING:
            data["refuse"] = self._refusals(item)
        self._node(item.id, Kind.TASK, around, self._title(item), data, lane=self._lane(item))

    def _auto(self, item: Placed, around: Listing, data: dict[str, Any]) -> None:
        self._with_documents(item, data)
        self._node(item.id, Kind.AUTO, around, self._title(item), data)

    def _call(self, item: Placed, around: Listing, data: dict[str, Any]) -> None:
        call = item.step.call
        data["call"] = plain(call if isinstance(call, list) else [call])
        self._with_documents(item, data)
        if item.step.pack is not None and item.step.by is not None:
            data |= {"do": "do", "plain_when": f"not pack['{item.step.pack}']", **rules.answering("do", data)}
            data.setdefault("due", plain(self.names.due.get("do", "3wd")))
        self._node(item.id, Kind.CALL, around, self._title(item), data, lane=self._lane(item))

    def _gate(self, item: Placed, around: Listing, data: dict[str, Any]) -> None:
        rows = [rules.written(row) for row in item.step.gate or []]
        data["go"] = self._targets(item, rows, "go", "gate")
        self._node(item.id, Kind.XOR, around, self._title(item), data)
        self._ways(item.id, item, rows, "go", "gate")

    def _end(self, item: Placed, around: Listing, data: dict[str, Any]) -> None:
        assert item.step.end is not None
        data.update(rules.written(item.step.end))
        self._node(item.id, Kind.TERMINATE, around, titles.label(item.step.end.state), data)

    def _wait(self, item: Placed, around: Listing, data: dict[str, Any]) -> None:
        wait = item.step.wait
        if not _rows(item):
            data.update(plain(wait) if isinstance(wait, dict) and "event" in wait else {"after": plain(wait)})
            self._node(item.id, Kind.CATCH, around, self._title(item), data)
            return
        self._node(item.id, Kind.EVENT_GATE, around, titles.label(item.step.name), data)
        for at, row in enumerate(wait):
            one = f"{item.id}__{at + 1}"
            caught = {key: plain(value) for key, value in row.items() if key != "go"}
            caught["go"] = self._targets(item, row["go"], "go", "wait", at, "go")
            self._node(one, Kind.CATCH, around, "等待事件" if "event" in row else "等待", caught)
            self._flow(item.id, one)
            self._ways(one, item, row["go"], "go", "wait", at, "go")

    def _steps(self, item: Placed, around: Listing, data: dict[str, Any]) -> None:
        self._with_documents(item, data)
        body = item.bodies[0]
        name = self._title(item)
        lane = next((found for each in body.items if (found := self._lane(each))), "")
        self._node(item.id, Kind.SUB, around, name, data, lane=lane)
        self._node(f"{item.id}__start", Kind.START, body, "", {})
        self._flow(f"{item.id}__start", body.flow_items()[0].entry)
        self._list(body)
        self._node(body.end, Kind.END, body, "", {})

    def _parallel(self, item: Placed, around: Listing, data: dict[str, Any]) -> None:
        self._block(item, around, data)

    def _inclusive(self, item: Placed, around: Listing, data: dict[str, Any]) -> None:
        self._block(item, around, data)

    def _block(self, item: Placed, around: Listing, data: dict[str, Any]) -> None:
        """A split, its branches and its join; `asks` of a branch by the flow that leads to it."""
        kind, join = _BLOCKS[item.kind], f"{item.id}__join"
        rows: list[Branch] | list[None] = item.step.inclusive or [None] * len(item.bodies)
        first_flow = len(self.flows)
        for body, row in zip(item.bodies, rows, strict=True):
            condition = (row.if_ or ("False" if row.ask else "")) if row else ""
            name = titles.label(row.ask) if row and row.ask else titles.of_condition(condition)
            self._flow(item.id, body.flow_items()[0].entry, condition, name=name)
        branches = self.flows[first_flow:]
        questions = {
            flow.id: {
                "ask": plain(row.ask),
                "step": body.flow_items()[0].id,
                **({"if": row.if_} if row.if_ else {}),
            }
            for flow, row, body in zip(branches, rows, item.bodies, strict=True)
            if row and row.ask
        }
        if questions:
            data["ask"] = questions
        if kind is Kind.OR:
            self._flow(item.id, join, default=True, name=titles.ELSE)
        self._node(item.id, kind, around, self._title(item), data)
        for body in item.bodies:
            self._list(body)
        self._node(join, kind, around, "", {})

    def _merge(self, id: str, body: Listing) -> None:
        """Ways of one branch that end it come together before the join, which waits for one token a branch."""
        inside = {node.id for node in self.nodes if node.path[: len(body.path)] == body.path}
        ways = [at for at, flow in enumerate(self.flows) if flow.target == body.end and flow.source in inside]
        if len(ways) > 1 or any(self.flows[at].cut for at in ways):
            for at in ways:
                self.flows[at] = replace(self.flows[at], target=id)
            self._node(id, Kind.XOR, body, "", {})
            self._flow(id, body.end)

    def _watch(self, item: Placed, around: Listing, data: dict[str, Any]) -> None:
        host, place_ = watch_place(self.plan, item)
        if not host and item.step.watch != "case":
            self._placed(str(item.step.watch), (*item.where, "watch"))
        if item.step.interrupt:
            data["go"] = self._targets(item, item.step.go, "go", "go", around=place_)
        self._node(item.id, Kind.BOUNDARY, place_, self._title(item), data, host=host)
        if item.bodies:
            body = item.bodies[0]
            self._flow(item.id, body.flow_items()[0].entry)
            self._list(body)
            self._node(body.end, Kind.END, body, "", {})
        elif item.step.interrupt:
            self._ways(item.id, item, item.step.go, "go", around=place_)

    def _with_documents(self, item: Placed, data: dict[str, Any]) -> None:
        documents = self.documents.of(item)
        if documents:
            data["documents"] = documents
            data["document"] = documents[0].get("name") or documents[0]["path"]
        sheets = self.documents.sheets(item)
        if sheets:
            data["form"] = sheets

    # targets -------------------------------------------------------------------------------

    def _settle_go(self, item: Placed, data: dict[str, Any]) -> None:
        if item.step.go is not None and item.kind != "watch":
            data["go"] = self._targets(item, item.step.go, "go")

    def _resolve(self, item: Placed, target: str, where: Path, around: Listing | None) -> tuple[str, Listing]:
        """The node a `go` leads to and the list it stands in; `end` is the end of the own list."""
        here = around or item.listing
        if target == "end":
            return here.end, here
        found = self.plan.find(target, here)
        if found is None:
            known = target in self.plan.by_id
            raise self._fail(where, "从这里到不了步骤 {step}" if known else "没有步骤 {step}", step=target)
        return found.entry, found.listing

    def _ways(
        self,
        source: str,
        item: Placed,
        value: Any,
        key: str,
        *where: str | int,
        around: Listing | None = None,
    ) -> None:
        """The flows of a target, a list to pick from, or a choice."""
        here = around or item.listing
        several = is_choice(value)
        for at, condition, target in read_targets(value, key):
            node, listing = self._resolve(item, target["go"], (*item.where, *(where or (key,)), *at), around)
            cut = "" if listing is here else here.path[len(listing.path)]
            default = several and not condition
            name = titles.of_condition(condition) if condition else titles.ELSE if several else ""
            self._flow(source, node, condition, default, name, cut)

    def _targets(
        self, item: Placed, value: Any, key: str, *where: str | int, around: Listing | None = None
    ) -> list[dict[str, Any]]:
        """Targets as the rules hold them, with node ids."""
        found = []
        for at, condition, target in read_targets(value, key):
            node, _ = self._resolve(item, target["go"], (*item.where, *(where or (key,)), *at), around)
            found.append({**plain(target), "go": node, **({"if": condition} if condition else {})})
        return found

    def _refusals(self, item: Placed) -> list[dict[str, Any]]:
        """Where a refusal leads: any step of the process, `end`, or the last fill of the document."""
        if item.step.refuse is None:
            last = self._last_fill(item)
            return [{"go": last.id}] if last else []
        found = []
        for at, condition, target in read_targets(item.step.refuse, "refuse"):
            node = item.inner.end if target["go"] == "end" else ""
            if not node:
                other = self._placed(target["go"], (*item.where, "refuse", *at))
                node = other.id if other.kind == "task" else other.entry
            found.append({**plain(target), "go": node, **({"if": condition} if condition else {})})
        return found

    def _last_fill(self, item: Placed) -> Placed | None:
        names = {str(d.get("name") or d.get("path")) for d in self.documents.of(item)}
        before = self._before(item)
        return next(
            (
                o
                for o in before
                if o.step.do == "fill"
                and names & {str(d.get("name") or d.get("path")) for d in self.documents.of(o)}
            ),
            None,
        )

    def _before(self, item: Placed) -> Iterator[Placed]:
        """Steps written before this one, the nearest first, in its list and those around it."""
        outs = list(lists_out(item.listing))
        at = self.plan.steps.index(item)
        return (o for o in reversed(self.plan.steps[:at]) if any(o.listing is out for out in outs))


def _rows(item: Placed) -> bool:
    """Whether a wait is a list of things waited for."""
    return isinstance(item.step.wait, list) and not is_choice(item.step.wait)
