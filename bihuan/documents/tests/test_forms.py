"""Form files: what is accepted, what is refused and where; computing, comparing, snapshots, inventing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.documents.domain import snapshot
from bihuan.documents.domain.auto import auto_data
from bihuan.documents.domain.checking import check, situation
from bihuan.documents.domain.compare import Change, compare
from bihuan.documents.domain.computing import NoLookup, compute
from bihuan.documents.domain.parsing import FormProblems, parse_form
from bihuan.documents.domain.rights import Rights
from bihuan.documents.domain.values import canonical, read_form

from .conftest import FILLED, PLAN


def form(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    labelled = [{"label": one["key"], **one} for one in fields]
    return {"code": "F-1", "key": "f", "name": "单", "fields": labelled, **more}


def problems(data: dict[str, Any]) -> dict[tuple[Any, ...], str]:
    with pytest.raises(FormProblems) as caught:
        parse_form(data)
    return dict(caught.value.problems)


NUMBER = {"key": "a", "type": "int"}


@pytest.mark.parametrize(
    ("data", "where", "said"),
    [
        (form({**NUMBER, "requird": True}), ("fields", 0, "requird"), "没有这个键"),
        (form({**NUMBER, "type": "number"}), ("fields", 0, "type"), "number"),
        ({"code": "F-1", "key": "f"}, ("name",), "缺少"),
        (form(NUMBER, NUMBER), ("fields", 1, "key"), "a重复"),
        (form({"key": "meta", "type": "int"}), ("fields", 0, "key"), "meta"),
        (form({"key": "a", "type": "enum"}), ("fields", 0, "options"), "缺少选项"),
        (form({"key": "a", "type": "table"}), ("fields", 0, "columns"), "至少要有一列"),
        (form({**NUMBER, "min": "x"}), ("fields", 0, "min"), "不是数字"),
        (form({"key": "a", "type": "text", "pattern": "("}), ("fields", 0, "pattern"), "正则"),
        (form({**NUMBER, "default": "十"}), ("fields", 0, "default"), "不是数字"),
        (form({**NUMBER, "many": True}), ("fields", 0, "many"), "不能多选"),
        (form({**NUMBER, "compute": "doc.b"}), ("fields", 0, "compute"), "doc.b"),
        (form({**NUMBER, "compute": "doc.a +"}), ("fields", 0, "compute"), "表达式"),
        (form({**NUMBER, "compute": "doc.a + 1"}), ("fields",), "互相依赖：a → a"),
        (form({**NUMBER, "required_if": "open('x')"}), ("fields", 0, "required_if"), "open"),
        (form(NUMBER, unique=["b"]), ("unique", 0), "没有字段b"),
        (
            form(NUMBER, rules=[{"check": "doc.a > 1", "message": "小", "fields": ["c"]}]),
            ("rules", 0, "fields", 0), "没有字段c",
        ),
        (form(NUMBER, keep="10 years"), ("keep",), "10y"),
        (
            form({"key": "t", "type": "table", "columns": [{**NUMBER, "compute": "row.z"}]}),
            ("fields", 0, "columns", 0, "compute"), "row.z",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_named_where_they_stand(data: dict[str, Any], where: tuple[Any, ...], said: str) -> None:
    assert said in problems(data)[where]


def test_circles_through_tables_are_found() -> None:
    table = {"key": "t", "type": "table", "columns": [{"key": "x", "type": "money", "compute": "doc.total"}]}
    total = {"key": "total", "type": "money", "compute": "sum(l.x for l in doc.t)"}
    assert "互相依赖" in problems(form(table, total))[("fields",)]


def test_computed_values_follow_each_other_in_any_order() -> None:
    data = form(
        {"key": "c", "type": "money", "compute": "doc.b * 2"},
        {"key": "b", "type": "money", "compute": "sum(l.x for l in doc.t)"},
        {"key": "rate", "type": "percent", "compute": "doc.c / doc.zero * 100"},
        {"key": "zero", "type": "int"},
        {
            "key": "t", "type": "table",
            "columns": [{"key": "q", "type": "int"}, {"key": "x", "type": "money", "compute": "row.q * 0.1"}],
        },
    )  # fmt: skip
    definition = parse_form(data)
    values = compute(definition, {**definition.empty(), "zero": 0, "t": [{"q": 3}, {"q": None}]})
    assert (values["b"], values["c"], values["rate"]) == (Decimal("0.30"), Decimal("0.60"), None)
    assert [row["x"] for row in values["t"]] == [Decimal("0.30"), None]


def test_required_if_and_required_in_must_both_hold() -> None:
    definition = parse_form(
        form(NUMBER, {"key": "b", "type": "text", "required_if": "doc.a > 1", "required_in": ["SC-001"]})
    )

    def missing(a: int | None, process: str, rights: Rights | None = None) -> list[str]:
        asked = situation(
            definition, {"a": a, "b": None}, process_code=process, **({"rights": rights} if rights else {})
        )
        return list(check(asked).errors)

    assert missing(2, "SC-001") == ["b"]
    assert missing(2, "SC-002") == missing(1, "SC-001") == missing(None, "SC-001") == []
    assert missing(2, "SC-001", Rights(write=frozenset({"a"}))) == []
    assert missing(None, "", Rights(require=frozenset({"b"}))) == ["b"]


def test_warnings_do_not_refuse() -> None:
    definition = parse_form(PLAN)
    values = compute(
        definition, {**definition.empty(), "lines": [{"item": "车", "qty": 1, "price": Decimal(2_000_000)}]}
    )
    findings = check(situation(definition, values))
    assert findings.warnings == {"total": ["金额很大，请核对"]}
    assert "total" not in findings.errors


def test_comparing_finds_rows_that_came_went_and_changed() -> None:
    definition = parse_form(PLAN)
    older = {"title": "甲", "lines": [{"item": "a"}, {"item": "b", "qty": 1}, {"item": "c"}]}
    newer = {"level": "年度", "lines": [{"item": "b", "qty": 2}, {"item": "c"}, {"item": "d"}]}
    found = [(one.path, one.change, one.before, one.after) for one in compare(definition, older, newer)]
    assert found == [
        ("title", Change.REMOVED, "甲", None),
        ("level", Change.ADDED, None, "年度"),
        ("lines[0].item", Change.CHANGED, "a", "b"),
        ("lines[0].qty", Change.ADDED, None, 2),
        ("lines[1]", Change.REMOVED, {"item": "b", "qty": 1}, None),
        ("lines[2]", Change.ADDED, None, {"item": "d"}),
    ]
    assert compare(definition, older, older) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "a.b", "[0]", ""]), part, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["x", "y", "z"]), JSON, max_size=3))
def test_a_snapshot_verifies_until_it_is_touched(content: dict[str, Any]) -> None:
    taken = snapshot.take(content)
    assert snapshot.problems(taken) == []
    assert snapshot.content_of(taken) == content
    assert snapshot.take(content).leaves != taken.leaves or not taken.leaves
    forged = snapshot.Snapshot(canonical({**content, "new": 1}), taken.leaves, taken.salts, taken.root)
    assert "new是后加的" in snapshot.problems(forged)


def test_erasing_keeps_the_root_and_forgets_the_value() -> None:
    content = {"data": {"name": "张三", "lines": [{"phone": "13800000000", "n": 1}, {"n": 2}]}}
    taken = snapshot.take(content)
    after = snapshot.erase(taken, ["data.name", "data.lines[0].phone"])
    assert snapshot.problems(after) == []
    assert (after.root, after.leaves) == (taken.root, taken.leaves)
    assert "13800000000" not in after.text
    assert "data.name" not in after.salts
    assert snapshot.content_of(after) == {"data": {"lines": [{"n": 1}, {"n": 2}]}}
    forged = snapshot.Snapshot(after.text.replace('"n":2', '"n":3'), after.leaves, after.salts, after.root)
    assert snapshot.problems(forged) == ["data.lines[1].n被改动"]


class Someone(NoLookup):
    """Points to people and records that need not exist."""

    def some_person(self, number: int) -> int:
        return 1 + number % 3

    def some_unit(self) -> int:
        return 1

    def some_slot(self) -> str:
        return "mkt_mgr"

    def some_reference(self, to: tuple[str, ...]) -> dict[str, Any]:
        return {"id": 1, "number": "N-1", "title": "依据", "version": 1}

    def some_file(self, *, image: bool) -> dict[str, Any]:
        return {"id": 1, "name": "a.png", "sha256": "0", "size": 1}

    def today(self) -> date:
        return date(2026, 11, 21)


RULES = form(
    {
        "key": "weights", "type": "table", "required": True, "min_rows": 2,
        "columns": [{"key": "w", "type": "percent", "required": True}],
    },
    {"key": "team", "type": "table", "required": True, "columns": [{"key": "role", "type": "text", "required": True}]},
    {"key": "mode", "type": "enum", "options": ["甲", "乙"], "required": True},
    {"key": "why", "type": "longtext", "min": 30, "required_if": "doc.mode == '乙'"},
    {"key": "window", "type": "daterange", "required": True, "min": "2027-01-01"},
    {"key": "proof", "type": "image", "many": True, "required": True},
    rules=[
        {"check": "sum(l.w for l in doc.weights) == 100", "message": "权重合计必须为100", "fields": ["weights"]},
        {
            "check": "sum(1 for t in doc.team if t.role == '负责人') == 1", "message": "有且只有一名负责人",
            "fields": ["team"],
        },
        {"check": "doc.mode == '乙'", "message": "只能选乙", "fields": ["mode"]},
    ],
)  # fmt: skip


def test_invented_values_pass_the_full_check_and_are_always_the_same() -> None:
    definition = parse_form(RULES)
    data = auto_data(definition, lookup=Someone())
    assert data == auto_data(definition, lookup=Someone())
    assert data["mode"] == "乙"
    reading = read_form(definition, data, Someone())
    assert reading.wrong == {}
    # `why` becomes required only once the last rule has been repaired
    assert check(situation(definition, {**definition.empty(), **reading.values})).errors == {}


def test_given_values_are_kept() -> None:
    definition = parse_form(PLAN)
    data = auto_data(definition, lookup=Someone(), given={"lines": FILLED["lines"], "level": "年度"})
    assert data["level"] == "年度"
    assert [row["item"] for row in data["lines"]] == ["印刷", "差旅"]
