"""What a process may name: broken neighbours are told once, registers and processes of other packs are known."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bihuan.packs.checking import warnings_of
from bihuan.packs.public import check_pack, read_pack

pytestmark = pytest.mark.django_db
SHOP = Path(settings.PACKS_DIR).parent / "tests" / "outside" / "shop"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The pack from outside."""
    return Path(shutil.copytree(SHOP, tmp_path / "shop"))


def change(file: Path, old: str, new: str) -> None:
    """Put one text in the place of another."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_broken_form_is_told_where_it_stands_only(shop: Path) -> None:
    change(shop / "forms" / "Q-001.yaml", "type: ", "type: no")
    assert {problem.file for problem in check_pack(shop)} == {"forms/Q-001.yaml"}


def test_a_register_nobody_offers_is_told_and_refuses_nothing(shop: Path, cli: Any) -> None:
    change(
        shop / "processes" / "SH-02.yaml",
        "end: {state: 已表决}",
        "end: {state: 已表决, post: [nowhere.reserve, pack.effective, pack.sell]}",
    )
    told = ["end.post[0]: 没有台账 nowhere", "end.post[2]: 台账 pack 没有动作 sell"]
    assert check_pack(shop) == []
    assert [str(one) for one in warnings_of(read_pack(shop))] == [
        f"processes/SH-02.yaml:17: {one}" for one in told
    ]
    answer = cli("pack", "check", str(shop))
    assert answer.exit_code == 0
    assert all(f"提醒 processes/SH-02.yaml:17: {one}" in answer.output for one in told)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("{id: vote, name: 表决, call: SH-02, document_as: answer}", []),
        ("{id: vote, name: 表决, call: SH-09}", ["没有流程 SH-09"]),
        ("{id: vote, name: 表决, call: SH-09, pack: shop, by: clerk}", ["没有流程 SH-09"]),
        ("{id: vote, name: 表决, call: XX-01, pack: elsewhere, by: clerk}", []),
        ("{id: vote, name: 表决, do: do, by: clerk, opens: [{process: SH-02, at: any}]}", []),
        (
            "{id: v, name: 表决, do: do, by: clerk, opens: [{process: SH-02, at: anyy}]}",
            ["流程 SH-02 没有步骤 anyy"],
        ),
    ],
)
def test_processes_of_required_packs_are_known(shop: Path, step: str, said: list[str]) -> None:
    branch = shop.parent / "branch"
    (branch / "processes").mkdir(parents=True)
    (branch / "pack.yaml").write_text(
        "code: branch\nname: 分店\nversion: 1.0.0\nrequires: [shop]\n", encoding="utf-8"
    )
    (branch / "processes" / "BR-01.yaml").write_text(
        "code: BR-01\nname: 分店事务\nowner: branch\npurpose: 试\ndocument: Q-001\nstart: [clerk]\nsteps:\n"
        f"  - {{id: draft, name: 填写, do: fill, by: clerk}}\n  - {step}\nend: {{state: 完成}}\n",
        encoding="utf-8",
    )
    assert [problem.message for problem in check_pack(branch)] == said
