"""Triggers beside the flow, waits in it, calls."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.kernel.errors import Invalid
from bihuan.process.engine.commands import Answer, CallEnded, Fire, Signal, Start, Terminate, Trigger
from bihuan.process.engine.errors import EngineError
from bihuan.process.engine.events import CallRequested, StepPassed, WaitArmed, WatchArmed, WatchFired
from bihuan.process.engine.graph import Flow, Graph, Kind, Node
from bihuan.process.engine.state import Chair, State
from bihuan.process.tests.engine.builders import Builder, Tree, World, graph_of, seq, task
from bihuan.process.tests.engine.driver import Case

SIDE = ("", "late.")


def watched(host: str, rules: dict[str, Any], to: str = "", *, trees: tuple[Tree, ...] = ()) -> Graph:
    """draft → work → check with a watch "late"; `to` is where it leads: a step, or "side" → an end."""
    trees = trees or (task("draft", "fill"), task("work", "do"), task("check", refuse=["draft"]))
    extra = [Node("late", Kind.BOUNDARY, host=host, rules=rules)]
    flows = [Flow("late_out", "late", to)] if to else []
    if to == "side":
        extra += [
            Node("side", Kind.TASK, path=SIDE, rules={"do": "do"}),
            Node("side_end", Kind.END, path=SIDE),
        ]
        flows.append(Flow("side_out", "side", "side_end"))
    return graph_of(*trees, extra=extra, flows=flows)


def armed(case: Case) -> int:
    """The only armed watch."""
    (watch,) = case.state.watches
    return watch


def test_a_timer_fires_once_and_only_while_its_step_is_open() -> None:
    case = Case(watched("work", {"after": "3wd", "do": "escalate"}))
    assert case.state.watches == {}
    case.do("draft")
    watch = armed(case)
    assert [ev.watch for ev in case.did(WatchArmed)] == [watch]
    case.play(Fire(watch))
    assert case.did(WatchFired)[0].held
    assert case.open() == {"work": [1]}
    with pytest.raises(EngineError):
        case.play(Fire(watch))
    case.do("work")
    case.refuse("check")
    case.do("draft")
    assert armed(case) != watch, "armed anew with its step"
    case.do("work")
    assert case.state.watches == {}


def test_a_repeated_timer_stays_armed_and_reads_its_condition_when_it_fires() -> None:
    case = Case(watched("work", {"every": {"daily": "18:00"}, "if": "idle", "do": "remind"}))
    case.do("draft")
    for idle in (False, True, True):
        case.env.truth["idle"] = idle  # type: ignore[attr-defined]
        case.play(Fire(armed(case)))
        assert case.did(WatchFired)[0].held is idle
        assert case.did(WatchFired)[0].inputs == {"idle": idle}


def test_a_watch_may_pass_its_step() -> None:
    case = Case(watched("work", {"after": "3wd", "do": "pass"}))
    case.do("draft")
    case.play(Fire(armed(case)))
    assert [(ev.node, ev.outcome, ev.by) for ev in case.did(StepPassed)] == [("work", "pass", ())]
    assert case.open() == {"check": [1]}


def test_an_interrupting_watch_ends_its_step_unfinished() -> None:
    case = Case(watched("work", {"event": "x", "interrupt": True}, "draft"))
    case.do("draft")
    case.play(Fire(armed(case)))
    assert case.open() == {"draft": [1]}
    assert case.did(StepPassed) == []


def test_a_side_branch_runs_beside_and_outlives_its_step_not_its_case() -> None:
    case = Case(watched("work", {"by": "boss"}, "side"))
    case.do("draft")
    watch = armed(case)
    case.play(Trigger(watch, Chair(7)))
    case.play(Trigger(watch, Chair(8)))
    assert case.open() == {"work": [1], "side": [1, 1]}
    assert case.state.did[("late", ())].chairs[0].person == 8
    case.do("work")
    case.do("side")
    case.do("check")
    assert case.state.status == "running", "an open side branch holds the case"
    case.do("side")
    assert (case.state.status, case.state.outcome) == ("ended", "已签准")


def test_a_return_that_cuts_its_list_cuts_the_side_branch() -> None:
    case = Case(watched("work", {"by": "boss"}, "side"))
    case.do("draft")
    case.play(Trigger(armed(case), Chair(7)))
    case.do("work")
    case.refuse("check")
    assert case.open() == {"draft": [1]}
    case.do("draft", mode="straight_back")
    assert case.open() == {"check": [1], "side": [1]}


def test_two_side_branches_do_not_mix() -> None:
    side: Tree = seq(task("revise", "fill"), ("and", "both", [task("x"), task("y", refuse=["revise"])]))
    builder = Builder()
    first, last = builder.lay(side, SIDE, "")
    builder.node("side_end", Kind.END, SIDE, "")
    base = graph_of(task("work", "do"), ("mi", "rows", task("own"), 2))
    nodes = [
        *base.nodes.values(),
        *builder.nodes,
        Node("late", Kind.BOUNDARY, host="work", rules={"by": "boss"}),
    ]
    flows = [Flow(f"s{f.id}", f.source, f.target) for f in builder.flows]
    flows += [Flow("in", "late", first), Flow("out", last, "side_end")]
    case = Case(Graph.of("T", nodes, [*base.flows, *flows]))
    watch = armed(case)
    for person in (7, 8):
        case.play(Trigger(watch, Chair(person)))
        case.do("revise")
    case.do("x")
    assert case.open() == {"work": [1], "x": [1], "y": [1, 1]}
    one, other = (s for s in case.state.seats.values() if s.node == "y")
    case.play(Answer(other.id, "refuse"))
    assert case.open() == {"work": [1], "y": [1], "revise": [1]}, "only its own side branch is cut"
    case.play(Answer(one.id, "agree"))
    assert case.open() == {"work": [1], "revise": [1]}
    case.do("work")
    for name in ("own@0", "own@1", "revise", "x"):
        case.do(name)
    assert case.open() == {"y": [1]}
    case.do("y")
    assert case.state.status == "ended"


def test_only_watches_for_people_are_pulled_by_people() -> None:
    case = Case(watched("work", {"after": "3wd"}))
    case.do("draft")
    with pytest.raises(Invalid):
        case.play(Trigger(armed(case), Chair(7)))


def test_a_watch_on_the_case_lives_as_long_as_the_case() -> None:
    case = Case(watched("", {"event": "x"}, "side"))
    watch = armed(case)
    case.do("draft")
    case.do("work")
    case.refuse("check")
    assert armed(case) == watch
    case.play(Fire(watch))
    assert case.open() == {"draft": [1], "side": [1]}


def test_an_interrupting_watch_on_the_case_cuts_all() -> None:
    trees = (("and", "p", [task("a"), ("mi", "m", task("b"), 2)]), task("check"))
    case = Case(watched("", {"event": "x", "interrupt": True}, "check", trees=trees))
    case.play(Fire(armed(case)))
    assert case.open() == {"check": [1]}
    assert case.state.scopes == {}


def test_each_row_of_a_block_is_watched() -> None:
    trees = (("mi", "rows", task("own", "do"), 3), task("check"))
    case = Case(watched("rows", {"after": "1d", "do": "pass"}, trees=trees))
    first, _, third = sorted(case.state.watches)
    case.play(Fire(first))
    assert case.did(WatchFired)[0].rows == (0,)
    assert case.open() == {"own@1": [1], "own@2": [1]}
    case.do("own@1")
    case.play(Fire(third))
    assert case.open() == {"check": [1]}


def test_passing_a_watched_block_cuts_what_runs_in_it() -> None:
    trees = (("mi", "block", seq(task("a"), task("b")), None), task("check"))
    case = Case(watched("block", {"after": "1d", "do": "pass"}, trees=trees))
    case.play(Fire(armed(case)))
    assert case.open() == {"check": [1]}


@pytest.mark.parametrize("by_token", [False, True])
def test_a_wait_goes_on_when_it_happens(by_token: bool) -> None:
    wait: Tree = ("node", "pause", Kind.CATCH, {"wait": "3wd", "if": "red"})
    case = Case(graph_of(task("draft", "fill"), wait, task("check")))
    case.do("draft")
    (told,) = case.did(WaitArmed)
    command = Signal(told.token) if by_token else Fire(told.watch)
    case.play(command)
    assert case.open() == {}, "its condition does not hold"
    case.env.truth["red"] = True  # type: ignore[attr-defined]
    case.play(command)
    assert case.open() == {"check": [1]}
    with pytest.raises(EngineError):
        case.play(command)


def test_of_several_waits_the_first_leads_on() -> None:
    gate: Tree = ("node", "pause", Kind.EVENT_GATE, {})
    base = graph_of(task("draft", "fill"), gate, task("check"))
    nodes = [*base.nodes.values(), Node("soon", Kind.CATCH), Node("never", Kind.CATCH)]
    flows = [f for f in base.flows if f.source != "pause"]
    flows += [Flow("a", "pause", "soon"), Flow("b", "pause", "never")]
    flows += [Flow("c", "soon", "check"), Flow("d", "never", "draft")]
    case = Case(Graph.of("T", nodes, flows))
    case.do("draft")
    waits = {ev.node: ev.watch for ev in case.did(WaitArmed)}
    case.play(Fire(waits["soon"]))
    assert case.open() == {"check": [1]}
    assert case.state.watches == {}
    with pytest.raises(EngineError):
        case.play(Fire(waits["never"]))


def test_a_call_waits_for_the_other_process() -> None:
    call: Tree = ("node", "research", Kind.CALL, {"call": "SC-001", "plain_when": "off", "do": "do"})
    graph = graph_of(call, task("check"))
    case = Case(graph)
    assert case.open() == {}
    case.play(CallEnded(case.did(CallRequested)[0].token, passed=True))
    assert case.open() == {"check": [1]}
    case = Case(graph, World(truth={"off": True}))
    assert case.open() == {"research": [1]}
    case.do("research")
    assert case.open() == {"check": [1]}


def test_terminating_clears_all() -> None:
    case = Case(watched("work", {"after": "3wd"}))
    case.play(Terminate("已终止"))
    assert (case.state.status, case.state.outcome, case.state.passed) == ("ended", "已终止", False)
    with pytest.raises(EngineError):
        case.play(Terminate())


def test_a_case_starts_once_and_acts_only_then() -> None:
    case = Case(watched("work", {"after": "3wd"}))
    with pytest.raises(EngineError):
        case.play(Start())
    unborn = Case(case.graph, start=False)
    assert unborn.state == State()
    with pytest.raises(EngineError):
        unborn.play(Terminate())


def test_another_entrance() -> None:
    case = Case(graph_of(task("draft", "fill"), task("check")), start=False)
    case.play(Start("check"))
    assert case.open() == {"check": [1]}
