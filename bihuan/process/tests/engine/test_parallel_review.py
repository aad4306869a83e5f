"""Parallel review, join, countersign refuses, second pass: all completion orders (trust.md B15).

The fault to exclude: countersign opens while a reviewer has not approved in this pass.
"""

from __future__ import annotations

from itertools import permutations, product

import pytest

from bihuan.process.engine.commands import Answer
from bihuan.process.engine.errors import EngineError
from bihuan.process.engine.events import SeatOpened
from bihuan.process.engine.graph import Graph
from bihuan.process.tests.engine.builders import World, graph_of, task
from bihuan.process.tests.engine.driver import Case

REVIEWS = ("legal", "brand", "budget")
ORDERS = list(permutations(REVIEWS))


def review_graph() -> Graph:
    """draft → (legal | brand | budget) → countersign, which refuses to draft."""
    return graph_of(
        task("draft", "fill"),
        ("and", "reviews", [task(name, "review", refuse=["draft"]) for name in REVIEWS]),
        task("countersign", refuse=["draft"]),
    )


@pytest.mark.parametrize(("first", "second"), list(product(ORDERS, ORDERS)), ids=lambda o: "-".join(o))
def test_countersign_opens_only_after_all_three_of_this_pass(
    first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    case = Case(review_graph())
    for order, last in ((first, False), (second, True)):
        case.do("draft")
        for number, name in enumerate(order):
            assert sorted(case.open()) == sorted(order[number:])
            case.do(name)
        assert list(case.open()) == ["countersign"]
        if not last:
            case.refuse("countersign")
    case.do("countersign")
    assert (case.state.status, case.state.outcome, case.state.passed) == ("ended", "已签准", True)


@pytest.mark.parametrize("done", [order[:n] for order in ORDERS for n in (0, 1, 2)], ids="-".join)
def test_a_refusal_inside_a_branch_cuts_every_branch(done: tuple[str, ...]) -> None:
    case = Case(review_graph())
    case.do("draft")
    for name in done:
        case.do(name)
    case.refuse(next(name for name in REVIEWS if name not in done))
    assert case.open() == {"draft": [1]}
    assert len(case.state.tokens) == 1
    case.do("draft")
    assert sorted(case.open()) == sorted(REVIEWS), "all reviewers are asked again"


def test_eight_branches_join_once() -> None:
    names = [f"b{n}" for n in range(8)]
    case = Case(graph_of(("and", "all", [task(n, "review") for n in names]), task("after")))
    for name in names:
        case.do(name)
        opened = [ev for ev in case.did(SeatOpened) if ev.node == "after"]
        assert len(opened) == (1 if name == names[-1] else 0)


def test_the_second_of_two_answers_is_told_who_decided() -> None:
    graph = graph_of(task("vote", "all_sign", refuse=["end"]), task("after"))
    case = Case(graph, World({"vote": [7, 8]}))
    seat = case.seat("vote", 7).id
    case.do("vote", 7)
    with pytest.raises(EngineError) as caught:
        case.play(Answer(seat, "agree"))
    assert caught.value.params["person"] == 7
    case.do("vote", 8)
    with pytest.raises(EngineError):
        case.play(Answer(seat, "agree"))


def test_state_does_not_grow_with_send_backs() -> None:
    def size(case: Case) -> int:
        s = case.state
        live = (s.tokens, s.scopes, s.seats, s.watches, s.backs, s.counts, s.did, s.gates, s.rows)
        return sum(len(part) for part in live) + sum(
            len(b.tokens) + len(b.seats) + len(b.backs) for b in s.backs.values()
        )

    case = Case(review_graph(), through_json=False)
    sizes = []
    for _ in range(200):
        case.do("draft")
        for name in REVIEWS:
            case.do(name)
        case.refuse("countersign")
        sizes.append(size(case))
    assert sizes[-1] == sizes[0]
    assert case.state.counts["countersign"] == 200
