"""Outlines are read strictly, and every mistake says where it is."""

# ruff: noqa: E501  (rows of tables are easier to read whole)

from __future__ import annotations

import pytest

from bihuan.process.outline.problems import OutlineError
from bihuan.process.outline.schema import json_schema, parse_outline
from bihuan.process.tests.outline.corpus import CORPUS, DRAFT, outline, people


@pytest.mark.parametrize("name", CORPUS)
def test_every_element_of_the_grammar_is_read(name: str) -> None:
    assert parse_outline(CORPUS[name]).code == "T-001"


MISTAKES = [
    (outline({**DRAFT, "refuze": "x"}), ("steps", 0, "refuze"), "不认识的键 refuze"),
    (outline(DRAFT, colour="red"), ("colour",), "不认识的键 colour"),
    (outline({**DRAFT, "gate": [{"if": "a", "go": "b"}, {"else": "c"}]}), ("steps", 0), "一个步骤只能是一种:do、gate"),
    (outline({"id": "draft", "do": "fill"}), ("steps", 0), "缺少 by"),
    (outline({**DRAFT, "do": "fil"}), ("steps", 0, "do"), "fil 不是可用的值"),
    (outline({**DRAFT, "refuse": "end"}), ("steps", 0, "refuse"), "refuse 不能用在这种步骤上"),
    (outline(DRAFT, {"id": "g", "gate": [{"if": "a", "go": "draft"}, {"if": "b", "go": "end"}]}), ("steps", 1, "gate"), "gate 须以唯一的 else 结尾"),
    (outline(people("a", by={"head": "x"})), ("steps", 0, "by"), "人员写法不对:head"),
    (outline(people("a", by=[])), ("steps", 0, "by"), "没有人"),
    (outline(people("a", due={"montly": 5})), ("steps", 0, "due", "montly"), "时间表里不认识的键 montly"),
    (outline(people("a", due={"daily": "25:00"})), ("steps", 0, "due", "daily"), "25:00 不是 daily 的日子"),
    (outline(people("a", due=[{"if": "doc.a", "due": "1wd"}])), ("steps", 0, "due"), "选择须以 else 结尾"),
    (outline(people("a", form="F-002 0..9")), ("steps", 0, "form"), "F-002 0..9 不是随附表单(如 F-008、F-004 0..n)"),
    (outline(people("a", post=["reserve"])), ("steps", 0, "post", 0), "reserve 不是“登记簿.动作”"),
    (outline({"id": "x", "watch": "draft", "do": "remind"}), ("steps", 0), "watch 须恰有一个触发:after、every、event 或 by"),
    (outline({"id": "x", "watch": "draft", "after": "1d", "do": "fill"}), ("steps", 0, "do"), "watch 的 do 只能是 escalate、remind、pass"),
    (outline({"id": "x"}), ("steps", 0), "步骤没有种类,也没有结果"),
    (outline({"id": "w", "wait": [{"go": "end"}]}), ("steps", 0, "wait", 0), "wait 的每一项写 after 或 event 之一"),
    (outline(DRAFT, {"id": "p", "parallel": [[people("a", bye="x")]]}), ("steps", 1, "parallel", 0, 0, "bye"), "不认识的键 bye"),
    (outline(DRAFT, name={"en": "No Chinese"}), ("name",), "多语言文字须有 zh-Hans,可有 zh-Hant、en"),
    (outline(people("a", origin="guess")), ("steps", 0, "origin"), "来源只能是 stated、mixed、convention"),
    (outline(people("a__b")), ("steps", 0, "id"), "a__b 的写法不对"),
    (outline(DRAFT, start=[{"at": "draft"}]), ("start", 0), "缺少 by"),
    (outline(people("v", "round", mode="ratio")), ("steps", 0), "缺少 pass"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "path", "text"), MISTAKES, ids=[m[2] for m in MISTAKES])
def test_a_mistake_is_named_with_its_place(
    data: dict[str, object], path: tuple[object, ...], text: str
) -> None:
    with pytest.raises(OutlineError) as caught:
        parse_outline(data, "T-001.yaml")
    assert [(p.path, p.text) for p in caught.value.problems] == [(path, text)]
    assert "T-001.yaml" in str(caught.value)


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    with pytest.raises(OutlineError) as caught:
        parse_outline(outline(people("a", buy="x"), people("b", due=[])) | {"owner": 3})
    assert {p.key for p in caught.value.problems} >= {"buy", "owner"}


def test_a_file_that_is_no_map_is_refused() -> None:
    with pytest.raises(OutlineError):
        parse_outline(["steps"])


def test_the_json_schema_knows_the_keys_as_the_file_has_them() -> None:
    schema = json_schema()
    assert "with" in schema["$defs"]["Step"]["properties"]
    assert schema["additionalProperties"] is False
