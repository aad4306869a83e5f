"""Rounds as decision tables (R-015, rules.md §27), and single steps."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.kernel.errors import Invalid
from bihuan.process.engine.commands import Answer, Reassign
from bihuan.process.engine.errors import EngineError
from bihuan.process.engine.events import Returned, SeatClosed, StepPassed
from bihuan.process.engine.graph import Kind, Node
from bihuan.process.engine.rounds import sheets_hidden
from bihuan.process.engine.state import Chair
from bihuan.process.tests.engine.builders import World, graph_of, task
from bihuan.process.tests.engine.driver import Case

RATIO = {"do": "round", "mode": "ratio", "pass": 0.6}
NOW = {"wait_all": False}


def vote_case(rules: dict[str, Any], size: int, veto: tuple[int, ...] = ()) -> Case:
    """A draft, then a vote of people 1…size."""
    rules = dict(rules)
    world = World({"vote": list(range(1, size + 1)), "draft": [9]})
    world.veto = set(veto)
    case = Case(
        graph_of(task("draft", "fill"), task("vote", rules.pop("do"), refuse=["draft"], **rules)), world
    )
    case.do("draft")
    return case


@pytest.mark.parametrize(
    ("rules", "size", "answers", "result"),
    [
        ({"do": "approve"}, 3, "+", "pass"),
        ({"do": "approve"}, 3, "-", "back"),
        ({"do": "review"}, 2, "+", "pass"),
        ({"do": "fill"}, 2, "+", "pass"),
        ({"do": "do"}, 2, "+", "pass"),
        ({"do": "archive"}, 2, "+", "pass"),
        ({"do": "collect"}, 2, "+", None),
        ({"do": "collect"}, 2, "++", "pass"),
        ({"do": "all_sign"}, 3, "++", None),
        ({"do": "all_sign"}, 3, "+++", "pass"),
        ({"do": "all_sign"}, 3, "-", None),
        ({"do": "all_sign"}, 3, "-+", None),
        ({"do": "all_sign"}, 3, "-++", "back"),
        ({"do": "all_sign"}, 3, "--+", "back"),
        ({"do": "all_sign", **NOW}, 3, "-", "back"),
        ({"do": "all_sign", **NOW}, 3, "+-", "back"),
        ({"do": "all_sign", **NOW}, 3, "++", None),
        ({"do": "all_sign", **NOW}, 3, "+++", "pass"),
        ({"do": "separate"}, 2, "-", None),
        ({"do": "separate"}, 2, "-+", "back"),
        ({"do": "separate"}, 2, "++", "pass"),
        ({"do": "any_sign"}, 3, "+", "pass"),
        ({"do": "any_sign"}, 3, "-", "back"),
        ({"do": "round", "mode": "any"}, 3, "-", "back"),
        ({"do": "round", "mode": "all"}, 2, "+-", "back"),
        ({"do": "sequential"}, 3, "++", None),
        ({"do": "sequential"}, 3, "+++", "pass"),
        ({"do": "sequential"}, 3, "-", "back"),
        ({"do": "sequential"}, 3, "+-", "back"),
        (RATIO, 5, "+++", None),
        (RATIO, 5, "+++--", "pass"),
        (RATIO, 5, "++---", "back"),
        ({**RATIO, **NOW}, 5, "++", None),
        ({**RATIO, **NOW}, 5, "+++", "pass"),
        ({**RATIO, **NOW}, 5, "--", None),
        ({**RATIO, **NOW}, 5, "---", "back"),
        ({**RATIO, "pass": 0.7}, 10, "+++++++---", "pass"),
        ({**RATIO, "pass": 0.7}, 10, "++++++----", "back"),
    ],
)
def test_decision_table(rules: dict[str, Any], size: int, answers: str, result: str | None) -> None:
    case = vote_case(rules, size)
    for person, sign in enumerate(answers, start=1):
        assert case.state.status == "running"
        if sign == "+":
            case.do("vote", person)
        else:
            case.refuse("vote", person)
    now = "pass" if case.state.status == "ended" else "back" if "draft" in case.open() else None
    assert now == result


@pytest.mark.parametrize(
    ("answers", "veto", "result"),
    [("++-", 3, "back"), ("++-", 1, "pass"), ("-", 1, "back"), ("++", 3, None), ("+++", 3, "pass")],
)
def test_a_veto_ends_a_ratio_round(answers: str, veto: int, result: str | None) -> None:
    case = vote_case({**RATIO, **({} if answers == "++-" else NOW)}, 3, (veto,))
    for person, sign in enumerate(answers, start=1):
        if sign == "+":
            case.do("vote", person)
        else:
            case.refuse("vote", person)
    now = "pass" if case.state.status == "ended" else "back" if "draft" in case.open() else None
    assert now == result


def test_first_to_act_closes_the_others() -> None:
    case = vote_case({"do": "approve"}, 3)
    case.do("vote", 2)
    assert [(ev.reason, ev.by) for ev in case.did(SeatClosed)] == [("decided", 2)] * 2
    assert [chair.person for chair in case.did(StepPassed)[0].by] == [2]


def test_sequential_asks_one_after_the_other() -> None:
    case = vote_case({"do": "sequential"}, 3)
    assert case.open() == {"vote": [1]}
    waiting = next(s for s in case.state.seats.values() if s.person == 2)
    with pytest.raises(EngineError, match="还没有轮到"):
        case.play(Answer(waiting.id, "agree"))
    case.do("vote", 1)
    assert case.open() == {"vote": [2]}


def test_a_round_that_waits_returns_with_all_refusals() -> None:
    case = vote_case({"do": "all_sign"}, 3)
    seats = {s.person: s.id for s in case.state.seats.values()}
    case.refuse("vote", 1)
    case.do("vote", 2)
    case.refuse("vote", 3)
    assert case.did(Returned)[0].refusing == (seats[1], seats[3])


def test_one_person_has_one_seat() -> None:
    case = Case(graph_of(task("vote", "all_sign")), World({"vote": [4, 5, 4]}))
    assert case.open() == {"vote": [4, 5]}


def test_work_cannot_be_refused_and_decisions_are_not_done() -> None:
    case = vote_case({"do": "collect"}, 2)
    with pytest.raises(Invalid):
        case.refuse("vote", 1)
    case = vote_case({"do": "approve"}, 1)
    with pytest.raises(Invalid):
        case.play(Answer(case.seat("vote").id, "done"))


def test_reassigning_a_seat() -> None:
    case = vote_case({"do": "all_sign"}, 2)
    seat = case.seat("vote", 1).id
    with pytest.raises(Invalid):
        case.play(Reassign(seat, Chair(2)))
    case.play(Reassign(seat, Chair(6, 60)))
    assert case.open() == {"vote": [2, 6]}
    case.do("vote", 6)
    with pytest.raises(EngineError):
        case.play(Reassign(seat, Chair(7)))


def test_refusing_may_end_the_case() -> None:
    case = Case(graph_of(task("vote", refuse="end", refused_state="不采纳")))
    case.refuse("vote")
    assert (case.state.status, case.state.outcome, case.state.passed) == ("ended", "不采纳", False)


def test_separate_sheets_are_hidden() -> None:
    assert sheets_hidden(Node("a", Kind.TASK, rules={"do": "separate"}))
    assert sheets_hidden(Node("a", Kind.TASK, rules={"do": "round", "hidden_until_done": True}))
    assert not sheets_hidden(Node("a", Kind.TASK, rules={"do": "all_sign"}))
