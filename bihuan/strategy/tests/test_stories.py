"""The registers through the door of a scenario: a pack from outside plans, holds, refuses and writes targets."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FILES = {
    "pack.yaml": "code: fund\nname: 资金试验\nversion: 1.0.0\ncalendar: cn\n",
    "slots.yaml": "writer: {name: 起草人}\nfirst: {name: 甲}\nsecond: {name: 乙}\nproc_admin: {name: 流程管理员}\n",
    "forms/F-901.yaml": """
        code: F-901
        key: paper
        name: 计划
        kind: document
        secrecy: 秘密
        fields:
          - {key: title, label: 标题, type: text, required: true, example: 试验}
          - {key: amount, label: 金额, type: money}
          - {key: owner, label: 责任人, type: user}
          - {key: plan_month, label: 月份, type: month, example: 2026-04}
          - key: budget
            label: 预算
            type: table
            columns: [{key: subject, label: 科目, type: text}, {key: amount, label: 金额, type: money}]
          - key: lines
            label: 明细
            type: table
            columns: [{key: product, label: 产品, type: ref, to: [product]},
                      {key: qty, label: 数量, type: int}, {key: amount, label: 金额, type: money}]
        """,
    "processes/FU-001.yaml": """
        code: FU-001
        name: 资金试验
        owner: writer
        purpose: 试验
        document: F-901
        start: [writer]
        steps:
          - {id: draft, do: fill, by: writer}
          - {id: give, do: approve, by: first, refuse: draft, post: [budget.plan]}
          - {id: hold, do: approve, by: first, refuse: draft,
             post: [{budget.reserve: {amount: =doc.amount, subject: 广告}}]}
          - {id: sign, do: approve, by: second, refuse: draft, post: [target.write]}
        end: {state: 已定, post: [budget.close]}
        """,
}
STORY = """
    scenario: Money is held, given back, held again; targets follow
    pack: fund
    now: 2026-03-02T09:00
    effective: true
    cast: {writer: zuo, first: an, second: bo, proc_admin: zuo}
    steps:
      - {act: create, register: product, by: admin, data: {code: A, name: 车门, list_price: 100}}
      - {act: start, process: FU-001, by: zuo, as: p}
      - {act: fill, task: p/draft, by: zuo, data: auto,
         set: {amount: 80, owner: zuo, plan_month: 2026-04,
               budget: [{subject: 广告, amount: 60}, {subject: 公关, amount: 40}],
               lines: [{product: A, qty: 3, amount: 300}, {product: A, qty: 2, amount: 200}]}}
      - {act: approve, task: p/give, by: an}
      - {expect: {rows: {register: budget.entry, where: {kind: planned}, count: 2, sum: {amount: 100}}}}
      - {act: approve, task: p/hold, by: an, error: 还差¥20.00}
      - {act: refuse, task: p/hold, by: an, opinion: 预算不够，请调整计划}
"""


@pytest.fixture
def play(scenario: Callable[..., object], tmp_path: Path) -> Callable[[str], Any]:
    def run(lines: str) -> Any:
        for path, content in FILES.items():
            file = tmp_path / "packs" / "fund" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(content).lstrip("\n"), encoding="utf-8")
        return scenario(
            textwrap.dedent(STORY) + textwrap.indent(textwrap.dedent(lines), "  "), tmp_path / "packs"
        )

    return run


def test_a_budget_holds_and_a_return_gives_back(play: Any) -> None:
    play(
        """
        - {expect: {rows: {register: budget.entry, where: {kind: planned, reversal: true},
                           count: 2, sum: {amount: 100}}}}
        """
    )


def test_a_signed_plan_writes_targets_that_open_their_source(play: Any) -> None:
    play(
        """
        - {act: fill, task: p/draft, by: zuo, set: {amount: 50}, answers: all}
        - {act: approve, task: p/give, by: an}
        - {act: approve, task: p/hold, by: an}
        - {expect: {rows: {register: budget.entry, where: {kind: reserved, subject: 广告},
                           count: 1, sum: {amount: 50}}}}
        - {act: approve, task: p/sign, by: bo}
        - {expect: {case: p, state: ended,
                    rows: {register: target.row, where: {period: 2026-04}, count: 1, sum: {amount: 500, quantity: 5}}}}
        - {expect: {rows: {register: budget.entry, where: {kind: released}, count: 1, sum: {amount: 50}}}}
        """
    )
