"""The check of a graph without its outline finds what the check of the outline finds."""

# ruff: noqa: E501  (rows of tables are easier to read whole)

from __future__ import annotations

import pytest

from bihuan.process.engine.graph import Graph
from bihuan.process.outline.bpmn import from_bpmn
from bihuan.process.outline.check_drawn import check_drawn, check_way
from bihuan.process.outline.check_flow import check_graph
from bihuan.process.outline.compile import Names, compile_outline
from bihuan.process.outline.place import place
from bihuan.process.outline.schema import parse_outline
from bihuan.process.outline.sound import waiting_joins
from bihuan.process.tests.outline.corpus import CORPUS, DRAFT, KNOWN, outline, people
from bihuan.process.tests.outline.random_outlines import random_outline
from bihuan.process.tests.outline.test_bpmn import FLOW, foreign


@pytest.mark.parametrize("name", ["texts", "decisions", "flow", "blocks", "beside", "waits"])
def test_what_is_sound_as_an_outline_is_sound_as_a_graph(name: str) -> None:
    graph = compile_outline(parse_outline(CORPUS[name]), Names(forms=KNOWN.form_keys))
    assert [(p.path, p.text) for p in check_drawn(graph, KNOWN)] == []


def test_both_checks_agree_on_random_processes() -> None:
    for seed in range(60):
        read = parse_outline(random_outline(seed))
        graph = compile_outline(read)
        assert bool(list(check_graph(graph, place(read), ()))) == bool(list(check_way(graph))), seed


def test_two_ways_to_the_end_of_a_branch_come_together_before_the_join() -> None:
    fork = {
        "id": "par",
        "parallel": [
            [{"id": "g", "gate": [{"if": "doc.amount", "go": "end"}, {"else": "b"}]}, people("b")],
            [people("c")],
        ],
    }
    graph = compile_outline(parse_outline(outline(DRAFT, fork)))
    assert len(graph.incoming["par__join"]) == 2
    assert waiting_joins(graph) == []


def drawn(fork: str, *pairs: tuple[str, str]) -> Graph:
    """A fork, two tasks and a parallel join of another tool, with more flows."""
    nodes = f'<startEvent id="s"/><{fork} id="f"/><task id="a"/><task id="b"/><parallelGateway id="j"/><endEvent id="e"/>'
    ways = [("s", "f"), ("f", "a"), ("f", "b"), ("a", "j"), ("b", "j"), ("j", "e"), *pairs]
    graph = from_bpmn(
        foreign(nodes + "".join(FLOW.format(f"x{n}", *way) for n, way in enumerate(ways)))
    ).graph
    assert graph is not None
    return graph


def test_a_join_behind_a_choice_waits_for_ever() -> None:
    assert waiting_joins(drawn("parallelGateway")) == []
    assert [node.id for node in waiting_joins(drawn("userTask"))] == ["j"]


def test_a_dead_end_and_a_step_nobody_reaches_are_named() -> None:
    graph = drawn("parallelGateway")
    lost = Graph.of("T", graph.nodes.values(), [f for f in graph.flows if f.id != "x5"])
    assert ("j",) in [p.path for p in check_way(lost)]
    cut = Graph.of("T", graph.nodes.values(), [f for f in graph.flows if f.id != "x1"])
    assert [p.path for p in check_way(cut) if "没有路" in p.text] == [("a",)]
