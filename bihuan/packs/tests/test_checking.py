"""`pack check`: each planted mistake is named by file, line and key."""

# ruff: noqa: E501 - one planted mistake a line reads better than wrapped ones

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.packs.checking import check_pack
from bihuan.packs.domain.known import Known
from bihuan.packs.domain.problems import PackErrors
from bihuan.packs.loading import load_pack
from bihuan.packs.readers import Reader

from .conftest import PACK, SLOTS, TABLE, MakePack

pytestmark = pytest.mark.usefixtures("own_readers")


def _lines(folder: Path) -> list[str]:
    return [str(problem) for problem in check_pack(folder)]


def test_a_correct_pack_has_no_problems(make_pack: MakePack) -> None:
    extra = {
        "README.md": "#",
        "templates/a.docx": b"PK\x00",
        "terms.csv": "a,b",
        "processes/P-1.bpmn": "<x/>",
    }
    assert _lines(make_pack(files=extra)) == []


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("pack.yaml", PACK.replace("version", "verison"), "pack.yaml:3: verison: 不认识的键“verison”，是不是“version”？"),
        ("pack.yaml", PACK.replace("review: 2wd", "review: 2dw"), "pack.yaml:4: due.review: 时限应写作"),
        ("pack.yaml", PACK.replace("review:", "reveiw:"), "pack.yaml:4: due.reveiw: "),
        ("pack.yaml", PACK.replace("normal", "norml"), "pack.yaml:4: due.approve.norml: "),
        ("pack.yaml", PACK.replace("特急", "火急"), "pack.yaml:5: urgent.火急: "),
        ("pack.yaml", PACK.replace("type: int", "type: itn"), "pack.yaml:9: settings.mini.days.type: “itn”不可用"),
        ("pack.yaml", PACK.replace("default: a", "default: c"), "pack.yaml:8: settings.mini.mode: 默认值：“c”不在选项"),
        ("pack.yaml", PACK.replace("default: 90", "default: 900"), "pack.yaml:9: settings.mini.days: 默认值：天数不能大于"),
        ("pack.yaml", PACK.replace("1.0.0", "1.0"), "pack.yaml:3: version: 应为文字"),
        ("pack.yaml", PACK.replace("code: mini", "code: 1"), "pack.yaml:1: code: 应为文字"),
        ("pack.yaml", "- 1\n", "pack.yaml:1: 应为“键: 值”的表"),
        ("pack.yaml", PACK + "code: other\n", "pack.yaml:10: code: 键“code”重复，第1行已经写过"),
        ("slots.yaml", SLOTS.replace("via: clerk", "via: clrek"), "slots.yaml:3: ext_printer.via: 岗位槽“clrek”不存在，是不是“clerk”？"),
        ("slots.yaml", SLOTS.replace("external: true, ", ""), "slots.yaml:3: ext_printer: 只有外部方"),
        ("slots.yaml", SLOTS.replace("zh-Hans", "zh-Hans2"), "slots.yaml:2: clerk.name: 应为文字，或含zh-Hans"),
        ("slots.yaml", SLOTS.replace("external: true", "external: yes"), "slots.yaml:3: ext_printer.external: 应为true或false"),
        ("tables/amounts.yaml", TABLE.replace("by: [boss]", "by: [bos]"), "tables/amounts.yaml:5: rows[0].by[0]: 岗位槽“bos”不存在"),
        ("tables/amounts.yaml", TABLE.replace("slot: boss", "slot: bos"), "tables/amounts.yaml:6: rows[1].else[0].slot: 岗位槽“bos”"),
        ("tables/amounts.yaml", TABLE.replace("amount <=", "amuont <="), "tables/amounts.yaml:5: rows[0].if: "),
        ("tables/amounts.yaml", TABLE.replace("mini.limit", "mini.limti"), "tables/amounts.yaml:5: rows[0].if: "),
        ("tables/amounts.yaml", TABLE.replace("amount <=", "amount < <="), "tables/amounts.yaml:5: rows[0].if: "),
        ("tables/amounts.yaml", TABLE.replace("amount: money", "amount: mony"), "tables/amounts.yaml:3: inputs.amount: “mony”不可用"),
        ("tables/amounts.yaml", TABLE.replace("rows:\n", "rows:\n  - {else: [boss]}\n"), "tables/amounts.yaml:1: else只能是最后一行"),
        ("tables/amounts.yaml", TABLE.replace("by: [boss]", "by: [boss], value: 3"), "tables/amounts.yaml:5: rows[0]: 每一行写作"),
        ("tables/two.yaml", TABLE, "tables/two.yaml:1: key: “amounts”与tables/amounts.yaml重复"),
        ("forms/F-001.yml", "a: 1", "forms/F-001.yml: 不认识的文件，流程包里没有它的位置，扩展名请用.yaml"),
        ("notes.txt", "x", "notes.txt: 不认识的文件"),
        ("processes/deep/P.yaml", "a: 1", "processes/deep/P.yaml: 不认识的文件"),
        ("duties.yaml", "- {slot: nobody, name: 事}\n", "duties.yaml:1: [0].slot: 岗位槽“nobody”不存在"),
        ("duties.yaml", "- {slot: boss, name: 事, cycle: {dialy: '9:00'}}\n", "duties.yaml:1: [0].cycle: "),
        ("duties.yaml", "- {slot: boss, name: 事, process: P, form: F}\n", "duties.yaml:1: [0]: process、form、register、screen只写一个"),
        ("duties.yaml", "- {slot: boss, name: 事, process: P-9}\n", "duties.yaml:1: [0].process: 流程“P-9”不存在"),
    ],
)  # fmt: skip
def test_a_planted_mistake_is_named(make_pack: MakePack, file: str, content: str, expected: str) -> None:
    found = _lines(make_pack(files={file: content}))
    assert any(line.startswith(expected) for line in found), found


def test_demo_names_must_exist_and_not_circle(make_pack: MakePack) -> None:
    demo = """\
units: {a: {name: 甲, kind: company, head: pos.y}, b: {name: 乙, parent: c}, c: {name: 丙, parent: b}}
positions:
  pos.x: {name: 岗, unit: aa, slots: [bos], superior: pos.x}
people: {zhao: {name: 赵, positions: [pos.z]}}
"""
    assert _lines(make_pack(files={"demo.yaml": demo})) == [
        "demo.yaml:1: units.a.head: 岗位“pos.y”不存在，是不是“pos.x”？",
        "demo.yaml:1: units.b.parent: “b”成了自己的上级",
        "demo.yaml:1: units.c.parent: “c”成了自己的上级",
        "demo.yaml:3: positions.pos.x.slots[0]: 岗位槽“bos”不存在，是不是“boss”？",
        "demo.yaml:3: positions.pos.x.superior: “pos.x”成了自己的上级",
        "demo.yaml:3: positions.pos.x.unit: 单位“aa”不存在，是不是“a”？",
        "demo.yaml:4: people.zhao.positions[0]: 岗位“pos.z”不存在，是不是“pos.x”？",
    ]


def test_a_broken_slot_is_reported_once(make_pack: MakePack) -> None:
    found = _lines(make_pack(files={"slots.yaml": SLOTS.replace("{name: 主管}", "{nmae: 主管}")}))
    assert {line.split(": ")[0] for line in found} == {"slots.yaml:1"}


def test_several_mistakes_come_together_in_order(make_pack: MakePack) -> None:
    files = {
        "slots.yaml": SLOTS + "boss: {name: 又一个}\n",
        "tables/amounts.yaml": TABLE + "x: [\n",
        "odd.bin": b"\x00",
    }
    found = _lines(make_pack(files=files))
    assert [line.split(":")[0] for line in found] == ["odd.bin", "slots.yaml", "tables/amounts.yaml"]


def test_a_folder_that_is_none_and_one_without_pack_yaml(tmp_path: Path) -> None:
    assert "没有这个文件夹" in _lines(tmp_path / "gone")[0]
    (tmp_path / "empty").mkdir()
    assert _lines(tmp_path / "empty") == ["pack.yaml: 缺少pack.yaml"]


def test_links_and_unreadable_files_are_refused(make_pack: MakePack) -> None:
    folder = make_pack()
    (folder / "forms").mkdir()
    (folder / "forms" / "F-001.yaml").symlink_to("/etc/passwd")
    assert _lines(folder) == ["forms/F-001.yaml: 不接受符号链接"]


@pytest.mark.django_db
def test_a_required_pack_that_is_nowhere_is_named(make_pack: MakePack) -> None:
    found = _lines(make_pack(files={"pack.yaml": PACK + "requires: [nope]\n"}))
    assert found == ["pack.yaml:10: requires[0]: 找不到依赖的流程包“nope”"]


@pytest.mark.django_db
def test_required_packs_are_found_beside_and_in_the_search_folders(
    make_pack: MakePack, tmp_path: Path
) -> None:
    table = TABLE.replace("mini.", "base.")
    make_pack("base", {"pack.yaml": PACK.replace("mini", "base"), "tables/amounts.yaml": table})
    beside = make_pack("user", {"pack.yaml": "code: user\nname: 用\nversion: 1.0.0\nrequires: [base]\n",
                                "slots.yaml": None, "tables/amounts.yaml": table})  # fmt: skip
    assert _lines(beside) == []
    away = tmp_path / "away" / "user"
    away.parent.mkdir()
    os.rename(beside, away)
    assert "找不到依赖的流程包“base”" in _lines(away)[0]
    assert check_pack(away, [tmp_path]) == []


def test_packs_that_require_each_other_are_refused(make_pack: MakePack) -> None:
    make_pack("one", {"pack.yaml": PACK.replace("mini", "one") + "requires: [two]\n"})
    two = make_pack("two", {"pack.yaml": PACK.replace("mini", "two") + "requires: [one]\n"})
    assert any("互相依赖" in line for line in _lines(two))


def test_load_pack_raises_with_all_problems(make_pack: MakePack) -> None:
    with pytest.raises(PackErrors) as caught:
        load_pack(make_pack(files={"slots.yaml": "boss: 1\n", "pack.yaml": PACK + "x: 1\n"}))
    assert [problem.file for problem in caught.value.problems] == ["pack.yaml", "slots.yaml"]
    assert "2处错误" in caught.value.text()


def test_upper_apps_check_their_files_against_everything_known(
    make_pack: MakePack, own_readers: dict[Any, Reader]
) -> None:
    def check(value: Mapping[str, Any], known: Known) -> list[tuple[tuple[str | int, ...], str]]:
        slot, form = value["by"], value["form"]
        found: list[tuple[tuple[str | int, ...], str]] = []
        if known.lacks("slots.yaml", slot):
            found.append((("by",), f"岗位槽“{slot}”不存在{known.suggestion('slots.yaml', slot)}"))
        if known.lacks("forms", form):
            found.append((("form",), f"表单“{form}”不存在"))
        return found

    for folder in ("forms", "processes"):
        own_readers[folder, (".yaml",)] = Reader(
            folder=folder,
            parse=lambda data: (data, []) if "bad" not in data else (None, [(("bad",), "不认识的键“bad”")]),
            gives=lambda value: {value["code"]: value},
            check=check if folder == "processes" else lambda _value, _known: [],
        )
    files = {
        "forms/F-001.yaml": "code: F-001\n",
        "forms/F-002.yaml": "code: F-002\nbad: 1\n",
        "processes/P-1.yaml": "code: P-1\nby: boss\nform: F-001\n",
        "processes/P-2.yaml": "code: P-2\nby: bos\nform: F-003\n",
        "processes/P-3.yaml": "code: P-3\nby: boss\nform: F-002\n",
    }
    assert _lines(make_pack(files=files)) == [
        "forms/F-002.yaml:2: bad: 不认识的键“bad”",
        "processes/P-2.yaml:2: by: 岗位槽“bos”不存在，是不是“boss”？",
        "processes/P-2.yaml:3: form: 表单“F-003”不存在",
    ]


_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(["boss", "1wd"])
)
_KEYS = st.sampled_from(["code", "name", "version", "due", "settings", "rows", "if", "by", "else", "key", "boss", "via", "x"])  # fmt: skip
_DATA = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from(["pack.yaml", "slots.yaml", "tables/amounts.yaml", "duties.yaml", "demo.yaml"]),
    data=_DATA,
)
def test_no_data_breaks_the_check(make_pack: MakePack, file: str, data: object) -> None:
    import json

    folder = make_pack("fuzz", {"duties.yaml": "[]", "demo.yaml": "units: {}\npositions: {}\npeople: {}\n", file: json.dumps(data)})  # fmt: skip
    for problem in check_pack(folder):
        assert problem.file
        assert problem.message
