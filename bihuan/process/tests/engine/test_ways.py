"""Gates, picks, skips, rows and ways out of blocks."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.kernel.errors import Invalid
from bihuan.process.engine.errors import GraphError
from bihuan.process.engine.events import CaseEnded, Cut, GateTaken, RowsTaken, StepPassed, StepSkipped
from bihuan.process.engine.graph import Flow, Graph, Kind, Node
from bihuan.process.tests.engine.builders import Builder, Tree, World, graph_of, seq, task
from bihuan.process.tests.engine.driver import Case


def more_flows(graph: Graph, *flows: Flow, nodes: tuple[Node, ...] = ()) -> Graph:
    """The graph with further flows and nodes."""
    return Graph.of("T", [*graph.nodes.values(), *nodes], [*graph.flows, *flows])


@pytest.mark.parametrize(("small", "middle", "way"), [(1, 1, "a"), (0, 1, "b"), (0, 0, "c")])
def test_a_gate_takes_the_first_true_way_and_records_what_it_read(small: int, middle: int, way: str) -> None:
    graph = graph_of(task("draft"), ("xor", "size", [task("a"), task("b"), task("c")]))
    case = Case(graph, World(truth={"size:0": bool(small), "size:1": bool(middle)}))
    case.do("draft")
    assert case.open() == {way: [1]}
    (gate,) = case.did(GateTaken)
    read = {"size:0": bool(small)} if small else {"size:0": False, "size:1": bool(middle)}
    assert dict(gate.inputs) == read
    assert case.state.gates[("size", ())].flows == gate.flows


def test_no_way_on_is_a_fault_of_the_process() -> None:
    builder = Builder()
    builder.node("start", Kind.START, ("",), "")
    builder.node("gate", Kind.XOR, ("",), "")
    builder.flow("start", "gate")
    for target in ("a", "b"):
        builder.lay(task(target), ("",), "")
        builder.flow("gate", target, condition=target)
    with pytest.raises(GraphError):
        Case(Graph.of("T", builder.nodes, builder.flows))


def test_a_loop_without_people_is_stopped() -> None:
    auto: Tree = ("node", "tick", Kind.AUTO, {})
    with pytest.raises(GraphError, match="死循环"):
        Case(graph_of(("loop", "round", auto)), World(truth={"round:again": True}))


def test_the_person_picks_a_way() -> None:
    graph = more_flows(graph_of(task("draft"), task("a"), task("b")), Flow("jump", "draft", "b"))
    case = Case(graph)
    case.do("draft")
    assert case.open() == {"a": [1]}, "the first way is the default"
    case = Case(graph)
    with pytest.raises(Invalid):
        case.do("draft", go="nowhere")
    case.do("draft", go="b")
    assert case.open() == {"b": [1]}


@pytest.mark.parametrize(
    ("large", "go", "way"), [(True, None, "a"), (True, "b", "b"), (False, None, "c"), (False, "d", "d")]
)
def test_the_person_picks_among_the_ways_of_the_first_true_condition(
    large: bool, go: str | None, way: str
) -> None:
    graph = graph_of(task("draft"), ("xor", "g", [task("a"), task("b"), task("c"), task("d")]))
    flows = [f for f in graph.flows if f.source not in ("draft", "g")]
    flows += [Flow(f"w{t}", "draft", t, "large") for t in "ab"]
    flows += [Flow(f"w{t}", "draft", t, default=True) for t in "cd"]
    case = Case(Graph.of("T", graph.nodes.values(), flows), World(truth={"large": large}))
    with pytest.raises(Invalid):
        case.do("draft", go="c" if large else "a")
    case.do("draft", go=go)
    assert case.open() == {way: [1]}
    (gate,) = case.did(GateTaken)
    assert dict(gate.inputs) == {"large": large, "picked": go}


def test_a_skipped_step_says_why() -> None:
    graph = graph_of(task("draft"), task("cfo", when="large"), task("boss"))
    case = Case(graph)
    case.do("draft")
    assert [(ev.node, ev.inputs) for ev in case.did(StepSkipped)] == [("cfo", {"large": False})]
    assert case.open() == {"boss": [1]}
    case = Case(graph, World(truth={"large": True}))
    case.do("draft")
    assert case.open() == {"cfo": [1]}


@pytest.mark.parametrize(("large", "then"), [(True, "last"), (False, "next")])
def test_a_skipped_step_falls_to_the_next_line_and_not_where_it_leads(large: bool, then: str) -> None:
    skip = ("xor", "meet", [task("meet"), task("next")], "skip")
    case = Case(graph_of(task("draft"), skip, task("last")), World(truth={"meet:0": large}))
    case.do("draft")
    if large:
        case.do("meet")
    assert case.open() == {then: [1]}


@pytest.mark.parametrize(
    ("said", "preset", "asked"), [(True, 0, 1), (False, 1, 0), (None, 1, 1), (None, 0, 0)]
)
def test_who_passes_the_step_before_says_whether_a_step_runs(
    said: bool | None, preset: int, asked: int
) -> None:
    graph = graph_of(
        task("draft"), task("finance", "collect", when={"ask": "抄送财务", "if": "due"}), task("boss")
    )
    case = Case(graph, World(truth={"due": bool(preset)}))
    case.do("draft", choose={} if said is None else {"finance": said})
    assert case.open() == ({"finance": [1]} if asked else {"boss": [1]})


def test_a_skipped_split_goes_on_behind_its_join() -> None:
    graph = graph_of(task("draft"), ("and", "both", [task("a"), task("b")], {"when": "needed"}), task("boss"))
    case = Case(graph)
    case.do("draft")
    assert case.open() == {"boss": [1]}


@pytest.mark.parametrize(
    ("truth", "choose", "expected"),
    [((1, 0), {}, ["a"]), ((1, 1), {}, ["a", "b"]), ((0, 0), {}, ["boss"]), ((0, 0), {"c": True}, ["c"])],
)
def test_an_inclusive_split_opens_what_holds_or_was_asked_for(
    truth: tuple[int, int], choose: dict[str, bool], expected: list[str]
) -> None:
    graph = graph_of(task("draft"), ("or", "some", [task("a"), task("b"), task("c")]), task("boss"))
    asked = next(f.id for f in graph.outgoing["some"] if f.target == "c")
    nodes = [
        Node("some", Kind.OR, rules={"ask": {asked: {"ask": "也要？"}}}) if n.id == "some" else n
        for n in graph.nodes.values()
    ]
    case = Case(
        Graph.of("T", nodes, graph.flows),
        World(truth={"some:0": bool(truth[0]), "some:1": bool(truth[1])}),
    )
    case.do("draft", choose=choose)
    assert sorted(case.open()) == expected
    for name in [n for n in expected if n != "boss"]:
        case.do(name)
    assert case.open() == {"boss": [1]}


def test_rows_run_side_by_side_or_one_by_one() -> None:
    body = seq(task("own", by="row"), task("check"))
    case = Case(graph_of(("mi", "rows", body, 9)), World(rows={"rows": [5, 6]}))
    assert case.open() == {"own@0": [5], "own@1": [6]}
    assert case.did(RowsTaken)[0].values == (5, 6)
    case = Case(graph_of(("mi", "rows", body, 9, True), task("boss")), World(rows={"rows": [5, 6]}))
    assert case.open() == {"own@0": [5]}
    case.do("own@0")
    case.do("check@0")
    assert case.open() == {"own@1": [6]}
    case.do("own@1")
    case.do("check@1")
    assert case.open() == {"boss": [1]}


def test_a_block_without_rows_passes_at_once() -> None:
    case = Case(graph_of(task("draft"), ("mi", "rows", task("own"), 0), task("boss")))
    case.do("draft")
    assert [(ev.node, ev.outcome) for ev in case.did(StepPassed)][-1] == ("rows", "empty")
    assert case.open() == {"boss": [1]}


def test_blocks_in_blocks_know_their_rows() -> None:
    inner = ("mi", "inner", task("cell", by="row"), 9)
    world = World(rows={"outer": [1, 2], "inner": [30, 40]})
    case = Case(graph_of(("mi", "outer", seq(task("head"), inner), 9), task("boss")), world)
    case.do("head@1")
    assert case.open() == {"head@0": [1], "cell@1@0": [30], "cell@1@1": [40]}
    case.env.truth["x"] = True  # type: ignore[attr-defined]
    assert case.state.place("cell", case.state.tokens[case.seat("cell@1@1").token].scope)[2:] == (
        (1, 1),
        (2, 40),
    )


@pytest.mark.parametrize("side", ["branch", "nested", "row"])
def test_a_way_out_cuts_what_is_left_behind(side: str) -> None:
    trees: dict[str, Any] = {
        "branch": ("and", "block", [task("out"), task("b"), task("c")]),
        "nested": (
            "and",
            "block",
            [("mi", "in", ("and", "deep", [task("out"), task("x")]), None), task("b")],
        ),
        "row": ("mi", "block", seq(task("out"), task("b")), 3),
    }
    graph = graph_of(task("draft"), trees[side], task("boss"), task("last"))
    case = Case(more_flows(graph, Flow("way", "out", "last", cut="block.0")))
    case.do("draft")
    name = "out@1" if side == "row" else "out"
    if side == "branch":
        case.do("b")
    case.do(name, go="last")
    assert case.open() == {"last": [1]}
    assert len(case.did(Cut)) == 1
    assert len(case.state.tokens) == 1
    case.do("last")
    assert case.state.status == "ended"


def test_an_automatic_way_out_stops_what_is_on_its_way() -> None:
    auto: Tree = ("node", "tick", Kind.AUTO, {})
    base = graph_of(task("draft"), ("and", "p", [auto, task("b")]), task("last"))
    flows = [f for f in base.flows if f.source != "tick"]
    case = Case(Graph.of("T", base.nodes.values(), [*flows, Flow("w", "tick", "last", cut="p.0")]))
    case.do("draft")
    assert case.open() == {"last": [1]}


def test_a_terminate_end_cuts_what_is_open() -> None:
    stop = Node("stop", Kind.TERMINATE, path=("", "p.0"), rules={"state": "已终止"})
    graph = more_flows(graph_of(("and", "p", [task("a"), task("b")])), Flow("w", "a", "stop"), nodes=(stop,))
    case = Case(graph)
    case.do("a", go="stop")
    assert [(ev.node, ev.outcome, ev.passed) for ev in case.did(CaseEnded)] == [("stop", "已终止", True)]
    assert case.state.tokens == {}
