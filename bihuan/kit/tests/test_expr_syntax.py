"""What is allowed in an expression, the names it uses, and what is said about wrong ones."""

from __future__ import annotations

import string
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.kernel.errors import Invalid
from bihuan.kit import expr
from bihuan.kit.expr import ANY, LEAF, PERIOD, RANGE, ExprError
from bihuan.kit.expr.functions import FUNCTIONS


@pytest.mark.parametrize(
    "source",
    [
        "",
        "   ",
        "1 +",
        "a = 1",
        "a; b",
        "doc.__class__",
        "__import__('os')",
        "doc._private",
        "doc.lines.append(1)",
        "'a'.format(1)",
        "doc.f(1)",
        "(lambda: 1)()",
        "lambda x: x",
        "2**10**9",
        "1 << 99",
        "a @ b",
        "~1",
        "range(9)",
        "eval('1')",
        "getattr(doc, 'x')",
        "len(doc, 1)",
        "sum()",
        "round(1, ndigits=2)",
        "max(*doc.lines)",
        "[*a]",
        "f'{doc.x}'",
        "b'x'",
        "1j",
        "...",
        "1e999",
        "doc.lines[1:]",
        "{1: 2}",
        "{1, 2}",
        "{x for x in a}",
        "[(a, b) for a, b in c]",
        "[x async for x in y]",
        "(x := 1)",
        "await x",
        "yield",
        "a is b",
        "a is 3",
        "[sum for sum in a]",
        "a\x00b",
        "doc.标题 is",
    ],
)
def test_refused(source):
    with pytest.raises(ExprError):
        expr.compile(source)


def test_error_is_one_people_can_read():
    with pytest.raises(Invalid) as error:
        expr.compile("doc.lines.append(1)")
    assert error.value.text() == "只能调用函数，不能调用方法"


def test_length_and_depth_are_bounded():
    expr.compile("+".join(["1"] * 19))
    with pytest.raises(ExprError, match="20"):
        expr.compile("+".join(["1"] * 21))
    with pytest.raises(ExprError, match="20"):
        expr.compile("-" * 400 + "1")
    with pytest.raises(ExprError):
        expr.compile("(" * 249 + "1" + ")" * 249)
    expr.compile("[" + "1," * 249 + "]")
    with pytest.raises(ExprError, match="500"):
        expr.compile("1" * 501)


def test_lines_may_be_folded():
    assert expr.compile("1 +\n  2\n").value({}) == 3


def test_compile_is_cached():
    assert expr.compile("doc.x + 1") is expr.compile("doc.x + 1")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (
            "doc.plan_level == '常规' and setting.sc001.routine_skips == 'x'",
            {"doc.plan_level", "setting.sc001.routine_skips"},
        ),
        ("doc['class'] == 1", {"doc.class"}),
        ("docs.risk_monitor[-1].indicators", {"docs.risk_monitor.indicators"}),
        ("doc.lines[row.n].qty", {"doc.lines.qty", "row.n"}),
        ("sum(l.qty * l.price for l in doc.lines)", {"doc.lines", "doc.lines.qty", "doc.lines.price"}),
        ("[l for d in docs.own for l in d.lines]", {"docs.own", "docs.own.lines"}),
        ("[x.y for x in [doc.a, doc.b] if x.z]", {"doc.a", "doc.b"}),
        ("first(doc.a, doc.b).c", {"doc.a", "doc.b"}),
        ("days(today, doc.effective) >= 3", {"today", "doc.effective"}),
        (
            "all(any(t in s.content for s in doc.full) for t in ['a'])",
            {"doc.full", "doc.full.content"},
        ),
        ("[doc.b for doc in doc.a]", {"doc.a", "doc.a.b"}),
        ("sum", {"sum"}),
        ("1 + 2", set()),
    ],
)
def test_names(source, names):
    assert expr.compile(source).names == names


def test_inputs_record_what_was_read():
    compiled = expr.compile(
        "doc.total > 5 and any(l.kind == 'a' for l in doc.lines) and docs.plan and doc.ref.total"
    )
    roots = {
        "doc": {"total": Decimal(7), "lines": [{"kind": "a"}, {"kind": None}], "ref": None},
        "docs": {"plan": {"meta": {"no": "SC-1"}, "body": "long"}},
    }
    assert compiled.inputs(roots) == {
        "doc.total": Decimal(7),
        "doc.lines.kind": ["a", None],
        "docs.plan": "SC-1",
        "doc.ref.total": None,
    }


SHAPE = {
    "doc": {
        "plan_level": LEAF,
        "window": RANGE,
        "month": PERIOD,
        "extra": ANY,
        "lines": {"amount": LEAF, "item": LEAF},
        "plan_ref": lambda key: {"budget_total": LEAF, "lines": {"amount": LEAF}}.get(key),
    },
    "today": LEAF,
}


@pytest.mark.parametrize(
    "source",
    [
        "doc.plan_level == 'x' and doc.window.start <= today",
        "sum(l.amount for l in doc.lines)",
        "doc.plan_ref.budget_total",
        "[l.amount for l in doc.plan_ref.lines]",
        "doc.extra.what.ever",
        "doc.month.end.year",
        "1 + 2",
    ],
)
def test_known_names(source):
    assert expr.problems(source, SHAPE) == []
    assert expr.compile(source).refuse_unknown(SHAPE) == []


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        ("doc.plan_levl", ["没有名称doc.plan_levl，是否指plan_level？"]),
        ("dok.x", ["没有名称dok，是否指doc？"]),
        ("nowhere.a.b", ["没有名称nowhere"]),
        ("sum(l.amont for l in doc.lines)", ["没有名称doc.lines.amont，是否指amount？"]),
        ("doc.plan_ref.nope", ["没有名称doc.plan_ref.nope"]),
        ("doc.plan_level.x", ["没有名称doc.plan_level.x"]),
        ("doc.b1 + doc.a1", ["没有名称doc.a1", "没有名称doc.b1"]),
        ("doc.zz.a + doc.zz.b", ["没有名称doc.zz"]),
        ("1 +", ["表达式写法有误：1 +"]),
    ],
)
def test_unknown_names(source, messages):
    assert expr.problems(source, SHAPE) == messages


ROOTS = {
    "doc": {"a": 1, "b": None, "c": "文", "d": date(2026, 1, 1), "lines": [{"a": 1}]},
    "x": [1, 2],
    "f": 0.5,
}
WORDS = [
    *[
        "doc",
        "doc.a",
        "doc.b",
        "doc.c",
        "doc.d",
        "doc.lines",
        "x",
        "f",
        "l",
        "l.a",
        "None",
        "True",
        "'a'",
        "1",
        "0.5",
    ],
    *[
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "<",
        "==",
        "!=",
        "in",
        "not",
        "is",
        "and",
        "or",
        "if",
        "else",
        "for",
    ],
    *["(", ")", "[", "]", ",", ".", ":", "lambda", "__class__", *FUNCTIONS],
]


def only_known_errors(source: str) -> None:
    try:
        compiled = expr.compile(source)
        compiled.inputs(ROOTS)
        compiled.refuse_unknown({})
        compiled.check(ROOTS)
        compiled.value(ROOTS)
    except ExprError as error:
        str(error)


@given(st.lists(st.sampled_from(WORDS), max_size=14))
@settings(max_examples=400)
def test_random_words_raise_nothing_else(words):
    only_known_errors(" ".join(words))


@given(st.text(st.sampled_from(string.printable + "文，（\x00\ud800"), max_size=60))
@settings(max_examples=300)
def test_random_text_raises_nothing_else(source):
    only_known_errors(source)


OPERANDS = st.sampled_from(
    [
        "doc",
        "doc.a",
        "doc.b",
        "doc.c",
        "doc.d",
        "doc.lines",
        "x",
        "f",
        "None",
        "True",
        "'a'",
        "0",
        "2.5",
        "[]",
    ]
)
EXPRESSIONS = st.recursive(
    OPERANDS,
    lambda inner: st.one_of(
        st.builds(
            "({} {} {})".format,
            inner,
            st.sampled_from(["+", "-", "*", "/", "//", "%", "<", "==", "in"]),
            inner,
        ),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[v for v in {} if {}]".format, inner, inner),
        st.builds("{}({})".format, st.sampled_from(sorted(FUNCTIONS)), inner),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("(not {})".format, inner),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
@settings(max_examples=600)
def test_well_formed_expressions_raise_nothing_else(source):
    only_known_errors(source)
