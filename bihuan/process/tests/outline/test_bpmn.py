"""BPMN: what we write reads back whole; what others write runs as far as it can, and says why not."""

# ruff: noqa: E501  (rows of tables are easier to read whole)

from __future__ import annotations

import pytest
from lxml import etree

from bihuan.kernel.errors import Invalid
from bihuan.process.engine.graph import Graph, Kind
from bihuan.process.outline.bpmn import from_bpmn, to_bpmn
from bihuan.process.outline.compile import compile_outline
from bihuan.process.outline.layout import lay_out
from bihuan.process.outline.schema import parse_outline
from bihuan.process.tests.outline.corpus import CORPUS, DRAFT, outline, people
from bihuan.process.tests.outline.random_outlines import random_outline

NS = {"b": "http://www.omg.org/spec/BPMN/20100524/MODEL", "di": "http://www.omg.org/spec/BPMN/20100524/DI"}


def graph_of(data: dict[str, object]) -> Graph:
    return compile_outline(parse_outline(data))


def xml_of(graph: Graph) -> bytes:
    return to_bpmn(graph, lay_out(graph), {"mgr": "经理"})


@pytest.mark.parametrize("name", CORPUS)
def test_the_corpus_reads_back_whole(name: str) -> None:
    graph = graph_of(CORPUS[name])
    read = from_bpmn(xml_of(graph))
    assert read.graph == graph
    assert list(read.graph.nodes) == list(graph.nodes)
    assert read.problems == ()


def test_several_defaults_to_pick_from_read_back_whole() -> None:
    go = [{"if": "doc.amount", "go": ["draft", "last"]}, {"else": ["last", "end"]}]
    graph = graph_of(outline(DRAFT, people("ok", "review", "gm", go=go), people("last")))
    assert sum(flow.default for flow in graph.outgoing["ok"]) == 2
    assert from_bpmn(xml_of(graph)).graph == graph


def test_random_processes_read_back_whole() -> None:
    for seed in range(300):
        graph = graph_of(random_outline(seed))
        assert from_bpmn(xml_of(graph)).graph == graph, seed


@pytest.mark.parametrize("name", CORPUS)
def test_ids_are_unique_references_hold_and_all_is_drawn(name: str) -> None:
    root = etree.fromstring(xml_of(graph_of(CORPUS[name])))
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    refs = root.xpath(
        "//@sourceRef | //@targetRef | //@attachedToRef | //@default | //@bpmnElement | //@signalRef | //@errorRef"
    )
    assert set(map(str, refs)) <= set(map(str, ids))
    lanes = root.xpath("//b:flowNodeRef/text()", namespaces=NS)
    assert len(lanes) == len(set(lanes))
    drawn = set(root.xpath("//@bpmnElement"))
    assert {
        e.get("id")
        for e in root.xpath("//b:process//b:*[@id]", namespaces=NS)
        if not e.tag.endswith(("laneSet",))
    } <= drawn


def test_a_decision_is_a_task_and_a_gateway_with_two_ways() -> None:
    root = etree.fromstring(xml_of(graph_of(outline(DRAFT, people("ok", "approve", "gm", refuse="draft")))))
    ways = root.xpath("//b:sequenceFlow[@sourceRef='ok__decision']", namespaces=NS)
    assert {(w.get("name"), w.get("targetRef")) for w in ways} == {("同意", "end"), ("退回", "draft")}


def test_the_words_of_bpmn_are_used() -> None:
    root = etree.fromstring(xml_of(graph_of(CORPUS["beside"])))
    assert root.xpath("//b:boundaryEvent[@id='stop']/@cancelActivity", namespaces=NS) == ["true"]
    assert root.xpath(
        "//b:boundaryEvent[@id='late']/b:timerEventDefinition/b:timeDuration/text()", namespaces=NS
    ) == ["3wd"]
    assert root.xpath("//b:subProcess[@triggeredByEvent='true']/b:startEvent/@id", namespaces=NS) == [
        "always",
        "stopped",
    ]
    other = etree.fromstring(xml_of(graph_of(CORPUS["blocks"])))
    assert other.xpath(
        "//b:subProcess[@id='rows']/b:multiInstanceLoopCharacteristics/@isSequential", namespaces=NS
    ) == ["true"]
    assert other.xpath("//b:boundaryEvent[@attachedToRef='body']/b:errorEventDefinition", namespaces=NS)
    assert other.xpath("//b:callActivity", namespaces=NS) == []


def test_what_is_changed_in_an_editor_counts() -> None:
    text = xml_of(
        graph_of(outline(DRAFT, people("ok", "approve", "gm", name="批准", refuse="draft"), people("more")))
    ).decode()
    text = text.replace('name="批准"', 'name="核准"').replace(
        'id="ok__refuse" name="退回" sourceRef="ok__decision" targetRef="draft"',
        'id="ok__refuse" name="退回" sourceRef="ok__decision" targetRef="more"',
    )
    read = from_bpmn(text.encode()).graph
    assert read is not None
    assert read.nodes["ok"].name == "核准"
    assert read.nodes["ok"].rules["refuse"] == [{"go": "more"}]


def foreign(body: str) -> bytes:
    head = f'<definitions xmlns="{NS["b"]}" targetNamespace="x"><process id="p" isExecutable="true">'
    return f"{head}{body}</process></definitions>".encode()


FLOW = '<sequenceFlow id="{0}" sourceRef="{1}" targetRef="{2}"/>'
FORKED = (
    '<laneSet><lane name="经理"><flowNodeRef>a</flowNodeRef></lane></laneSet><startEvent id="s"/><task id="a" name="甲"/>'
    '<parallelGateway id="f"/><userTask id="b"/><subProcess id="sub"><startEvent id="ss"/><manualTask id="c"/><endEvent id="se"/>'
    '<sequenceFlow id="i1" sourceRef="ss" targetRef="c"/><sequenceFlow id="i2" sourceRef="c" targetRef="se"/></subProcess>'
    '<parallelGateway id="j"/><endEvent id="e"/>'
    '<boundaryEvent id="t" attachedToRef="b" cancelActivity="false"><timerEventDefinition><timeDuration>P1DT2H</timeDuration>'
    "</timerEventDefinition></boundaryEvent>"
    + "".join(
        FLOW.format(f"x{n}", *pair)
        for n, pair in enumerate(["sa", "af", "fb", ("f", "sub"), "bj", ("sub", "j"), "je"])
    )
)


def test_a_file_of_another_tool_becomes_a_graph_with_its_lists() -> None:
    read = from_bpmn(foreign(FORKED))
    assert read.graph is not None
    assert all(not p.stops for p in read.problems)
    nodes = read.graph.nodes
    assert (nodes["a"].kind, nodes["a"].lane, nodes["a"].name) == (Kind.TASK, "经理", "甲")
    assert nodes["b"].path == ("", "f.0")
    assert nodes["sub"].path == ("", "f.1")
    assert nodes["c"].path == ("", "f.1", "sub.")
    assert nodes["c"].scope == "sub"
    assert nodes["t"].rules["after"] == "1d 2h"
    assert nodes["t"].path == ("", "f.0")
    assert nodes["j"].path == ("",)
    assert {f.cut for f in read.graph.flows} == {""}


def test_a_way_out_of_a_branch_cuts_it() -> None:
    more = (
        FORKED.replace('sourceRef="b" targetRef="j"', 'sourceRef="b" targetRef="g"')
        + '<exclusiveGateway id="g" default="d"/>'
        + (
            FLOW.format("d", "g", "j")
            + '<sequenceFlow id="back" sourceRef="g" targetRef="a"><conditionExpression>doc.x</conditionExpression></sequenceFlow>'
        )
    )
    read = from_bpmn(foreign(more)).graph
    assert read is not None
    assert {f.id: f.cut for f in read.flows if f.cut} == {"back": "f.0"}


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ('<scriptTask id="z" name="跑"><script>import os</script></scriptTask>', "脚本任务不会执行"),
        ('<complexGateway id="z"/>', "不支持复杂网关"),
        ('<userTask id="z"><standardLoopCharacteristics/></userTask>', "不支持循环任务"),
        ('<callActivity id="z"/>', "没有写明调用哪个流程"),
        ('<subProcess id="z" triggeredByEvent="true"/>', "不支持事件子流程"),
        ('<intermediateCatchEvent id="z"><linkEventDefinition/></intermediateCatchEvent>', "不支持这种事件"),
        ('<userTask id="z"/>', "没有连线通向它"),
        ('<userTask id="a"/>', "编号重复"),
        (FLOW.format("z", "a", "nowhere"), "连线没有接到可执行的元素"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_told_by_element_and_the_drawing_kept(element: str, reason: str) -> None:
    data = foreign(FORKED + element)
    read = from_bpmn(data)
    assert read.graph is None
    assert read.xml == data
    assert reason in [p.reason for p in read.problems if p.stops and p.element in ("z", "a")]


def test_a_gateway_of_another_tool_needs_conditions_in_our_language() -> None:
    body = (
        '<startEvent id="s"/><exclusiveGateway id="g"/><endEvent id="e"/>'
        + FLOW.format("1", "s", "g")
        + FLOW.format("2", "g", "e")
    )
    body += '<sequenceFlow id="3" sourceRef="g" targetRef="e"><conditionExpression>${a &gt; 3}</conditionExpression></sequenceFlow>'
    assert [(p.element, p.reason) for p in from_bpmn(foreign(body)).problems] == [
        ("2", "网关的连线没有条件"),
        ("3", "条件不是本系统的表达式"),
    ]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><definitions xmlns="{}">&b;</definitions>'.format(
    NS["b"]
)


@pytest.mark.parametrize(
    "data",
    [
        BOMB.encode(),
        BOMB.encode("utf-16"),
        b"<!doctype html><html/>",
        b"",
        b"not xml",
        b"<a/>",
        b" " * (5 * 1024 * 1024 + 1),
    ],
    ids=["entities", "utf-16", "html", "empty", "text", "other", "large"],
)
def test_dangerous_files_are_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        from_bpmn(data)


def test_too_many_steps_are_refused() -> None:
    read = from_bpmn(foreign("".join(f'<task id="t{n}"/>' for n in range(5001))))
    assert read.graph is None


def test_broken_rules_stop_and_nothing_is_lost() -> None:
    data = xml_of(graph_of(outline(DRAFT))).replace(b'"kind":"task"', b'"kind":"bomb"')
    read = from_bpmn(data)
    assert read.graph is None
    assert read.xml == data
    assert ("draft", "步骤规则已损坏") in [(p.element, p.reason) for p in read.problems]


HOSTILE = [
    b'"rules":7',
    b'"rules":{"refuse":"draft"}',
    b'"rules":{"go":[{"go":3}]}',
    b'"rules":{"process":[]}',
    b'"path":3',
]


@pytest.mark.parametrize("data", HOSTILE)
def test_rules_of_a_wrong_build_stop_with_a_reason(data: bytes) -> None:
    text = xml_of(graph_of(outline(DRAFT)))
    key = data.split(b":")[0]
    start = text.index(
        key, text.index(b'"kind":"task"') - 20 if key == b'"path"' else text.index(b'"kind":"task"')
    )
    end = text.index(b"</bihuan:node>", start) - 1 if key == b'"rules"' else text.index(b"]", start) + 1
    read = from_bpmn(text[:start] + data + text[end:])
    assert read.graph is None
    assert [p.reason for p in read.problems if p.element == "draft"] == ["步骤规则已损坏"]


def test_a_refusal_to_a_step_that_is_gone_is_told() -> None:
    steps = (
        DRAFT,
        {"id": "b", "steps": [people("inner", "fill")]},
        people("ok", "approve", "gm", refuse="inner"),
    )
    read = from_bpmn(xml_of(graph_of(outline(*steps))).replace(b'"go":"inner"', b'"go":"other"'))
    assert [(p.element, p.reason) for p in read.problems] == [("ok", "退回的去向 other 已不在图中")]
