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
SHIPPED = ["SC-000", "SC-001", "SC-002", "SC-003", "SC-004", "SC-009", "SC-D03"]
SIDE_BY_SIDE = {"SC-004": ("3", "5")}  # a branch beside 4a and 4b
ROWS = {
    ("SC-002", "3"): "ka_mgr", ("SC-004", "1a"): "ka_mgr", ("SC-004", "5"): "ka_mgr", ("SC-009", "2a"): "ka_mgr",
}  # fmt: skip
"""Steps that each person of a slot does for himself: the person of the row."""


def handbook_steps(code: str) -> list[dict[str, Any]]:
    """The steps of the handbook that people do, in order; a note hands over to another process."""
    found = next(one for one in HANDBOOK if one["code"] == code)
    return [step for step in found["steps"] if step["roles"] and step["no"] != "note"]


def _slots(value: Any) -> set[str]:
    """The slots named anywhere in a `by` or `notify`."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, list):
        return {slot for one in value for slot in _slots(one)}
    return _slots(value["slot"]) if isinstance(value, dict) and "slot" in value else set()


@pytest.mark.req("R-013")
@pytest.mark.parametrize("code", SHIPPED)
def test_steps_stand_in_the_handbooks_order(rail: object, web: Any, code: str) -> None:
    plan = program(startable(code).version)
    steps = [node for node in plan.steps() if "num" in node.rules]
    wanted = handbook_steps(code)
    numbers = list(dict.fromkeys(node.rules["num"] for node in steps))
    beside = SIDE_BY_SIDE.get(code, ())
    assert [no for no in numbers if no not in beside] == [
        step["no"] for step in wanted if step["no"] not in beside
    ]
    assert set(beside) <= set(numbers)
    people: dict[str, set[str]] = {}
    for node in steps:
        number = node.rules["num"]
        own = people.setdefault(number, {ROWS[code, number]} if (code, number) in ROWS else set())
        own |= _slots(node.rules["by"]) | _slots(node.rules.get("notify"))
    if code == "SC-004":
        people["4b"] |= people["4a"]  # who presents the plan passes it on
    for step in wanted:
        assert set(step["roles"]) <= people[step["no"]], step["no"]
    page = web("zhao").get(f"/processes/{code}/").content.decode()
    names = [page.index(f">{number}</td>") for number in numbers]
    assert names == sorted(names)
    assert plan.header["document"]["form"] in page


@pytest.mark.req("R-013")
@pytest.mark.parametrize("code", SHIPPED)
def test_a_process_uses_the_forms_that_the_handbook_names(rail: object, web: Any, code: str) -> None:
    """All but those that registers keep (F-011, F-012) and the targets of the year (F-013)."""
    named = set(next(one for one in HANDBOOK if one["code"] == code)["forms"]) - {"F-011", "F-012", "F-013"}
    if code == "SC-001":
        named -= {"F-020"}  # the plan's money is posted to the ledger
    if code == "SC-004":
        named -= {"F-025"}  # SC-D03 makes it
    plan = program(startable(code).version)
    used = {str(one) for node in plan.steps() for one in node.rules.get("input", ())}
    for node in plan.steps():
        used |= {
            one.get("form", "") for one in (*node.rules.get("documents", ()), *node.rules.get("form", ()))
        }
    assert named <= used
    assert web("zhao").get(f"/processes/{code}/").status_code == 200


@pytest.mark.req("R-013")
def test_research_planning_is_started_and_filled_by_its_author(rail: object, web: Any) -> None:
    started = web("zhao").post("/start/SC-001/", {"at": ""})
    task = Task.objects.get(pk=int(re.findall(r"\d+", started["Location"])[0]))
    form = task.document.form_version.form.code
    assert (task.node, task.person.username, form) == ("draft", "zhao", "F-001")


@pytest.mark.req("R-013")
def test_research_planning_goes_from_actor_to_actor(scenario: Any) -> None:
    scenario(Path(__file__).resolve().parents[2] / "packs/rail/scenarios/sc001_annual_plan.yaml")
