"""Shipped packs are clean and say what the handbook says (`tests/handbook`)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bihuan.kernel.label import show
from bihuan.packs.public import check_pack

ROOT = Path(__file__).resolve().parents[1]
PACKS = sorted(path.parent for path in (ROOT / "packs").glob("*/pack.yaml"))
FORMS = sorted((ROOT / "packs").glob("*/forms/*.yaml"))
PROCESSES = sorted((ROOT / "packs").glob("*/processes/*.yaml"))


def handbook(name: str) -> dict[str, dict[str, Any]]:
    """One part of the handbook by code."""
    rows = json.loads((ROOT / "tests" / "handbook" / f"{name}.json").read_text(encoding="utf-8"))
    return {row["code"]: row for row in rows}


def read(path: Path) -> Any:
    """A file of a pack."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def options(field: dict[str, Any]) -> list[str]:
    """The values of an enum, in the handbook's notation or a pack's."""
    if "options" in field:
        return [one["value"] if isinstance(one, dict) else str(one) for one in field["options"]]
    found = re.fullmatch(r"(?:enum|multi)\((.*)\)", field["type"])
    return re.split(r"[,，]\s*", found[1]) if found else []


def test_there_are_packs() -> None:
    assert {path.name for path in PACKS} >= {"common", "rail"}
    assert FORMS
    assert PROCESSES


@pytest.mark.django_db
@pytest.mark.parametrize("folder", PACKS, ids=lambda path: path.name)
def test_shipped_packs_are_clean(folder: Path) -> None:
    assert [str(problem) for problem in check_pack(folder)] == []


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_forms_say_what_the_handbook_says(path: Path) -> None:
    form = read(path)
    stated = handbook("forms")[form["code"]]
    assert path.stem == form["code"]
    secrecy = stated["secrecy"].partition("(")[0]  # the bracket names a column that rights hide
    assert (form["key"], form["kind"], form["secrecy"]) == (stated["key"], stated["kind"], secrecy)
    assert show(form["name"]) == stated["zh"]
    fields = {field["key"]: field for field in form["fields"]}
    missing = [field["key"] for field in stated["fields"] if field["key"] not in fields]
    assert missing == []
    for field in stated["fields"]:
        mine = fields[field["key"]]
        assert show(mine["label"]) == field["label"]
        if "options" in mine:  # `multi(region)` has none of its own
            assert options(mine) == options(field), field["key"]
        if columns := field.get("columns"):
            assert [column["key"] for column in mine["columns"]] == [column["key"] for column in columns], (
                field["key"]
            )


@pytest.mark.parametrize("path", PROCESSES, ids=lambda path: path.stem)
def test_processes_are_the_handbooks(path: Path) -> None:
    process = read(path)
    stated = handbook("processes")[process["code"]]
    assert path.stem == process["code"]
    assert stated["pack"] == path.parents[1].name
    assert show(process["name"]) in stated["name"]
    numbers = {row["no"] for row in stated["steps"]}
    assert {str(step["num"]) for step in process["steps"] if "num" in step} <= numbers


@pytest.mark.parametrize("path", [*FORMS, *PROCESSES], ids=lambda path: path.stem)
def test_names_come_in_chinese_and_english(path: Path) -> None:
    assert {"zh-Hans", "en"} <= set(read(path)["name"])
