"""Refusals and withdrawals: what is cut, who is asked, all again and straight back (R-017)."""

from __future__ import annotations

import json

import pytest

from bihuan.kernel.errors import Invalid
from bihuan.process.engine import codec
from bihuan.process.engine.commands import CallEnded, Withdraw
from bihuan.process.engine.errors import EngineError, GraphError
from bihuan.process.engine.events import BackDropped, CallRequested, GateTaken, StraightBack
from bihuan.process.engine.graph import Flow, Graph, Kind, Node
from bihuan.process.tests.engine.builders import Tree, World, graph_of, seq, task
from bihuan.process.tests.engine.driver import Case

STRAIGHT = {"mode": "straight_back"}


def reviewed(*more: Tree, **rules: object) -> Graph:
    """draft → head → (legal | sign) → boss; refusals go to draft."""
    return graph_of(
        task("draft", "fill"),
        task("head", refuse=["draft"]),
        ("and", "both", [task("legal", refuse=["draft"]), task("sign", "all_sign", refuse=["draft"])]),
        *more,
        task("boss", refuse=["draft", "head"], **rules),
    )


def at_boss(world: World | None = None) -> Case:
    """A case that has come to the boss."""
    case = Case(reviewed(), world or World({"sign": [2, 3], "draft": [8, 9]}))
    case.do("draft", 9)
    for name in ("head", "legal", "sign", "sign"):
        case.do(name)
    return case


def test_a_return_opens_the_step_for_who_did_it() -> None:
    case = at_boss()
    case.refuse("boss")
    assert case.open() == {"draft": [9]}


def test_all_again_is_the_default() -> None:
    case = at_boss()
    case.refuse("boss")
    case.do("draft")
    assert case.open() == {"head": [1]}
    assert case.did(BackDropped)[0].reason == "chosen"
    assert case.state.backs == {}


def test_the_author_may_choose_straight_back() -> None:
    case = at_boss()
    case.refuse("boss")
    case.do("draft", **STRAIGHT)
    assert case.open() == {"boss": [1]}
    case.do("boss")
    assert case.state.passed


def test_the_refuser_may_fix_the_mode() -> None:
    case = at_boss()
    case.refuse("boss", mode="all_again")
    case.do("draft", **STRAIGHT)
    assert case.open() == {"head": [1]}
    case = at_boss()
    case.refuse("boss", **STRAIGHT)
    case.do("draft")
    assert case.open() == {"boss": [1]}


def test_straight_back_puts_back_what_was_cut_decisions_standing() -> None:
    case = Case(reviewed(), World({"sign": [2, 3]}))
    case.do("draft")
    case.do("head")
    case.do("sign", 2)
    before = case.state.copy()
    case.refuse("legal")
    assert case.open() == {"draft": [1]}
    case.do("draft", **STRAIGHT)
    assert case.open() == {"legal": [1], "sign": [3]}
    assert case.state.tokens == before.tokens
    assert case.state.seats == before.seats
    case.do("sign", 3)
    case.do("legal")
    assert case.open() == {"boss": [1]}


def test_only_the_refusing_seats_open_again() -> None:
    case = Case(
        graph_of(task("draft", "fill"), task("sign", "all_sign", refuse=["draft"])),
        World({"sign": [2, 3, 4]}),
    )
    case.do("draft")
    case.do("sign", 2)
    case.refuse("sign", 3)
    case.do("sign", 4)
    case.do("draft", **STRAIGHT)
    assert case.open() == {"sign": [3]}
    case.do("sign", 3)
    assert case.state.status == "ended"


def test_a_binding_change_forces_all_again() -> None:
    case = at_boss()
    case.refuse("boss", **STRAIGHT)
    case.do("draft", straight_ok=False)
    assert case.open() == {"head": [1]}
    assert case.did(BackDropped)[0].reason == "changed"


@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize("skipping", [False, True])
def test_another_route_forces_all_again(changed: bool, skipping: bool) -> None:
    gate: Tree = ("xor", "big", [task("cfo"), None])
    if skipping:
        gate = task("cfo", when="big:0")
    graph = graph_of(task("draft", "fill"), gate, task("boss", refuse=["draft"]))
    case = Case(graph, World(truth={"big:0": False}))
    case.do("draft")
    case.refuse("boss", **STRAIGHT)
    case.env.truth["big:0"] = changed  # type: ignore[attr-defined]
    case.do("draft")
    assert case.open() == ({"cfo": [1]} if changed else {"boss": [1]})


def test_a_gate_before_the_target_does_not_count() -> None:
    way: Tree = ("xor", "way", [task("a"), None])
    graph = graph_of(way, task("draft", "fill"), task("head"), task("boss", refuse=["draft"]))
    case = Case(graph, World(truth={"way:0": False}))
    case.do("draft")
    case.do("head")
    case.refuse("boss", **STRAIGHT)
    case.env.truth["way:0"] = True  # type: ignore[attr-defined]
    case.do("draft")
    assert case.open() == {"boss": [1]}


def test_straight_back_through_two_returns() -> None:
    graph = graph_of(task("a", "fill"), task("b", refuse=["a"]), task("c", refuse=["b"]))
    case = Case(graph)
    case.do("a")
    case.do("b")
    case.refuse("c")
    case.refuse("b")
    case.do("a", **STRAIGHT)
    assert case.open() == {"b": [1]}
    case.do("b", **STRAIGHT)
    assert case.open() == {"c": [1]}
    assert len(case.did(StraightBack)) == 1
    case.do("c")
    assert case.state.passed


def test_two_steps_refusing_to_each_other_keep_no_history() -> None:
    case = Case(graph_of(task("a", "fill"), task("b", refuse=["c"]), task("c", refuse=["b"])))
    case.do("a")
    case.do("b")
    sizes = []
    for _ in range(6):
        case.refuse("c")
        case.refuse("b")
        sizes.append(len(json.dumps(codec.to_json(case.state.backs))))
    assert max(sizes) < 2 * min(sizes)


def test_the_refuser_picks_a_target() -> None:
    case = at_boss()
    with pytest.raises(Invalid):
        case.refuse("boss", go="legal")
    case.refuse("boss", go="head")
    assert case.open() == {"head": [1]}


def test_a_target_may_depend_on_the_document() -> None:
    rule = [{"if": "small", "refuse": "head"}, {"else": "draft"}]
    graph = graph_of(task("draft", "fill"), task("head"), task("boss", refuse=rule))
    case = Case(graph, World(truth={"small": True}))
    case.do("draft")
    case.do("head")
    case.refuse("boss")
    assert case.open() == {"head": [1]}
    assert [g.inputs for g in case.did(GateTaken)] == [{"small": True}]


def test_a_target_in_a_finished_branch_leaves_the_other_branches_done() -> None:
    graph = graph_of(
        task("draft", "fill"),
        ("and", "both", [seq(task("text"), task("picture")), ("and", "in", [task("x"), task("y")])]),
        task("boss", refuse=["picture", "y"]),
    )
    case = Case(graph)
    case.do("draft")
    for name in ("text", "picture", "x", "y"):
        case.do(name)
    case.refuse("boss", go="picture")
    assert case.open() == {"picture": [1]}
    case.do("picture")
    assert case.open() == {"boss": [1]}
    case.refuse("boss", go="y")
    assert case.open() == {"y": [1]}
    case.do("y", **STRAIGHT)
    assert case.open() == {"boss": [1]}
    assert len(case.state.tokens) == 1
    case.do("boss")


def test_a_target_in_another_open_branch_is_out_of_reach() -> None:
    graph = graph_of(("and", "both", [task("a"), task("b", refuse=["a"])]))
    case = Case(graph)
    with pytest.raises(GraphError):
        case.refuse("b")


def test_rows_named_by_the_refuser_open_again() -> None:
    own = ("mi", "block", seq(task("own", "fill", by="row"), task("check", refuse=["own"])), 3)
    graph = graph_of(own, task("merge", "fill"), task("decide", refuse=["own", "block"]))
    case = Case(graph, World(rows={"block": [21, 22, 23]}))
    assert case.open() == {"own@0": [21], "own@1": [22], "own@2": [23]}
    case.do("own@1")
    case.refuse("check@1")
    assert case.open() == {"own@0": [21], "own@1": [22], "own@2": [23]}, "rows return within their row"
    for row in (0, 1, 2):
        case.do(f"own@{row}")
        case.do(f"check@{row}")
    case.do("merge")
    case.refuse("decide", rows=[0, 2])
    assert case.open() == {"own@0": [21], "own@2": [23]}
    case.do("own@0", **STRAIGHT)
    assert case.open() == {"own@2": [23]}, "the answered row waits for the other"
    case.do("own@2", **STRAIGHT)
    assert case.open() == {"decide": [1]}
    case.refuse("decide", rows=[0, 2])
    case.do("own@0", **STRAIGHT)
    case.do("own@2")
    assert case.open() == {"check@0": [1], "check@2": [1]}, "one row wants all again: both go on"
    case.do("check@0")
    case.do("check@2")
    case.do("merge")
    case.refuse("decide", go="block", rows=[1])
    assert case.open() == {"own@1": [22]}
    case.do("own@1")
    case.do("check@1", **STRAIGHT)
    assert case.open() == {"decide": [1]}
    case.do("decide")


def test_a_failed_call_counts_as_refused() -> None:
    call: Tree = ("node", "research", Kind.CALL, {"call": "SC-001", "refuse": ["draft"]})
    case = Case(graph_of(task("draft", "fill"), call, task("boss")))
    case.do("draft")
    asked = case.did(CallRequested)
    assert [ev.node for ev in asked] == ["research"]
    case.play(CallEnded(asked[0].token, passed=False))
    assert case.open() == {"draft": [1]}
    with pytest.raises(EngineError):
        case.play(CallEnded(asked[0].token, passed=True))
    case.do("draft", **STRAIGHT)
    asked = case.did(CallRequested)
    assert len(asked) == 1, "straight back makes the call again"
    case.play(CallEnded(asked[0].token, passed=True))
    assert case.open() == {"boss": [1]}


def test_withdrawing_takes_all_back_to_who_did_the_first_step() -> None:
    case = Case(reviewed(), World({"draft": [8, 9]}))
    with pytest.raises(EngineError):
        case.play(Withdraw())
    case.do("draft", 9)
    case.do("head")
    case.play(Withdraw())
    assert case.open() == {"draft": [9]}
    assert not case.state.refused
    assert case.state.backs == {}
    case.do("draft")
    assert case.open() == {"head": [1]}


def test_a_case_whose_last_decision_was_a_refusal_did_not_pass() -> None:
    graph = graph_of(task("draft", "fill"), task("boss", refuse=["note"]), task("go"), end="")
    nodes = [
        *graph.nodes.values(),
        Node("note", Kind.AUTO),
        Node("no", Kind.TERMINATE, rules={"state": "不采纳"}),
    ]
    case = Case(Graph.of("T", nodes, [*graph.flows, Flow("x", "note", "no")]))
    case.do("draft")
    case.refuse("boss")
    assert (case.state.status, case.state.outcome, case.state.passed) == ("ended", "不采纳", False)
