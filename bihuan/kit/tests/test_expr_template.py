"""Sentences with expressions in braces."""

from __future__ import annotations

from datetime import date

import pytest

from bihuan.kit.expr import LEAF, ExprError, parse_template

ROOTS = {
    "doc": {"title": "春季调研", "due": date(2026, 3, 9), "n": None},
    "docs": {"plan": {"meta": {"no": "SC-7"}}},
}


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("请确认", "请确认"),
        ("请在{doc.due}前确认《{ doc.title }》{doc.n}", "请在2026-03-09前确认《春季调研》"),
        ("{docs.plan}第{1 + 1}版", "SC-7第2版"),
    ],
)
def test_fill(source, sentence):
    assert parse_template(source).fill(ROOTS) == sentence


def test_names():
    template = parse_template("{doc.title}:{doc.n + 1}")
    assert template.names == {"doc.title", "doc.n"}
    assert template.refuse_unknown({"doc": {"title": LEAF}}) == ["没有名称doc.n"]
    assert parse_template("好").names == frozenset()


@pytest.mark.parametrize(
    "bad", ["{", "}", "{}", "{doc.title", "{{doc.title}}", "{doc.title.format(1)}", "{doc.title!r}"]
)
def test_refused(bad):
    with pytest.raises(ExprError):
        parse_template(bad)
