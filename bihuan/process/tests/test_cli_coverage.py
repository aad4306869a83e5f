"""`bihuan scenario coverage`: what the scenarios of a pack leave out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from bihuan.process.scenario.coverage import Coverage, Way
from bihuan.process.scenario.run import run_file

RAIL = Path(settings.PACKS_DIR) / "rail" / "scenarios"
SHOP = Path(settings.PACKS_DIR).parent / "tests" / "outside" / "shop" / "scenarios"


def covered(*files: Path) -> Coverage:
    """What these scenarios walk together."""
    seen = Coverage()
    for file in files:
        assert run_file(file, collect=seen.collect).error is None
    return seen


@pytest.mark.django_db
def test_one_scenario_leaves_out_the_skips_and_the_refusals() -> None:
    seen = covered(RAIL / "sc001_annual_plan.yaml")
    flows = [Way("SC-001", "flow", "level", "sign"), Way("SC-001", "flow", "skip", "sign")]
    refusals = [Way("SC-001", "refuse", step, "draft") for step in ("budget", "gm", "head", "sign")]
    assert [way for way in seen.uncovered() if way.process == "SC-001"] == [*flows, *refusals]
    assert str(flows[0]) == "SC-001: level → sign"
    assert str(refusals[0]) == "SC-001: budget 退回 draft"


@pytest.mark.django_db
def test_the_rail_pack_leaves_nothing_out() -> None:
    assert [str(way) for way in covered(*sorted(RAIL.glob("*.yaml"))).uncovered()] == []


@pytest.mark.django_db
def test_branches_joins_rows_waits_watches_calls_and_hand_overs_are_seen() -> None:
    left = {str(way) for way in covered(*sorted(SHOP.glob("*.yaml"))).uncovered()}
    assert left == {
        "SH-01: budget 退回 draft",
        "SH-01: legal 退回 draft",
        "SH-02: ad 退回 ask",
        "SH-02: any 退回 ask",
        "SH-02: big 退回 ask",
        "SH-02: ratio 退回 ask",
        "SH-03: check → done",
        "SH-03: done → end",
        "SH-03: check 退回 plan",
    }


def test_the_command_counts_and_fails(tmp_path: Path) -> None:
    pack = Path(shutil.copytree(SHOP.parent, tmp_path / "shop"))
    for file in sorted((pack / "scenarios").glob("*.yaml"))[1:]:
        file.unlink()
    environment = {**os.environ, "BIHUAN_DATA_DIR": str(settings.DATA_DIR)}
    command = [sys.executable, "-m", "bihuan", "scenario", "coverage", str(pack), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (1, "")
    found = json.loads(done.stdout)
    assert found["processes"] == ["SH-01", "SH-02", "SH-03"]
    assert found["failed"] == []
    assert {"process": "SH-01", "kind": "flow", "source": "draft", "target": "reviews"} in found["uncovered"]
