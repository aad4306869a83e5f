"""A set of processes is not put in force while a step has nobody responsible, although all have agreed (R-023)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bihuan.kernel import clock
from bihuan.org.models import Binding, Holding
from bihuan.packs.models import PackRelease
from bihuan.process.models import Case, Task
from bihuan.process.scenario.run import run_file

PACKS = Path(__file__).resolve().parents[2] / "packs"
AGREED = """
scenario: All five have agreed
pack: rail
now: 2026-03-02T09:00
steps:
  - {act: start, process: SC-000, by: han, as: e}
  - {act: fill, task: e/draft, by: han, data: auto, forms: {process_doc: [{code: SC-001}]}}
  - {act: approve, task: e/sign, by: [zhou, li, wu, yang, qian]}
"""
Cli = Callable[..., Any]


@pytest.fixture
def agreed(db: None, tmp_path: Path) -> Iterator[None]:
    """The rail pack lies signed before the process administrator, who is to publish it."""
    file = tmp_path / "agreed.yaml"
    file.write_text(AGREED.lstrip("\n"), encoding="utf-8")
    outcome = run_file(file, [PACKS], keep=True)
    assert outcome.error is None, outcome.error
    with clock.use(clock.FixedClock(datetime(2026, 3, 2, 10, tzinfo=clock.TZ))):
        yield


def publish(web: Any) -> tuple[int, str]:
    task = Task.objects.get(state="open", node="publish")
    answer = web("han").post(f"/tasks/{task.pk}/", {"verb": "complete"})
    return answer.status_code, answer.content.decode()


def vacate(slot: str) -> None:
    """Whoever held the posts of a slot left the day before."""
    posts = Binding.objects.filter(slot__code=slot).values("position")
    Holding.objects.filter(position__in=posts).update(until=clock.today() - timedelta(days=1))


@pytest.mark.req("R-023")
def test_a_vacant_post_holds_the_publishing_up(agreed: None, web: Any) -> None:
    vacate("bu_mgr")
    page = web("han").get("/packs/rail/").content.decode()
    assert page.count("无人在岗") == 1
    status, said = publish(web)
    assert status == 422
    assert "有1处步骤没有负责人，不能生效：SC-001 3a 审批调研预算（事业部经理）" in said
    assert PackRelease.objects.get(pack__code="rail").state == "draft"
    assert Case.objects.get(process_code="SC-000").state == "running"
    Holding.objects.filter(position__code="pos.bu_mgr").update(until=None)
    assert "无人在岗" not in web("han").get("/packs/rail/").content.decode()
    assert publish(web)[0] == 302
    assert PackRelease.objects.get(pack__code="rail").state == "effective"


@pytest.mark.req("R-023")
def test_so_does_an_unbound_slot(agreed: None, web: Any) -> None:
    Binding.objects.filter(slot__code="fin_mgr").delete()
    status, said = publish(web)
    assert status == 422
    assert "SC-004 4b 抄送财务经理（财务经理）" in said


@pytest.mark.req("R-023")
def test_an_installation_for_a_company_asks_the_same(agreed: None, cli: Cli) -> None:
    vacate("tech_dir")
    refused = cli("pack", "install", str(PACKS / "rail"), "--effective", "--unit", "company")
    assert refused.exit_code == 1
    assert "技术总监" in refused.output
    assert PackRelease.objects.get(pack__code="rail").state == "draft"
