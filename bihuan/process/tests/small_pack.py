"""A small pack in force in a small company, for tests of schedules and events: made by a story and kept."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.org import public as org
from bihuan.process.models import Case
from bihuan.process.scenario.run import run_file

HOLIDAYS = Path(__file__).resolve().parents[3] / "packs" / "common" / "calendars" / "cn.csv"
PACK = """\
code: small
name: 小包
version: 1.0.0
calendar: cn
settings:
  sc.shift: {type: enum, options: [previous_workday, next_workday, none], default: previous_workday, label: 顺延}
"""
SLOTS = """\
head: {name: 负责人}
manager: {name: 经理}
boss: {name: 老板}
proc_admin: {name: 流程管理员}
"""
FORM = """\
code: F-902
key: paper
name: 小单
kind: document
fields:
  - {key: title, label: 标题, type: text, required: true, example: 试验, index: true}
  - {key: month, label: 月份, type: month}
  - {key: amount, label: 金额, type: money}
  - {key: owner, label: 负责人, type: user}
  - {key: paper_ref, label: 依据, type: ref, to: [F-902]}
"""
STORY = """\
scenario: 小公司
pack: small
now: {now}
effective: true
cast: {{head: h, manager: [k1, k2], boss: b, proc_admin: pa}}
steps:
"""


def write_pack(folder: Path, processes: Mapping[str, str]) -> Path:
    """The pack's files with these processes by code; answers the folder to search for packs."""
    files = {"pack.yaml": PACK, "slots.yaml": SLOTS, "forms/F-902.yaml": FORM}
    files |= {f"processes/{code}.yaml": textwrap.dedent(one) for code, one in processes.items()}
    for path, content in files.items():
        (folder / "small" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "small" / path).write_text(content, encoding="utf-8")
    return folder


def open_company(folder: Path, now: str, processes: Mapping[str, str]) -> None:
    """The pack in force since `now` with its people, kept in the test's database."""
    with clock.use(clock.FixedClock(clock.aware(clock.datetime.fromisoformat(now)))):
        org.import_calendar(
            file=BytesIO(HOLIDAYS.read_bytes()), name="cn.csv", calendar="cn", by=SYSTEM, at=clock.now()
        )
    story = folder / "story.yaml"
    story.write_text(STORY.format(now=now) + f"  - {{until: {now}}}\n", encoding="utf-8")
    outcome = run_file(story, [write_pack(folder, processes)], keep=True)
    if outcome.error is not None:
        pytest.fail(str(outcome.error), pytrace=False)


Play = Callable[[str, Mapping[str, str]], None]


@pytest.fixture
def play(scenario: Any, tmp_path: Path) -> Play:
    """Play the lines of a story from 2 March 2026, 09:00, with these processes."""

    def run(lines: str, processes: Mapping[str, str]) -> None:
        body = textwrap.indent(textwrap.dedent(lines).strip("\n"), "  ")
        scenario(STORY.format(now="2026-03-02T09:00") + body, write_pack(tmp_path / "packs", processes))

    return run


def cases(process: str) -> list[Case]:
    return list(Case.objects.filter(process_code=process).order_by("id"))
