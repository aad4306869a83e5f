"""Reading YAML: plain data, lines, and no file that breaks the reader."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bihuan.packs.domain.yaml import MAX_BYTES, read_yaml


def _said(text: str) -> list[tuple[int, str]]:
    return [(line, message) for line, _, message in read_yaml(text.encode()).findings]


def test_only_the_core_schema_counts() -> None:
    text = "a: yes\nb: on\nc: 18:00\nd: 2026-03-02\ne: 010\nf: 1_000\n"
    text += "g: 0.5\nh: true\ni: ~\nj: '5'\nk: -3\nl: no\n"
    data = read_yaml(text.encode()).data
    assert data == {
        "a": "yes", "b": "on", "c": "18:00", "d": "2026-03-02", "e": 10, "f": "1_000", "g": 0.5,
        "h": True, "i": None, "j": "5", "k": -3, "l": "no",
    }  # fmt: skip


def test_every_value_has_its_line() -> None:
    read = read_yaml(b"a: 1\nb:\n  - x: 1\n    y:\n      - 2\n      - 3\n")
    assert read.line(("a",)) == 1
    assert read.line(("b", 0, "y", 1)) == 6
    assert read.line(("b", 0, "gone", "deeper")) == 3


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "键“a”重复，第1行已经写过"),
        ("x:\n  - {k: 1, k: 2}\n", 2, "键“k”重复"),
        ("a:\n\t- 1\n", 2, "制表符"),
        ("a: 1\nb: c: d\n", 2, "冒号"),
        ("a: [1, 2\n", 2, "逗号或右括号"),
        ("a: &x [*x]\n", 1, "嵌套过深"),
        ("a: *nope\n", 1, "锚点"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "类型标记"),
        ("a: {b: 1}\nc: {<<: {d: 1}}\n", 2, "合并键"),
        ("a: 99999999999999999999999\n", 1, "请加引号"),
        ("a: .nan\n", 1, "请加引号"),
        ('a: "x\\0y"\n', 1, "控制字符"),
        ('a: "\\ud800"\n', 1, "控制字符"),
        ("? [1]\n: 2\n", 1, "键必须是文字"),
        ("a: 1\n---\nb: 2\n", 2, "只能有一份内容"),
        ("[" * 300_000, 1, "嵌套过深"),
    ],
)
def test_mistakes_name_their_line(text: str, line: int, message: str) -> None:
    assert any(found == line and message in said for found, said in _said(text)), _said(text)


def test_aliases_cannot_grow_into_a_bomb() -> None:
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 12):
        text += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n"
    assert any("内容过大" in said for _, said in _said(text))


def test_a_plain_alias_is_read() -> None:
    assert read_yaml(b"a: &x {b: 1}\nc: *x\n").data == {"a": {"b": 1}, "c": {"b": 1}}


def test_big_and_foreign_files_are_refused() -> None:
    assert "1000KB" in read_yaml(b"#" * (MAX_BYTES + 1)).findings[0][2]
    assert read_yaml("a: 1\nb: 中".encode("gb18030")).findings[0][0] == 2


@given(st.text(alphabet=st.sampled_from("abк中 \t\n:-[]{},&*!|>'\"#%@`?<~0189.\x00\ufeff\x85"), max_size=60))
@example("%TAG")
@example("!")
@example("!<")
@example("&")
@example("'")
@example("- - -\n  ? ")
@example('"\\x')
@example('"\\U11111111"')
@example("%YAML 9.9\n---\n")
def test_no_text_breaks_the_reader(text: str) -> None:
    read = read_yaml(text.encode("utf-8", errors="ignore"))
    assert all(line >= 0 and message for line, _, message in read.findings)


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    read_yaml(content)
