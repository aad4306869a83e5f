"""Processes run in the order, with the actors and on the forms that the handbook gives."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bihuan.process.models import Task
from bihuan.process.program import program
from bihuan.process.services.start import startable

HANDBOOK = json.loads((Path(__file__).parent / "processes.json").read_text(encoding="utf-8"))
SHIPPED = ["SC-001"]


def handbook_steps(code: str) -> list[dict[str, Any]]:
    """The steps of the handbook that people do, in order."""
    found = next(one for one in HANDBOOK if one["code"] == code)
    return [step for step in found["steps"] if step["roles"]]


@pytest.mark.req("R-013")
@pytest.mark.parametrize("code", SHIPPED)
def test_steps_stand_in_the_handbooks_order(rail: object, web: Any, code: str) -> None:
    plan = program(startable(code).version)
    steps = list(plan.steps())
    wanted = handbook_steps(code)
    assert [node.rules.get("num") for node in steps] == [step["no"] for step in wanted]
    for node, step in zip(steps, wanted, strict=True):
        by = node.rules["by"]
        assert sorted(by if isinstance(by, list) else [by]) == sorted(step["roles"]), node.id
    page = web("zhao").get(f"/processes/{code}/").content.decode()
    names = [page.index(f">{node.rules['num']}</td>") for node in steps]
    assert names == sorted(names)
    assert "F-001" in page


@pytest.mark.req("R-013")
def test_research_planning_is_started_and_filled_by_its_author(rail: object, web: Any) -> None:
    started = web("zhao").post("/start/SC-001/", {"at": ""})
    task = Task.objects.get(pk=int(re.findall(r"\d+", started["Location"])[0]))
    form = task.document.form_version.form.code
    assert (task.node, task.person.username, form) == ("draft", "zhao", "F-001")


@pytest.mark.req("R-013")
def test_research_planning_goes_from_actor_to_actor(scenario: Any) -> None:
    scenario(Path(__file__).resolve().parents[2] / "packs/rail/scenarios/sc001_annual_plan.yaml")
