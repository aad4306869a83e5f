"""Outlines become graphs with the lists, ids and rules the engine counts on."""

from __future__ import annotations

import pytest

from bihuan.process.engine.graph import Graph, Kind
from bihuan.process.outline.bpmn import from_bpmn, to_bpmn
from bihuan.process.outline.compile import Names, compile_outline
from bihuan.process.outline.layout import lay_out
from bihuan.process.outline.problems import OutlineError
from bihuan.process.outline.schema import parse_outline
from bihuan.process.tests.outline.corpus import CORPUS, DRAFT, FORMS, outline, people
from bihuan.process.tests.outline.random_outlines import random_outline

NAMES = Names({code: form.key for code, form in FORMS.items()}, {"mgr": "经理"}, {"fill": "5wd"})


def compiled(name: str) -> Graph:
    return compile_outline(parse_outline(CORPUS[name]), NAMES)


def ways(graph: Graph, id: str) -> list[tuple[str, str, bool, str]]:
    return [(f.target, f.condition, f.default, f.cut) for f in graph.outgoing[id]]


@pytest.mark.parametrize("name", CORPUS)
def test_the_same_outline_gives_the_same_graph(name: str) -> None:
    assert compiled(name) == compiled(name)


def test_random_outlines_compile_and_every_flow_has_a_unique_id() -> None:
    for seed in range(150):
        graph = compile_outline(parse_outline(random_outline(seed)))
        assert len({f.id for f in graph.flows}) == len(graph.flows)
        assert graph.start().id == "__start"


def test_defaults_are_resolved() -> None:
    graph = compile_outline(
        parse_outline(outline(DRAFT, people("ok", "approve", "gm"), people("rest", "collect"))), NAMES
    )
    draft, ok, rest = (graph.nodes[i].rules for i in ("draft", "ok", "rest"))
    assert graph.nodes["draft"].name == "经理填写"
    assert draft["due"] == "5wd"
    assert ok["due"] == "3wd"
    assert draft["documents"] == [{"name": "paper", "form": "F-001"}]
    assert ok["refuse"] == [{"go": "draft"}]
    assert (ok["mode"], rest["mode"], rest["wait_all"]) == ("first", "all", True)
    assert draft["origin"] == {"": "stated", "due": "convention"}


def test_the_default_refusal_is_the_last_fill_of_the_same_document() -> None:
    steps = [DRAFT, people("other", "fill", document="F-002"), people("ok", "approve", "gm")]
    assert compile_outline(parse_outline(outline(*steps)), NAMES).nodes["ok"].rules["refuse"] == [
        {"go": "draft"}
    ]


@pytest.mark.parametrize("step", [{}, {"each": "doc.lines"}])
def test_a_step_that_may_be_skipped_and_leads_elsewhere_has_a_way_past_it(step: dict[str, str]) -> None:
    steps = [
        DRAFT,
        people("meet", when="doc.amount > 1", go="last", **step),
        people("next"),
        people("last", when="doc.amount > 2", go="end"),
    ]
    graph = compile_outline(parse_outline(outline(*steps)), NAMES)
    entry = "meet__each" if step else "meet"
    assert {id: flow.target for id, flow in graph.skips.items()} == {entry: "next", "last": "end"}
    assert [flow.target for flow in graph.ways[entry]] == ["last"]
    assert from_bpmn(to_bpmn(graph, lay_out(graph))).graph == graph


def test_ways_of_gates_picks_and_choices() -> None:
    graph = compiled("flow")
    assert ways(graph, "gate") == [
        ("two", "doc.amount > 1", False, ""),
        ("one", "doc.title == '是'", False, ""),
        ("end", "", True, ""),
    ]
    assert graph.nodes["gate"].rules["go"][1] == {
        "go": "one",
        "set": {"title": "一"},
        "if": "doc.title == '是'",
    }
    assert ways(graph, "one") == [("two", "", False, ""), ("draft", "", False, ""), ("end", "", False, "")]
    assert ways(graph, "two") == [("one", "doc.amount", False, ""), ("three", "", True, "")]
    assert graph.nodes["stop"].kind is Kind.TERMINATE
    assert graph.nodes["stop"].rules["state"] == "不予办理"
    assert [f.name for f in graph.outgoing["gate"]] == ["doc.amount > 1", "是", "否则"]


def test_entrances_are_starts_of_their_own() -> None:
    graph = compiled("flow")
    assert ways(graph, "__start_late") == [("late", "", False, "")]
    assert [s.get("name") for s in graph.nodes["__start_late"].rules["starts"]] == ["补办", None, None]
    assert graph.nodes["__start"].rules["process"]["name"] == "测试流程"


def test_lists_paths_and_cuts() -> None:
    graph = compiled("blocks")
    assert graph.nodes["b"].path == ("", "par__block.", "par.0", "inner.0")
    assert ways(graph, "c") == [("draft", "", False, "par__block.")]
    assert ways(graph, "d") == [("par__join", "", False, ""), ("draft", "", False, "par__block.")]
    assert graph.nodes["par__block"].rules["when"] == "doc.amount > 1"
    assert "when" not in graph.nodes["par"].rules
    assert graph.nodes["h"].scope == "rows"
    assert graph.nodes["h"].path == ("", "rows.")
    assert graph.nodes["h"].rules["refuse"] == [{"go": "g"}]
    assert ways(graph, "body") == [("last", "", False, "")]
    assert ways(graph, "j") == [("body__end", "", False, ""), ("draft", "", False, "body.")]
    assert (graph.nodes["mine"].scope, graph.nodes["mine__each"].rules["each"]) == ("mine__each", "slot.mgr")


def test_an_inclusive_block_may_pass_through_and_asks() -> None:
    graph = compiled("blocks")
    assert ways(graph, "inc") == [
        ("e", "doc.amount", False, ""),
        ("f", "doc.title", False, ""),
        ("inc__join", "", True, ""),
    ]
    flow = graph.outgoing["inc"][1]
    assert graph.nodes["inc"].rules["ask"] == {flow.id: {"ask": "要访谈吗", "step": "f", "if": "doc.title"}}


def test_the_last_person_before_a_question_answers_it() -> None:
    graph = compiled("blocks")
    assert graph.nodes["skipped"].rules["asks"] == ["last"]
    assert graph.nodes["i"].rules.get("asks") is None
    assert graph.nodes["j"].rules["asks"] == ["last"]


def test_watches_sit_on_their_host_and_lead_aside() -> None:
    graph = compiled("beside")
    assert {n.id for n in graph.watches["run"]} == {"late", "daily", "given", "pressed", "stop"}
    assert graph.nodes["revise"].path == ("", "pressed.")
    assert graph.nodes["revise"].lane == "mgr"  # who pressed the watch
    assert ways(graph, "ok")[0][0] == "pressed__end"
    assert graph.nodes["halt"].host == "both__block"
    assert [n.id for n in graph.watches[""]] == ["always", "stopped"]
    assert ways(graph, "run") == [("both__block", "", False, "")]


def test_the_first_of_several_waits_leads_on() -> None:
    graph = compiled("waits")
    assert ways(graph, "race") == [("race__1", "", False, ""), ("race__2", "", False, "")]
    assert ways(graph, "race__2") == [("draft", "", False, "")]
    assert graph.nodes["race__2"].rules["go"] == [{"go": "draft", "notify": "gm"}]
    assert graph.nodes["rest"].rules["after"] == "30d"
    assert graph.nodes["heard"].rules["event"] == "lead.created"


def test_rows_of_an_automatic_step_and_calls() -> None:
    graph = compiled("outcomes")
    assert graph.nodes["rows__each"].kind is Kind.SUB
    assert graph.nodes["rows"].kind is Kind.AUTO
    assert graph.nodes["called"].rules["call"] == ["T-002", "T-003"]
    assert graph.nodes["maybe"].lane == "mgr"
    assert graph.nodes["end"].rules["archive"] == "permanent"


def test_steps_without_id_get_stable_ones() -> None:
    graph = compile_outline(
        parse_outline(
            outline(DRAFT, {"do": "do", "by": "mgr"}, {"id": "p", "parallel": [[{"do": "do", "by": "gm"}]]})
        )
    )
    assert {"step__2", "p_0__1"} <= set(graph.nodes)


@pytest.mark.parametrize("target", ["nowhere", "inside"])
def test_a_target_that_cannot_be_reached_is_an_error(target: str) -> None:
    steps = [DRAFT, {"id": "b", "steps": [people("inside")]}, people("jump", go=target)]
    with pytest.raises(OutlineError) as caught:
        compile_outline(parse_outline(outline(*steps)))
    assert caught.value.problems[0].path == ("steps", 2, "go")
