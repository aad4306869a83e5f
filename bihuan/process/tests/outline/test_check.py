"""The static check finds planted mistakes, each with its place, and finds nothing in good outlines."""

# ruff: noqa: E501  (rows of tables are easier to read whole)

from __future__ import annotations

from typing import Any

import pytest

from bihuan.process.outline.check import check_outline
from bihuan.process.outline.known import Known, ProcessShape
from bihuan.process.outline.schema import parse_outline
from bihuan.process.tests.outline.corpus import DRAFT, FORMS, KNOWN, outline, people

OK = people("ok", "approve", "gm", refuse="draft")


def found(*steps: dict[str, Any], known: Known = KNOWN, **keys: Any) -> list[tuple[str, str]]:
    problems = check_outline(parse_outline(outline(*steps, **keys)), known)
    return [(".".join(map(str, p.path)), p.text) for p in problems]


def test_a_good_outline_has_no_problem() -> None:
    assert (
        found(DRAFT, OK, people("rows", each="doc.lines", by={"field": "row.owner"}, due="doc.day + 3wd"))
        == []
    )


MISTAKES: list[tuple[str, tuple[dict[str, Any], ...], str, str]] = [
    ("double id", (DRAFT, people("draft")), "steps.1.id", "步骤编号 draft 重复"),
    ("reserved id", (DRAFT, people("author")), "steps.1.id", "步骤编号 author 是保留字"),
    ("unknown target", (DRAFT, people("a", go="nowhere")), "steps.1.go", "没有步骤 nowhere"),
    ("unknown refusal", (DRAFT, people("a", "approve", "gm", refuse=["draft", "nowhere"])), "steps.1.refuse.1", "没有步骤 nowhere"),
    ("target in a block", (DRAFT, {"id": "b", "steps": [people("in")]}, people("a", go="in")), "steps.2.go", "从这里到不了步骤 in"),
    ("target in a sibling branch", (DRAFT, {"id": "b", "parallel": [[people("x", go="y")], [people("y")]]}), "steps.1.parallel.0.0.go", "从这里到不了步骤 y"),
    ("refusal into a side branch", (DRAFT, {"id": "w", "watch": "draft", "by": "mgr", "steps": [people("s")]}, people("a", "approve", "gm", refuse="s")), "steps.2.refuse", "从这里到不了步骤 s"),
    ("watch of nothing", (DRAFT, {"id": "w", "watch": "nowhere", "after": "1d", "do": "remind"}), "steps.1.watch", "没有步骤 nowhere"),
    ("watch of a gate", (DRAFT, {"id": "g", "gate": [{"if": "doc.amount", "go": "draft"}, {"else": "end"}]}, {"id": "w", "watch": "g", "after": "1d", "do": "remind"}), "steps.2.watch", "watch 只能看人办的步骤、块或调用"),
    ("unreachable step", (people("draft", "fill", go="end"), people("lost")), "steps.1.id", "没有路走到步骤 lost"),
    ("dead end", (DRAFT, people("a", go="b"), people("b", go="a")), "steps.1.id", "从步骤 a 走不到结束"),
    ("unbalanced join", (DRAFT, {"id": "p", "parallel": [[people("x", go="draft")], [people("y")]]}), "steps.1.parallel.0", "这一分支从不到达汇合处,汇合会一直等待"),
    ("unknown slot", (DRAFT, people("a", by=["mgr", "nobody"])), "steps.1.by", "没有岗位 nobody,这个位置没有人"),
    ("unknown slot in a choice", (DRAFT, people("a", by=[{"if": "doc.amount", "by": "nobody"}, {"else": "gm"}])), "steps.1.by", "没有岗位 nobody,这个位置没有人"),
    ("unknown slot told", (DRAFT, people("a", notify=["nobody"])), "steps.1.notify", "没有岗位 nobody,这个位置没有人"),
    ("unknown table", (DRAFT, people("a", by={"table": "sums"})), "steps.1.by", "没有路线表 sums"),
    ("unknown form", (DRAFT, people("a", form="F-999")), "steps.1.form", "没有表单 F-999"),
    ("unknown document", (DRAFT, people("a", "fill", document="F-999")), "steps.1.document", "没有表单 F-999"),
    ("unknown process", (DRAFT, {"id": "c", "call": "T-999"}), "steps.1.call", "没有流程 T-999"),
    ("unknown entrance", (DRAFT, people("a", opens=[{"process": "T-002", "at": "middle"}])), "steps.1.opens.0.process", "流程 T-002 没有步骤 middle"),
    ("unknown field written", (DRAFT, people("a", write=["title", "colour"])), "steps.1.write.1", "表单 paper 没有字段 colour"),
    ("unknown field of another document", (DRAFT, people("a", form="F-002", write=["sheet.colour"])), "steps.1.write.0", "表单 sheet 没有字段 colour"),
    ("unknown field for the decision", (DRAFT, people("a", "approve", "gm", into="colour")), "steps.1.into", "表单 paper 没有字段 colour"),
    ("unknown field set", (DRAFT, people("a", set={"colour": "红"})), "steps.1.set.colour", "表单 paper 没有字段 colour"),
    ("decided before it is there", (DRAFT, people("a", "approve", "gm", document="F-002", refuse="draft"), people("b", "fill", document="F-002")), "steps.1.document", "单据 sheet 在此之前没有人填写"),
    ("required field nobody opens", (people("draft", "fill", write=["amount"]),), "steps.0.write", "没有步骤填写必填字段 title"),
    ("only watches", (DRAFT, {"id": "b", "steps": [{"id": "w", "watch": "draft", "after": "1d", "do": "remind"}]}), "steps.1.steps", "这里没有可走的步骤"),
    ("pick without a person", (DRAFT, {"id": "c", "call": "T-002", "go": ["draft", "end"]}), "steps.1.go", "只有一人办理的步骤才能挑选去向"),
    ("pick of several", (DRAFT, people("a", "collect", go=["draft", "end"])), "steps.1.go", "只有一人办理的步骤才能挑选去向"),
    ("entrance inside a block", (DRAFT, {"id": "b", "steps": [people("in")]}), "start.1.at", "从这里到不了步骤 in"),
    ("bad event", (DRAFT, {"id": "w", "watch": "draft", "event": "F-002.burnt", "do": "remind"}), "steps.1.event", "F-002.burnt 不是事件"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "steps", "path", "text"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_a_planted_mistake_is_named(
    name: str, steps: tuple[dict[str, Any], ...], path: str, text: str
) -> None:
    start = ["mgr", {"by": "mgr", "at": "in"}] if name == "entrance inside a block" else ["mgr"]
    assert (path, text) in found(*steps, start=start)


WORDS: list[tuple[str, dict[str, Any], str]] = [
    ("gate", {"id": "g", "gate": [{"if": "doc.colour == 1", "go": "draft"}, {"else": "end"}]}, "steps.1.gate.0.if"),
    ("when", people("a", when="doc.colour"), "steps.1.when"),
    ("asked default", people("a", when={"ask": "要吗", "if": "doc.colour"}), "steps.1.when.if"),
    ("rule", people("a", rules=[{"check": "doc.colour", "message": "错"}]), "steps.1.rules.0.check"),
    ("value", people("a", set={"title": "=doc.colour"}), "steps.1.set.title"),
    ("column", people("a", rules=[{"check": "all(l.colour for l in doc.lines)", "message": "错"}]), "steps.1.rules.0.check"),
    ("date", people("a", due="doc.colour - 3wd"), "steps.1.due"),
    ("date in a choice", people("a", due=[{"if": "doc.amount", "due": "doc.colour"}, {"else": "1wd"}]), "steps.1.due.0.due"),
    ("setting", people("a", when="setting.t001.colour"), "steps.1.when"),
    ("document", people("a", when="docs.colour"), "steps.1.when"),
    ("reference", people("a", when="doc.source.colour"), "steps.1.when"),
    ("person", people("a", by={"field": "doc.colour"}), "steps.1.by.field"),
    ("rows", {"id": "r", "each": "doc.colour", "post": ["budget.reserve"]}, "steps.1.each"),
    ("text", people("a", notify="gm", text="好 {doc.colour}"), "steps.1.text"),
    ("syntax", people("a", when="doc.amount >"), "steps.1.when"),
    ("call of a method", people("a", when="doc.title.upper()"), "steps.1.when"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "step", "path"), WORDS, ids=[w[0] for w in WORDS])
def test_an_expression_over_what_is_not_there_is_named(name: str, step: dict[str, Any], path: str) -> None:
    assert path in [at for at, _ in found(DRAFT, step)]


def test_documents_of_other_cases_are_known() -> None:
    given = ProcessShape(given={"plan": "F-002"}, entered=frozenset({"later"}))
    known = Known(KNOWN.slots, FORMS, {**KNOWN.processes, "T-001": given}, KNOWN.tables, KNOWN.settings, None)
    steps = (
        people("draft", "fill", go="end"),
        people("later", "approve", "gm", document="plan", when="docs.plan.note"),
    )
    assert found(*steps, known=known) == []
    assert {path for path, _ in found(*steps)} >= {"steps.1.id", "steps.1.when", "steps.1.document"}


def test_start_items_and_endings_are_checked_too() -> None:
    start = [{"by": "nobody", "at": "nowhere", "once": "doc.colour"}]
    paths = {path for path, _ in found(DRAFT, start=start, end={"state": "完", "notify": "nobody"})}
    assert paths == {"start.0.by", "start.0.at", "start.0.once", "end.notify"}
