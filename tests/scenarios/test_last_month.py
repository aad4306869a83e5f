"""What was achieved last month stands on this month's plan and decides whether finance gets a copy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bihuan.kernel import clock
from bihuan.process.models import Task
from bihuan.process.scenario.run import run_file
from bihuan.strategy.models import Achievement

PACKS = Path(__file__).resolve().parents[2] / "packs"
APRIL = """
scenario: A month is planned and carried out, the next one planned
pack: rail
now: 2026-04-16T09:00
effective: true
cast: {ka_mgr: [zheng]}
steps:
  - {act: start, process: SC-004, by: wu, as: p}
  - {act: fill, task: p/own, by: zheng, data: auto, set: {special_terms: false, lines: [{qty: 10, unit_price: 10000}]}}
  - {act: fill, task: p/merge, by: wu, data: auto}
  - {act: approve, task: p/decide, by: qian}
  - {act: complete, task: p/present, by: wu}
  - {act: complete, task: p/note, by: zhou}
  - {act: complete, task: p/allot, by: wu, data: auto,
     forms: {sales_task: [{assignee: zheng, targets: [{metric: M-002, value: 100000}]}]}}
  - {act: approve, task: p/accept, by: zheng}
  - {act: complete, task: p/carry, by: zheng, set: {progress: [{date: 2026-04-30, actual: 90000, rate: 90}]}}
  - {until: 2026-05-06T09:00}
  - {act: start, process: SC-004, by: wu, as: q}
"""
PLANNED = """
  - {act: fill, task: q/own, by: zheng, data: auto, set: {special_terms: false, lines: [{qty: QTY, unit_price: 10000}]}}
  - {act: fill, task: q/merge, by: wu, data: auto}
  - {act: approve, task: q/decide, by: qian}
  - {act: complete, task: q/present, by: wu}
"""
Play = Callable[[str], None]


@pytest.fixture
def play(db: None, tmp_path: Path) -> Play:
    def run(more: str) -> None:
        file = tmp_path / "months.yaml"
        file.write_text(APRIL + more.lstrip("\n"), encoding="utf-8")
        outcome = run_file(file, [PACKS], keep=True)
        assert outcome.error is None, outcome.error

    return run


def task_of(username: str, node: str) -> Task:
    """The person's newest open task at a step: the calendar opens plans as well."""
    return Task.objects.filter(state="open", person__username=username, node=node).latest("pk")


@pytest.mark.req("R-106")
def test_the_plan_shows_last_months_figure_and_opens_its_source(play: Play, web: Any) -> None:
    play("")
    report = Achievement.objects.get()
    with clock.use(clock.FixedClock(datetime(2026, 5, 6, 10, tzinfo=clock.TZ))):
        page = web("zheng").get(f"/tasks/{task_of('zheng', 'own').pk}/").content.decode()
        assert "郑北行 2026-04 ¥90,000.00 90.0%" in page
        address = f"/strategy/achievements/{report.pk}/"
        assert f'href="{address}"' in page
        assert f"/documents/{report.document_id}/" in web("zheng").get(address).content.decode()
        listed = web("wu").get("/strategy/achievements/").content.decode()
        assert "90,000.00" in listed
        for stranger in ("chen", "wang"):
            assert "90,000" not in web(stranger).get("/strategy/achievements/").content.decode()
            assert web(stranger).get(address).status_code == 404


@pytest.mark.req("R-106")
@pytest.mark.parametrize(("quantity", "ticked"), [("7", True), ("8", False), ("10", False), ("11", True)])
def test_a_change_of_more_than_a_fifth_brings_finance_in(
    play: Play, web: Any, quantity: str, ticked: bool
) -> None:
    play(PLANNED.replace("QTY", quantity))
    with clock.use(clock.FixedClock(datetime(2026, 5, 6, 10, tzinfo=clock.TZ))):
        page = web("zhou").get(f"/tasks/{task_of('zhou', 'note').pk}/").content.decode()
    assert ('name="ask-finance" value="yes" checked' in page) is ticked
