"""What expressions evaluate to (formats.md, "Expressions and values")."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bihuan.kernel.clock import TZ
from bihuan.kernel.period import Period
from bihuan.kit import expr
from bihuan.kit.expr import ExprError

ROOTS = {
    "doc": {
        "n": None,
        "zero": 0,
        "qty": 3,
        "price": Decimal("19.99"),
        "rate": 0.1,
        "kind": "年度",
        "class": "特殊",
        "methods": ["问卷", "访谈"],
        "none_yet": [],
        "lines": [{"qty": 2, "price": Decimal("1.10"), "ok": True}, {"qty": 3, "price": None, "ok": False}],
        "time": {"start": datetime(2026, 3, 5, 14, tzinfo=TZ), "end": datetime(2026, 3, 6, 18, tzinfo=TZ)},
        "day": date(2026, 3, 5),
        "period": Period.parse("2026-Q1"),
        "plan": {"meta": {"no": "SC-7", "passed": date(2026, 1, 10)}, "total": 100},
        "gone": None,
    },
    "docs": {"risk": [{"grade": "一般"}, {"grade": "重大"}], "plan": {"sample": 30}},
    "setting": {"sc001": {"routine_skips": "gm_opinion"}},
    "today": date(2026, 3, 2),
    "slot": {"a": [1], "b": [2, 3]},
}


def value(source: str):
    return expr.compile(source).value(ROOTS)


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("0.1 + 0.2 == 0.3", True),
        ("doc.rate + 0.2 == 0.3", True),
        ("doc.qty * doc.price", Decimal("59.97")),
        ("sum(l.qty for l in doc.lines)", 5),
        ("sum(l.qty * l.price for l in doc.lines)", Decimal("2.20")),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("10 / 4", Decimal("2.5")),
        ("-doc.qty", -3),
        ("+doc.qty", 3),
        ("1 < doc.qty <= 3", True),
        ("3 < doc.qty < 1 / 0", False),
        ("'a' + 'b'", "ab"),
        ("slot.a + slot.b", [1, 2, 3]),
        ("doc['class'] == '特殊'", True),
        ("doc.methods[0]", "问卷"),
        ("doc.methods[-1]", "访谈"),
        ("doc.methods[7]", None),
        ("docs.risk[-1].grade", "重大"),
        ("'A' if doc.qty >= 3 else 'B'", "A"),
        ("not doc.none_yet and not doc.gone", True),
        ("doc.n or doc.qty", 3),
        ("[l for d in docs.risk for l in [d.grade]]", ["一般", "重大"]),
        ("[x for x in [1, 2, 3] if x > 1]", [2, 3]),
        ("[l.qty for l in (doc.lines)]", [2, 3]),
        ("doc.kind in ['年度', '月度'] and '问卷' in doc.methods", True),
        ("'年' in doc.kind", True),
        ("'现场' not in doc.methods", True),
        ("3 in [3.0]", True),
        ("setting.sc001.routine_skips == 'gm_opinion'", True),
        ("doc.period.end.month", 3),
        ("doc.period.code", "2026-Q1"),
        ("doc.period == '2026-Q1'", True),
        ("doc.period == 'x'", False),
        ("doc.plan.meta.no", "SC-7"),
    ],
)
def test_value(source, result):
    assert value(source) == result


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("doc.n + 1", 1),
        ("1 - doc.n", 1),
        ("doc.n - 1", -1),
        ("doc.n + doc.n", 0),
        ("-doc.n", 0),
        ("doc.n + 'a'", "a"),
        ("doc.methods + doc.n", ["问卷", "访谈"]),
        ("sum([1, doc.n, 2])", 3),
        ("sum(doc.n)", 0),
        ("doc.n * 2", None),
        ("2 / doc.n", None),
        ("doc.qty / doc.zero", None),
        ("doc.qty // 0", None),
        ("doc.qty % 0", None),
        ("doc.gone.total", None),
        ("doc.gone[0]", None),
        ("doc.gone.meta.passed", None),
        ("[x for x in doc.gone]", []),
    ],
)
def test_empty_values_count_zero_or_stay_empty(source, result):
    assert value(source) == result


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">=", "in", "not in"])
def test_a_comparison_with_an_empty_value_is_false_but_holds_in_a_check(operator):
    for source in (f"doc.n {operator} doc.qty", f"doc.qty {operator} doc.n", f"doc.n {operator} doc.gone"):
        compiled = expr.compile(source)
        assert compiled.value(ROOTS) is False
        assert compiled.holds(ROOTS) is False
        assert compiled.check(ROOTS) is True


def test_none_can_be_asked_for():
    for source in (
        "doc.n is None",
        "doc.n == None",
        "None == doc.n",
        "doc.qty is not None",
        "doc.qty != None",
    ):
        assert expr.compile(source).value(ROOTS) is True
        assert expr.compile(f"not ({source})").check(ROOTS) is False


def test_conditions_and_checks_by_truth():
    assert expr.compile("doc.lines").holds(ROOTS) is True
    assert expr.compile("doc.n").holds(ROOTS) is False
    assert expr.compile("doc.n").check(ROOTS) is False
    assert expr.compile("doc.n > 3 or doc.kind == '年度'").holds(ROOTS) is True
    assert expr.compile("doc.n < 3 and doc.kind == '月度'").check(ROOTS) is False


def test_what_only_picks_is_a_condition_inside_a_check_too():
    rows = {"doc": {"team": [{"role": "负责人"}, {"role": None}], "level": None}}
    assert expr.compile("sum(1 for t in doc.team if t.role == '负责人') == 1").check(rows)
    assert not expr.compile("False if not doc.level == '高' else True").check(rows)
    assert expr.compile("all(t.role == '负责人' for t in doc.team)").check(rows)
    assert not expr.compile("all(t.role == '负责人' for t in doc.team)").holds(rows)


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("len(doc.lines) + len(doc.n) + len('四个字符')", 6),
        ("len(docs.plan)", 1),  # one document where there may be many
        ("[p.sample for p in docs.plan]", [30]),
        ("min(3, doc.n, 2)", 2),
        ("max(l.price for l in doc.lines)", Decimal("1.10")),
        ("max(doc.none_yet)", None),
        ("min(doc.n)", None),
        ("max(doc.time.start, doc.day)", datetime(2026, 3, 5, 14, tzinfo=TZ)),
        ("abs(0 - 3)", 3),
        ("abs(doc.n)", None),
        ("round(2.5)", 3),
        ("round(0 - 2.5)", -3),
        ("round(2.675, 2)", Decimal("2.68")),
        ("round(doc.n, 2)", None),
        ("any(l.ok for l in doc.lines)", True),
        ("all(l.ok for l in doc.lines)", False),
        ("all(doc.none_yet)", True),
        ("first(doc.n, '', doc.none_yet, 0, 5)", 0),
        ("first(doc.n)", None),
        ("text(doc.price) + text(doc.n) + text(True)", "19.99是"),
        ("text(1000000) + text(doc.day)", "10000002026-03-05"),
        ("text(doc.time.start)", "2026-03-05 14:00"),
        ("text(doc.methods)", "问卷、访谈"),
        ("days(doc.plan.meta.passed, today)", 51),
        ("days(today, doc.time.end)", 4),
        ("days(today, '2026-03-01')", -1),
        ("days(doc.n, today) > 90", False),
        ("contains(doc.methods, '问卷')", True),
        ("contains('很长的文本', '长')", True),
        ("contains(doc.n, 'x')", False),
        ("contains(doc.methods, doc.n)", False),
    ],
)
def test_functions(source, result):
    assert value(source) == result


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("doc.time.start <= doc.time.end", True),
        ("doc.day == doc.time.start", True),  # a date and a moment compare by day
        ("doc.day < doc.time.start", False),
        ("doc.day <= doc.time.start", True),
        ("doc.day > '2026-01-31'", True),
        ("'2026-03-05' == doc.day", True),
        ("doc.day == 'soon'", False),
        ("doc.time.start in [doc.day]", True),
    ],
)
def test_dates(source, result):
    assert value(source) is result


def test_moments_of_other_zones_compare_by_instant():
    naive = datetime(2026, 3, 6, 1)  # noqa: DTZ001 - without a zone it is Shanghai
    assert expr.compile("a == b and not a < b").holds({"a": naive, "b": naive.replace(tzinfo=TZ)})
    late = {
        "a": datetime(2026, 3, 5, 17, tzinfo=UTC),
        "b": datetime(2026, 3, 6, 1, tzinfo=TZ),
        "d": date(2026, 3, 6),
    }
    assert expr.compile("a == b and a == d").holds(late)


@pytest.mark.parametrize(
    "source",
    [
        "doc.nope",
        "nope",
        "doc.qty.x",
        "doc.lines.qty",
        "doc.methods['x']",
        "doc.qty[0]",
        "doc.methods[0.5]",
        "doc.kind > 3",
        "doc.day < 'soon'",
        "doc.period < doc.day",
        "'ab' * 1000",
        "'a' - 1",
        "doc.methods * 3",
        "doc.day + 3",
        "[x for x in doc.qty]",
        "sum('abc')",
        "round(1, 99)",
        "text(doc.plan)",
        "days(1, 2)",
        "3 in doc.kind",
        "doc.day.hour",
        "doc.period.next",
        "abs('a')",
    ],
)
def test_what_does_not_fit_the_data_is_an_error(source):
    with pytest.raises(ExprError) as error:
        value(source)
    assert source in error.value.text()


def test_figures_too_large_are_empty():
    roots = {"a": Decimal("9e999999999999999")}
    assert expr.compile("a * a").value(roots) is None
    assert expr.compile("a + float").value({**roots, "float": float("nan")}) is None


def test_what_is_no_number_has_no_order():
    with pytest.raises(ExprError):
        expr.compile("a < 1").value({"a": Decimal("NaN")})


def test_records_may_load_lazily():
    class Lazy:
        loaded: list[str] = []

        def __getitem__(self, key):
            self.loaded.append(key)
            if key != "title":
                raise KeyError(key)
            return "标题"

    lazy = Lazy()
    assert expr.compile("doc.title == '标题' or doc.secret").holds({"doc": lazy})
    assert lazy.loaded == ["title"]
    with pytest.raises(ExprError, match="secret"):
        expr.compile("doc.secret").value({"doc": lazy})
    assert expr.compile("title").value(lazy) == "标题"


def test_python_attributes_are_never_read():
    class Plain:
        password = "x"

    with pytest.raises(ExprError):
        expr.compile("doc.password").value({"doc": Plain()})
    with pytest.raises(ExprError):
        expr.compile("doc.real").value({"doc": 1})


def test_evaluation_changes_nothing():
    roots = {"doc": {"lines": [1, 2]}, "more": [3]}
    expr.compile("doc.lines + more").value(roots)
    assert roots == {"doc": {"lines": [1, 2]}, "more": [3]}


def test_variables_end_with_their_comprehension():
    with pytest.raises(ExprError):
        value("len([x for x in [1]]) + x")
    assert value("[[x for x in [x, x]] for x in [1, 2]]") == [[1, 1], [2, 2]]


def test_rows_are_bounded():
    roots = {"doc": {"lines": list(range(1000))}}
    with pytest.raises(ExprError, match="行数"):
        expr.compile("sum(1 for a in doc.lines for b in doc.lines)").value(roots)
