"""What scenarios walked of the processes of their packs, and what none of them did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bihuan.process.engine import events as e
from bihuan.process.engine.graph import Flow, Graph, Kind
from bihuan.process.models import Case, CaseEvent, ProcessVersion
from bihuan.process.program import program
from bihuan.process.scenario.story import Story

_WORDS = {"flow": "→", "refuse": "退回", "opens": "开出"}
END = "end"


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """One thing to walk: a flow, a target of a refusal, or a hand-over to another process (`opens`)."""

    process: str
    kind: str
    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.process}: {self.source} {_WORDS[self.kind]} {self.target}"

    def plain(self) -> dict[str, str]:
        """As JSON data."""
        return asdict(self)


@dataclass
class Coverage:
    """Collects over many runs; `graphs` are the processes of the stories' packs by code."""

    graphs: dict[str, Graph] = field(default_factory=dict)
    walked: set[Way] = field(default_factory=set)

    def collect(self, story: Story) -> None:
        """Look at the cases of a run while they are still there."""
        versions = ProcessVersion.objects.filter(release__pack__code=story.pack)
        for version in versions.values_list("id", "process__code").order_by("id"):
            self.graphs[version[1]] = program(version[0]).graph
        for case in Case.objects.filter(process_code__in=self.graphs):
            self.walked |= set(_walked(case, program(case.version_id).graph))

    @property
    def total(self) -> int:
        """How many ways there are."""
        return len(self._ways())

    def uncovered(self) -> list[Way]:
        """The ways nobody walked, by process."""
        return sorted(self._ways() - self.walked)

    def _ways(self) -> set[Way]:
        return {way for code, graph in self.graphs.items() for way in ways_of(code, graph)}


def ways_of(code: str, graph: Graph) -> Iterator[Way]:
    """Everything there is to walk in a process."""
    for flow in graph.flows:
        yield Way(code, "flow", flow.source, flow.target)
    for node in graph.nodes.values():
        for target in node.rules.get("refuse", ()):
            yield Way(code, "refuse", node.id, str(target["go"]))
        for opening in node.rules.get("opens", ()):
            yield Way(code, "opens", node.id, str(opening["process"]))


def _walked(case: Case, graph: Graph) -> Iterator[Way]:
    code = case.process_code
    trace = _Trace(graph)
    for commands in CaseEvent.objects.filter(case=case).order_by("seq").values_list("events", flat=True):
        trace.follow([e.from_json(one) for one in commands])
    for id in trace.flows:
        flow = trace.by_id[id]
        yield Way(code, "flow", flow.source, flow.target)
    for source, target in trace.refused:
        yield Way(code, "refuse", source, target)
    opened = set(Case.objects.filter(opener=case).values_list("process_code", flat=True))
    for id in trace.passed:
        for opening in graph.nodes[id].rules.get("opens", ()):
            if opening["process"] in opened:
                yield Way(code, "opens", id, str(opening["process"]))


class _Trace:
    """The flows that the events of one case tell of, or that follow from them.

    A token is told of where it rests; on its way it takes gates, whose choices are told, and nodes
    with one way on, which go without saying.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.by_id: Mapping[str, Flow] = {flow.id: flow for flow in graph.flows}
        self.flows: set[str] = set()
        self.refused: set[tuple[str, str]] = set()
        self.passed: set[str] = set()
        self.joining: dict[int, str] = {}

    def follow(self, events: list[e.Event]) -> None:
        """Take in the events of one command."""
        for at, event in enumerate(events):
            straight = at + 1 < len(events) and isinstance(events[at + 1], e.StraightBack)
            handler = _HANDLERS.get(type(event))
            if handler is not None and not (straight and isinstance(event, e.StepPassed)):
                handler(self, event)

    def _walk(self, id: str) -> None:
        """A flow was taken; what it leads to is passed at once if it neither waits nor chooses."""
        if id not in self.by_id or id in self.flows:
            return
        self.flows.add(id)
        node = self.graph.nodes[self.by_id[id].target]
        waits = node.kind in (Kind.AND, Kind.OR) and len(self.graph.incoming[node.id]) > 1
        if node.kind in (Kind.XOR, Kind.AND, Kind.OR) and not waits:
            self._leave(node.id)

    def _leave(self, node: str) -> None:
        """A node was left: its only way was taken, or all of a parallel split."""
        ways = self.graph.ways.get(node, ())
        if len(ways) == 1 or (ways and self.graph.nodes[node].kind is Kind.AND):
            for flow in ways:
                self._walk(flow.id)

    def _started(self, event: e.CaseStarted) -> None:
        if self.graph.nodes[event.node].kind is Kind.START:
            self._leave(event.node)

    def _rested(self, event: e.TokenOpened | e.TokenMoved) -> None:
        if event.flow:
            self._walk(event.flow)
        if node := self.joining.pop(event.token, ""):
            self._leave(node)
        if event.kind == "join":
            self.joining[event.token] = event.node

    def _closed(self, event: e.TokenClosed) -> None:
        if node := self.joining.pop(event.token, ""):
            self._leave(node)

    def _gated(self, event: e.GateTaken) -> None:
        for id in event.flows:
            self._walk(id)

    def _step_passed(self, event: e.StepPassed) -> None:
        self.passed.add(event.node)
        self._leave(event.node)

    def _skipped(self, event: e.StepSkipped) -> None:
        if past := self.graph.skips.get(event.node):
            self._walk(past.id)
            return
        join = self.graph.joins.get(event.node)
        self._leave(join.id if join else event.node)

    def _scoped(self, event: e.ScopeOpened) -> None:
        node = self.graph.nodes[event.node]
        self._leave(self.graph.start(node.id).id if node.kind is Kind.SUB else node.id)

    def _fired(self, event: e.WatchFired) -> None:
        if not event.held:
            return
        self.passed.add(event.node)
        node = self.graph.nodes[event.node]
        if node.kind is Kind.BOUNDARY:
            self._leave(node.id)
        for flow in self.graph.incoming[node.id]:
            if self.graph.nodes[flow.source].kind is Kind.EVENT_GATE:
                self._walk(flow.id)

    def _returned(self, event: e.Returned) -> None:
        if event.refused:
            self.refused.add((event.source, event.target))

    def _ended(self, event: e.CaseEnded) -> None:
        node = self.graph.nodes.get(event.node) or self.graph.nodes.get(END)
        if node is not None and event.passed:
            self.passed.add(node.id)
        elif node is not None and node.rules.get("refuse"):
            self.refused.add((node.id, END))


_HANDLERS: Mapping[type[e.Event], Callable[[_Trace, Any], None]] = {
    e.CaseStarted: _Trace._started,
    e.TokenOpened: _Trace._rested,
    e.TokenMoved: _Trace._rested,
    e.TokenClosed: _Trace._closed,
    e.GateTaken: _Trace._gated,
    e.StepPassed: _Trace._step_passed,
    e.StepSkipped: _Trace._skipped,
    e.ScopeOpened: _Trace._scoped,
    e.WatchFired: _Trace._fired,
    e.Returned: _Trace._returned,
    e.CaseEnded: _Trace._ended,
}
