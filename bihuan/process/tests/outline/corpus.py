"""Small outlines that together use every element of the grammar."""

# ruff: noqa: E501  (rows of tables are easier to read whole)

from __future__ import annotations

from typing import Any

from bihuan.process.outline.known import FieldShape, FormShape, Known, ProcessShape


def outline(*steps: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """An outline round some steps."""
    return {
        "code": "T-001",
        "name": "测试流程",
        "owner": "marketing",
        "purpose": "测试",
        "document": "F-001",
        "start": ["mgr"],
        "steps": list(steps),
        "end": {"state": "已完成"},
        **keys,
    }


DRAFT = {"id": "draft", "do": "fill", "by": "mgr"}


def people(id: str, do: str = "do", by: Any = "mgr", **keys: Any) -> dict[str, Any]:
    return {"id": id, "do": do, "by": by, **keys}


CORPUS: dict[str, dict[str, Any]] = {
    "texts": outline({**DRAFT, "num": [1, "2a"], "name": {"zh-Hans": "填写", "en": "Fill"}, "standard": "标准", "caution": "小心",
                      "input": ["F-002"], "origin": {"due": "stated"}}),
    "decisions": outline(
        DRAFT,
        people("check", "review", {"superior": 1, "of": "doc.owner"}, refuse="draft", into="opinion"),
        people("ok", "approve", [{"if": "doc.amount > 5", "by": "gm"}, {"else": ["head", "gm"]}],
               refuse=[{"if": "doc.amount", "refuse": ["draft", "check"]}, {"else": "end"}]),
        people("vote", "round", ["mgr", "head", "gm"], mode="ratio", veto=["gm"], wait_all=False, **{"pass": 0.6}),
        people("sheets", "separate", ["mgr", {"slot": "gm", "due": "3wd", "via": "head"}], due={"normal": "2wd", "urgent": "1wd"}),
        people("together", "all_sign", ["mgr", "gm"], lead="head", labels={"approve": "签准", "refuse": "签否"}, approves=True,
               refuse={"go": "draft", "set": {"title": "退"}, "notify": ["mgr"]}, deny=["transfer"]),
        people("turns", "sequential", {"table": "amounts", "with": {"amount": "=doc.amount"}}),
        people("first", "any_sign", {"chain": {"until": "gm"}}, hidden_until_done=True),
    ),
    "documents": outline(
        DRAFT,
        people("sheets", form=["F-002", {"blank": "F-002 0..1"}, {"many": "F-002 0..n"}, "F-002 1..n"], write=["title", "many.note"],
               require=["title"], hide=["owner"], read=["amount"]),
        people("own", "fill", document={"own": "F-002"}, **{"with": {"note": "=doc.title"}}),
        people("both", "approve", "gm", document=["F-001", "own"], refuse=["draft", "own"]),
        people("next", "fill", document="docs.own.source"),
        people("due", due=[{"if": "doc.amount", "due": "doc.day - 3wd"}, {"else": {"monthly": "-1wd", "shift": "next_workday"}}]),
    ),
    "flow": outline(
        DRAFT,
        {"id": "gate", "gate": [{"if": "doc.amount > 1", "go": "two"}, {"if": "doc.title == '是'", "go": {"go": "one", "set": {"title": "一"}}}, {"else": "end"}]},
        people("one", go=["two", "draft", "end"]),
        people("two", go=[{"if": "doc.amount", "go": "one"}, {"else": "three"}]),
        people("three"),
        {"id": "stop", "end": {"state": "不予办理"}},
        people("late", name="另一入口"),
        start=["mgr", {"by": "gm", "at": "late", "name": "补办", "with": {"title": "补"}},
               {"schedule": {"monthly": 26, "shift": "previous_workday"}, "ahead": "5wd", "for": "next", "by": "mgr", "each": "slot.mgr", "at": "late"},
               {"event": "F-002.created", "if": "row.note", "by": "mgr", "at": "late", "once": "row.note", "document_as": "seen"}],
    ),
    "blocks": outline(
        DRAFT,
        {"id": "par", "parallel": [[people("a"), {"id": "inner", "parallel": [[people("b")], [people("c", go="draft")]]}], [people("d", go=["end", "draft"])]], "when": "doc.amount > 1"},
        {"id": "inc", "inclusive": [{"if": "doc.amount", "steps": [people("e")]}, {"ask": "要访谈吗", "if": "doc.title", "steps": [people("f")]}]},
        {"id": "rows", "each": "doc.lines", "order": "sequential", "steps": [people("g", "fill", {"field": "row.owner"}, document={"sheet": "F-002"}),
                                                                    people("h", "review", "gm", document="sheet", refuse="g")]},
        {"id": "body", "document": "F-002", "steps": [people("i", "fill"), people("j", go=["end", "draft"])], "go": "last"},
        people("skipped"),
        people("last", by={"starter": True}, when={"ask": "抄送", "if": "doc.amount"}),
        people("mine", by={"field": "row"}, each="slot.mgr"),
        start=["mgr", {"by": "mgr", "at": "skipped"}],
    ),
    "beside": outline(
        DRAFT,
        people("run"),
        {"id": "late", "watch": "run", "after": "3wd", "do": "escalate", "to": "gm"},
        {"id": "daily", "watch": "run", "every": {"daily": "09:00"}, "do": "remind"},
        {"id": "given", "watch": "run", "after": "9wd", "do": "pass"},
        {"id": "pressed", "watch": "run", "by": "mgr", "name": "修订", "steps": [people("revise", "fill", {"did": "pressed"}), people("ok", "approve", "gm", refuse="revise")]},
        {"id": "stop", "watch": "run", "event": "metric.value.created", "if": "row.red", "interrupt": True, "go": "finish"},
        {"id": "both", "parallel": [[people("left")], [people("right")]]},
        {"id": "halt", "watch": "both", "by": "gm", "interrupt": True, "go": "finish"},
        {"id": "always", "watch": "case", "after": "30d", "steps": [people("look", by="gm")]},
        {"id": "stopped", "watch": "case", "by": "gm", "interrupt": True, "go": "finish"},
        people("finish"),
    ),
    "waits": outline(
        DRAFT,
        {"id": "rest", "wait": "30d"},
        {"id": "heard", "wait": {"event": "lead.created", "if": "row.a"}},
        {"id": "some", "wait": [{"if": "doc.amount", "wait": "1d"}, {"else": "doc.day"}]},
        {"id": "race", "wait": [{"after": "3d", "go": "end"}, {"event": "lead.created", "if": "row.a", "go": {"go": "draft", "notify": "gm"}}]},
        people("after_race"),
        start=["mgr", {"by": "mgr", "at": "after_race"}],
    ),
    "outcomes": outline(
        {**DRAFT, "set": {"title": "=doc.title", "note": [{"if": "doc.amount", "value": "多"}, {"else": "少"}]}, "post": ["budget.reserve", {"target.write": {"each": "doc.lines", "key": "=row.owner"}}],
         "opens": [{"process": "T-002", "at": "start", "document_as": {"plan": {"find": "F-001"}}, "if": "doc.amount", "once": "doc.title"}],
         "notify": [{"if": "doc.amount", "notify": ["gm"]}, {"else": "mgr"}], "text": "好 {doc.title}", "confirm": {"expr": "[doc.owner]"}},
        {"id": "rows", "each": "doc.lines", "opens": [{"process": "T-002"}]},
        {"id": "called", "call": ["T-002", "T-003"], "with": {"level": "常规"}, "document_as": "report", "set": {"title": "=docs.report.title"}},
        {"id": "maybe", "call": "X-001", "pack": "other", "by": "mgr", "form": "F-002", "due": "5wd"},
        end={"state": "已完成", "archive": "permanent", "opens": [{"process": "T-002"}], "post": ["budget.close"], "notify": ["gm"]},
    ),
}  # fmt: skip


FORMS = {
    "F-001": FormShape(
        "paper",
        {
            "title": FieldShape("text", required=True),
            "amount": FieldShape("money"),
            "owner": FieldShape("user"),
            "day": FieldShape("date"),
            "opinion": FieldShape("approval"),
            "lines": FieldShape("table", {"owner": FieldShape("user"), "qty": FieldShape("int")}),
            "source": FieldShape("ref", to=("F-002",)),
        },
    ),
    "F-002": FormShape("sheet", {"note": FieldShape("text"), "source": FieldShape("ref", to=("F-001",))}),
}
KNOWN = Known(
    slots=frozenset({"mgr", "head", "gm"}),
    forms=FORMS,
    processes={"T-002": ProcessShape(frozenset({"start"}), "F-002"), "T-003": ProcessShape(document="F-001")},
    tables=frozenset({"amounts"}),
    settings=frozenset({"t001.mode"}),
    registers={
        "budget": frozenset({"reserve", "close"}),
        "target": frozenset({"write"}),
        "lead": frozenset(),
        "metric.value": frozenset(),
    },
)
