"""Diagrams: nothing overlaps, everything stands in its lane, lines keep clear of shapes."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from lxml import etree

from bihuan.process.engine.graph import Graph
from bihuan.process.outline.compile import compile_outline
from bihuan.process.outline.layout import Box, Layout, lay_out, wrapped
from bihuan.process.outline.schema import parse_outline
from bihuan.process.outline.svg import picture, steps_text, to_svg
from bihuan.process.tests.outline.corpus import CORPUS, DRAFT, outline, people
from bihuan.process.tests.outline.random_outlines import random_outline


def graph_of(data: dict[str, object]) -> Graph:
    return compile_outline(parse_outline(data))


def overlap(a: Box, b: Box) -> bool:
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h


def holds(outer: Box, inner: Box) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.w <= outer.x + outer.w
        and inner.y + inner.h <= outer.y + outer.h
    )


def faults(layout: Layout) -> list[str]:
    shapes = layout.drawing.shapes
    solid = [s for s in shapes.values() if s.form != "boundary"]
    found = [
        f"{a.id} overlaps {b.id}"
        for a, b in combinations(solid, 2)
        if a.parent == b.parent and overlap(layout.boxes[a.id], layout.boxes[b.id])
    ]
    lanes = dict(layout.lanes)
    for shape in solid:
        around = layout.boxes[shape.parent] if shape.parent else lanes[shape.lane]
        if not holds(around, layout.boxes[shape.id]):
            found.append(f"{shape.id} stands outside")
    for edge in layout.drawing.edges:
        host = shapes[edge.source].host
        others = [
            s
            for s in solid
            if s.parent == shapes[edge.target].parent and s.id not in (edge.source, edge.target, host)
        ]
        for (x1, y1), (x2, y2) in pairwise(layout.lines[edge.id]):
            if x1 != x2 and y1 != y2:
                found.append(f"{edge.id} is slanting")
            line = Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))
            found += [f"{edge.id} crosses {s.id}" for s in others if overlap(line, layout.boxes[s.id])]
    return found


@pytest.mark.parametrize("name", CORPUS)
def test_the_corpus_is_laid_out_cleanly(name: str) -> None:
    assert faults(lay_out(graph_of(CORPUS[name]))) == []


def test_random_processes_are_laid_out_cleanly() -> None:
    assert [fault for seed in range(150) for fault in faults(lay_out(graph_of(random_outline(seed))))] == []


def test_a_layout_is_always_the_same() -> None:
    graph = graph_of(CORPUS["blocks"])
    assert lay_out(graph) == lay_out(graph)


def test_time_runs_from_left_to_right_and_lanes_keep_their_order() -> None:
    layout = lay_out(
        graph_of(
            outline(DRAFT, people("check", "review", "head", refuse="draft"), people("ok", "approve", "gm"))
        )
    )
    assert [lane for lane, _ in layout.lanes] == ["mgr", "head", "gm"]
    assert layout.boxes["draft"].x < layout.boxes["check"].x < layout.boxes["ok"].x < layout.boxes["end"].x


def test_an_added_gateway_stands_in_the_lane_of_its_step() -> None:
    graph = graph_of(
        outline(DRAFT, people("ok", "approve", {"field": "doc.owner"}, refuse="draft"), people("more"))
    )
    shapes = lay_out(graph).drawing.shapes
    assert shapes["ok"].lane == shapes["ok__decision"].lane == ""


def test_a_svg_is_escaped_marked_and_without_scripts() -> None:
    graph = graph_of(
        outline({**DRAFT, "name": "<script>alert(1)</script>"}, people("ok", name="a & b"), name="甲<乙>")
    )
    text = picture(graph, {"draft": "done", "ok": "late", "end": "onclick"}, {"mgr": "经理<"})
    root = etree.fromstring(text.encode())
    assert not root.xpath("//*[local-name()='script']")
    assert "onclick" not in text
    assert root.get("role") == "img"
    assert root[0].tag.endswith("title")
    assert root[0].text == "甲<乙>"
    marked = {e.get("data-node"): e.get("class") for e in root.iter() if e.get("data-node")}
    assert marked["draft"].endswith("is-done")
    assert marked["ok"].endswith("is-late")
    assert "is-" not in marked["end"]


def test_every_node_is_in_the_picture_once() -> None:
    graph = graph_of(CORPUS["beside"])
    root = etree.fromstring(to_svg(lay_out(graph)).encode())
    drawn = [e.get("data-node") for e in root.iter() if e.get("data-node")]
    assert set(drawn) == set(graph.nodes)


def test_chinese_labels_are_wrapped() -> None:
    assert wrapped("产品市场部经理审核", 8, 4) == ["产品市场部经理审", "核"]
    assert wrapped("一二三四五六", 2, 2) == ["一二", "三…"]


def test_the_steps_as_text_say_who_does_what() -> None:
    graph = graph_of(
        outline(
            {**DRAFT, "num": 1, "name": "编制"}, people("ok", "approve", "gm", name="批准", refuse="draft")
        )
    )
    assert steps_text(graph, {"draft": "done"}, {"mgr": "经理"}) == [
        "1. (1)编制,经理,填写,已完成",
        "2. 批准,gm,审批;退回到:编制",
    ]
