"""The shipped packs say what the handbook says (domain tables copied beside this file)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bihuan.packs.checking import check_pack
from bihuan.packs.domain.yaml import read_yaml
from bihuan.packs.loading import known_to, read_pack

HERE = Path(__file__).parent
PACKS = HERE.parents[1] / "packs"
FORMS = {form["code"]: form for form in json.loads((HERE / "forms.json").read_text(encoding="utf-8"))}
PROCESSES = json.loads((HERE / "processes.json").read_text(encoding="utf-8"))
ORIGINS = {"S": "stated", "C": "convention"}
ALIASES = {"dept": "unit", "role": "slot"}
SHIPPED = sorted(PACKS.glob("*/forms/*.yaml"))
OPEN_LIST = {"type": "longtext"}  # the handbook leaves the options open: one a line
NAMED = {"type": "text"}  # its register comes later; until then it is written out
DEPARTURES: dict[str, dict[str, Any]] = {
    "F-004.competitor": NAMED,
    "F-023.lines.customer": NAMED,
    "F-081.customer": NAMED,
    "F-096.effect.metric": NAMED,
    "F-103.lines.position": NAMED,
    "F-024.targets.metric": {"type": "enum"},  # the three indicators of a sales task
    "F-024.customers": OPEN_LIST,
    "F-101.forms": OPEN_LIST,
    "F-101.kpis": OPEN_LIST,
    "F-101.chart": {"type": "view"},  # the program draws it
    "F-101.readers": {"required_in": ["FM-07", "FM-09", "4S-14"]},  # SC-000 asks for no quiz
    # SC-002 trains for a research plan, the others by a training plan
    "F-064.plan": {"required_in": ["SC-008", "CL-02", "AU-04", "AU-06", "FM-04", "CL-11"]},
}
"""Where a pack deliberately says something else than the handbook, by form, field and column, and what."""
ADDED = {
    "F-004": {"collected_at", "place"}
}  # R-049 asks for time and place; the handbook's table has neither
"""Fields a pack adds to those the handbook lists, by form; each is marked as a convention."""
KEEPS = {"长期": "permanent"}


def _data(path: Path) -> Any:
    read = read_yaml(path.read_bytes())
    assert not read.findings
    return read.data


def _type(said: str) -> dict[str, Any]:
    """The handbook's type as the keys of a pack's field; an open target (`multi(form)`) gives the type alone."""
    base, _, inner = said.partition("(")
    names = [name for name in inner.rstrip(")").split(",") if name]
    kind, _, target = base.partition(":")
    found: dict[str, Any] = {"type": ALIASES.get(kind.removesuffix("[]"), kind.removesuffix("[]"))}
    if kind.endswith("[]"):
        found["many"] = True
    if re.fullmatch(r"F-\d{3}(,F-\d{3})*", target):
        found["to"] = target.split(",")
    if kind == "multi" and names and names[0] in {"region", "user", "role", "slot", "dept", "unit"}:
        return {"type": ALIASES.get(names[0], names[0]), "many": True}
    if kind in {"enum", "multi"} and names and not names[0].isascii():
        found["options"] = names
    return found


def _values(options: list[Any]) -> list[str]:
    return [option if isinstance(option, str) else option["value"] for option in options]


def _same_question(place: str, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    label = ours["label"]
    assert (label if isinstance(label, str) else label["zh-Hans"]) == theirs["label"]
    departs = DEPARTURES.get(place, {})
    for key, value in ({} if "type" in departs else _type(theirs["type"])).items():
        assert (_values(ours["options"]) if key == "options" else ours.get(key)) == value, place
    if "options" in theirs and "type" not in departs:
        assert _values(ours["options"]) == theirs["options"], place
    assert bool(ours.get("required")) == (theirs["req"] == "R"), place
    for key in ("compute", "required_if", "required_in"):
        assert ours.get(key) == departs.get(key, theirs.get(key)), (place, key)
    assert all(ours.get(key) == value for key, value in departs.items()), place


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_a_form_asks_what_the_handbook_lists(path: Path) -> None:
    ours, theirs = _data(path), FORMS[path.stem]
    assert (ours["code"], ours["key"], ours["kind"]) == (theirs["code"], theirs["key"], theirs["kind"])
    assert (ours["name"]["zh-Hans"], ours["name"]["en"]) == (theirs["zh"], theirs["en"])
    assert ours["secrecy"] == theirs["secrecy"].partition("(")[0]
    assert ours["keep"] == KEEPS.get(theirs["keep"], theirs["keep"])
    added = [field for field in ours["fields"] if field["key"] in ADDED.get(path.stem, ())]
    assert {field["key"] for field in added} == ADDED.get(path.stem, set())
    assert all(field["origin"] == "convention" and not field.get("required") for field in added)
    fields = [field for field in ours["fields"] if field not in added]
    assert [field["key"] for field in fields] == [field["key"] for field in theirs["fields"]]
    for mine, field in zip(fields, theirs["fields"], strict=True):
        place = f"{path.stem}.{field['key']}"
        _same_question(place, mine, field)
        assert mine.get("origin", _of_form(ours)) == ORIGINS[field["origin"]], place
        columns = mine.get("columns", [])
        assert [column["key"] for column in columns] == [one["key"] for one in field.get("columns", [])]
        for column, one in zip(columns, field.get("columns", []), strict=True):
            _same_question(f"{place}.{one['key']}", column, one)


def _of_form(form: dict[str, Any]) -> str:
    """Where a field comes from that does not say it."""
    return str(form["origin"]) if form["origin"] != "mixed" else "stated"


def test_a_departure_from_the_handbook_is_still_one() -> None:
    places = set(DEPARTURES)
    for path in SHIPPED:
        for field in _data(path)["fields"]:
            places.discard(f"{path.stem}.{field['key']}")
            places -= {f"{path.stem}.{field['key']}.{column['key']}" for column in field.get("columns", [])}
    assert places == set()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_a_form_has_every_rule_of_the_handbook(path: Path) -> None:
    ours = {
        (rule["check"], rule["message"], tuple(rule.get("fields", ())))
        for rule in _data(path).get("rules", [])
    }
    for rule in FORMS[path.stem].get("rules", []):
        assert (rule["check"], rule["message"], tuple(rule["fields"])) in ours


def test_the_research_plan_has_the_bounds_of_its_validation_column() -> None:
    fields = {field["key"]: field for field in _data(PACKS / "rail/forms/F-001.yaml")["fields"]}
    bounds = {
        key: {name: field[name] for name in ("min", "max", "min_rows") if name in field}
        for key, field in fields.items()
    }
    wanted = {
        "title": {"min": 2, "max": 80}, "background": {"min": 30}, "purpose": {"min": 20},
        "scope_area": {"min": 1}, "objects": {"min_rows": 1}, "topics": {"min": 1}, "methods": {"min": 1},
        "sample_size": {"min": 1}, "schedule": {"min_rows": 3}, "staff": {"min_rows": 1},
        "budget_lines": {"min_rows": 1}, "budget_total": {"min": 0}, "reserve_pct": {"min": 0, "max": 20},
        "deliverables": {"min": 1}, "approved_amount": {"min": 0},
    }  # fmt: skip
    assert {key: found for key, found in bounds.items() if found} == wanted
    assert {key for key, field in fields.items() if field.get("binding")} == {"plan_level", "budget_total"}


def _roles(pack: str) -> set[str]:
    """Every slot in the lanes of the pack's processes."""
    said = " ".join(process["lanes"] for process in PROCESSES if process["pack"] == pack)
    return set(re.findall(r"`([a-z_]+)`", said))


def test_the_rail_pack_knows_every_lane_of_its_processes() -> None:
    assert _roles("rail") - set(known_to(read_pack(PACKS / "rail")).slots) == set()


def test_slots_have_three_languages_and_outside_parties_someone_who_answers() -> None:
    for pack in ("common", "rail"):
        for code, slot in _data(PACKS / pack / "slots.yaml").items():
            assert set(slot["name"]) == {"zh-Hans", "zh-Hant", "en"}, code
            assert bool(slot.get("via")) == code.startswith("ext_"), code
            assert slot.get("external", False) == code.startswith("ext_"), code


def test_the_amount_routes_are_those_of_the_handbook() -> None:
    from decimal import Decimal

    from bihuan.packs.domain.tables import look_up

    table = known_to(read_pack(PACKS / "rail")).tables["amounts"]

    def route(amount: int, *, outside: bool = False) -> list[str]:
        people = look_up(table, {"amount": Decimal(amount), "outside": outside}).result
        return ["head" if isinstance(one, dict) else one for one in people]

    assert route(5000) == ["head"]
    assert route(5001) == route(50000) == ["head", "fin_mgr"]
    assert route(50001) == ["head", "fin_mgr", "gm"]
    assert route(100, outside=True) == ["head", "gm"]
    assert route(6000, outside=True) == ["head", "fin_mgr", "gm"]


def test_the_demo_company_fills_every_slot_and_someone_has_two_posts() -> None:
    source = read_pack(PACKS / "rail")
    (demo,) = (entry.value for entry in source.entries["demo.yaml"])
    inside = {code for code, slot in known_to(source).slots.items() if not slot.external}
    assert {slot for position in demo.positions.values() for slot in position.slots} == inside
    held = [position for person in demo.people.values() for position in person.positions]
    assert set(held) == set(demo.positions)
    assert max(len(person.positions) for person in demo.people.values()) == 2
    assert 20 <= len(demo.people) <= 30
    tops = [code for code, position in demo.positions.items() if position.superior is None]
    assert tops == ["pos.gm"]


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in PACKS.glob("*/pack.yaml")), ids=lambda path: path.name
)
def test_a_shipped_pack_has_no_problems(folder: Path) -> None:
    assert [str(problem) for problem in check_pack(folder)] == []
