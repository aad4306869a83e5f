"""On the screen: who refuses a merged plan names the one it goes back to, and what is proposed is ticked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bihuan.kernel import clock
from bihuan.process.models import Task
from bihuan.process.scenario.run import run_file

PACKS = Path(__file__).resolve().parents[2] / "packs"
MERGED = """
scenario: Two personal plans are merged
pack: rail
now: 2026-04-16T09:00
effective: true
cast: {ka_mgr: [zheng, wang]}
steps:
  - {act: start, process: SC-004, by: wu, as: p}
  - {act: fill, task: p/own, by: zheng, data: auto, set: {special_terms: true}}
  - {act: fill, task: p/own, by: wang, data: auto, set: {special_terms: false}}
  - {act: fill, task: p/merge, by: wu, data: auto}
"""


@pytest.fixture
def merged(db: None, tmp_path: Path) -> Iterator[None]:
    """A merged sales plan waits for the head of product marketing."""
    file = tmp_path / "merged.yaml"
    file.write_text(MERGED, encoding="utf-8")
    assert run_file(file, [PACKS], keep=True).error is None
    with clock.use(clock.FixedClock(datetime(2026, 4, 16, 10, tzinfo=clock.TZ))):
        yield


def task_of(username: str) -> Task:
    """The one open task of a person."""
    return Task.objects.get(state="open", person__username=username)


@pytest.mark.req("R-105")
@pytest.mark.req("R-017")
def test_a_refusal_goes_to_the_manager_who_is_named(merged: None, web: Any) -> None:
    task = task_of("qian")
    page = web("qian").get(f"/tasks/{task.pk}/").content.decode()
    assert "郑北行" in page
    assert "王南来" in page
    sent = {"verb": "refuse", "opinion": "计划与目标不符", "rows-own": "1"}
    web("qian").post(f"/tasks/{task.pk}/", sent)
    assert [one.person.username for one in Task.objects.filter(state="open")] == ["wang"]


@pytest.mark.req("R-106")
def test_the_condition_ticks_the_copy_to_finance(merged: None, web: Any) -> None:
    web("qian").post(f"/tasks/{task_of('qian').pk}/", {"verb": "approve", "opinion": ""})
    present = Task.objects.get(state="open", node="present")
    web("wu").post(f"/tasks/{present.pk}/", {"verb": "complete"})
    page = web("zhou").get(f"/tasks/{task_of('zhou').pk}/").content.decode()
    assert 'name="ask-finance" value="yes" checked' in page
