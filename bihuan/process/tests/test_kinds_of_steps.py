"""The kinds of deciding steps (rules.md §27), each in a small pack of its own, played as a scenario."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

PACK = """\
code: kinds
name: 席位试验
version: 1.0.0
calendar: cn
"""
SLOTS = """\
writer: {name: 起草人}
first: {name: 甲}
second: {name: 乙}
third: {name: 丙}
outside: {name: 外部单位, external: true, via: first}
proc_admin: {name: 流程管理员}
"""
FORM = """\
code: F-901
key: paper
name: 试验单
kind: document
fields:
  - {key: title, label: 标题, type: text, required: true, example: 试验}
  - key: opinions
    label: 意见
    type: table
    columns:
      - {key: who, label: 谁, type: user}
      - {key: result, label: 结果, type: enum, options: [同意, 不同意]}
      - {key: said, label: 意见, type: longtext}
"""
PROCESS = """\
code: TP-001
name: 席位试验
owner: writer
purpose: 试验各种席位
document: F-901
start: [writer]
steps:
  - {{id: draft, do: fill, by: writer}}
  - {{id: decide, {step}, refuse: draft, into: opinions}}
end: {{state: 已定}}
"""
STORY = """\
scenario: {name}
pack: kinds
now: 2026-03-02T09:00
effective: true
cast: {{writer: zuo, first: an, second: [bo, bai], third: cui, proc_admin: zuo}}
steps:
  - {{act: start, process: TP-001, by: zuo, as: paper}}
  - {{act: fill, task: paper/draft, by: zuo, data: auto}}
"""
ALL = "by: [first, second, third]"
KINDS: dict[str, tuple[str, str]] = {
    "single: a seat for each holder, the first to act closes the others": (
        "do: approve, by: second",
        """
        - {expect: {case: paper, open: {decide: [bo, bai]}, only: true}}
        - {act: approve, task: paper/decide, by: bai}
        - {expect: {case: paper, state: ended, label: 已定, open: {}, only: true, notified: {bo: {closed: 1}}}}
        - {act: approve, task: paper/decide, by: bo, error: 待办}
        """,
    ),
    "all-sign: everyone must agree": (
        f"do: all_sign, {ALL}",
        """
        - {expect: {case: paper, open: {decide: [an, bo, bai, cui]}, only: true}}
        - {act: approve, task: paper/decide, by: [an, bo, bai]}
        - {expect: {case: paper, state: running, open: {decide: [cui]}, only: true}}
        - {act: approve, task: paper/decide, by: cui}
        - {expect: {case: paper, state: ended, document: {state: 已通过}}}
        """,
    ),
    "all-sign: after a refusal the others are still heard, then it goes back": (
        f"do: all_sign, {ALL}",
        """
        - {act: refuse, task: paper/decide, by: an, opinion: 依据不足请补充}
        - {expect: {case: paper, open: {decide: [bo, bai, cui]}, only: true}}
        - {act: approve, task: paper/decide, by: [bo, bai, cui]}
        - {expect: {case: paper, open: {draft: [zuo]}, only: true, document: {state: 已退回}}}
        """,
    ),
    "all-sign that does not wait: the first refusal ends the round": (
        f"do: all_sign, wait_all: false, {ALL}",
        """
        - {act: refuse, task: paper/decide, by: an, opinion: 依据不足请补充}
        - {expect: {case: paper, open: {draft: [zuo]}, only: true}}
        """,
    ),
    "any-sign: the first to act decides": (
        f"do: any_sign, {ALL}",
        """
        - {expect: {case: paper, open: {decide: [an, bo, bai, cui]}, only: true}}
        - {act: approve, task: paper/decide, by: cui}
        - {expect: {case: paper, state: ended, notified: {an: {closed: 1}, bo: {closed: 1}, bai: {closed: 1}}}}
        """,
    ),
    "any-sign: the first to act refuses for all": (
        f"do: any_sign, {ALL}",
        """
        - {act: refuse, task: paper/decide, by: bo, opinion: 依据不足请补充}
        - {expect: {case: paper, open: {draft: [zuo]}, only: true}}
        """,
    ),
    "sequential: in list order": (
        "do: sequential, by: [first, third]",
        """
        - {expect: {case: paper, open: {decide: [an]}, only: true}}
        - {act: approve, task: paper/decide, by: cui, error: 待办}
        - {act: approve, task: paper/decide, by: an}
        - {expect: {case: paper, open: {decide: [cui]}, only: true, notified: {cui: {task: 1}}}}
        - {act: approve, task: paper/decide, by: cui}
        - {expect: {case: paper, state: ended}}
        """,
    ),
    "sequential: a refusal ends it at once": (
        "do: sequential, by: [first, third]",
        """
        - {act: refuse, task: paper/decide, by: an, opinion: 依据不足请补充}
        - {expect: {case: paper, open: {draft: [zuo]}, only: true, notified: {cui: 0}}}
        """,
    ),
    "separate: all at once, each on his own sheet": (
        f"do: separate, {ALL}",
        """
        - {expect: {case: paper, open: {decide: [an, bo, bai, cui]}, only: true}}
        - {act: approve, task: paper/decide, by: [an, cui, bo], opinion: 可行}
        - {expect: {case: paper, state: running, open: {decide: [bai]}, only: true}}
        - {act: approve, task: paper/decide, by: bai}
        - {expect: {case: paper, state: ended}}
        """,
    ),
    "an outside party's opinion is entered by who answers for it": (
        "do: approve, by: outside",
        """
        - {expect: {case: paper, open: {decide: [an]}, only: true}}
        - {act: approve, task: paper/decide, by: an, opinion: 对方来函同意}
        - {expect: {case: paper, state: ended}}
        """,
    ),
}


@pytest.mark.req("R-015")
@pytest.mark.parametrize("name", KINDS)
def test_kind(scenario: Any, tmp_path: Path, name: str) -> None:
    step, lines = KINDS[name]
    folder = tmp_path / "packs" / "kinds"
    for path, content in {
        "pack.yaml": PACK,
        "slots.yaml": SLOTS,
        "forms/F-901.yaml": FORM,
        "processes/TP-001.yaml": PROCESS.format(step=step),
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    story = STORY.format(name=f'"{name}"') + textwrap.indent(textwrap.dedent(lines).strip("\n"), "  ")
    scenario(story, tmp_path / "packs")
