"""The readers of the files that this app knows itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bihuan.kernel.actor import Actor
from bihuan.kernel.label import BASE_LANGUAGE, Label
from bihuan.kit import expr
from bihuan.org.public import Slot

from .domain.files import DemoFile, DutiesFile, Duty, SlotEntry, SlotsFile
from .domain.known import Known
from .domain.problems import Finding, KeyPath, nearest
from .domain.strict import parser_of, schema_of
from .domain.tables import ROOTS, TableFile, slots_named
from .models import PackRelease
from .readers import Entry, Reader, register_reader

_parse_slots = parser_of(SlotsFile)


def label_map(label: Label) -> dict[str, str]:
    """A label as the map that models keep."""
    return {BASE_LANGUAGE: label} if isinstance(label, str) else dict(label)


def parse_slots(data: object) -> tuple[Any, list[Finding]]:
    """Read slots.yaml; one bad slot leaves the others known."""
    value, findings = _parse_slots(data)
    if value is None and isinstance(data, dict):
        bad = {path[0] for path, _ in findings if path}
        value, _ = _parse_slots({code: entry for code, entry in data.items() if code not in bad})
    return value, findings


def _unknown(known: Known, place: str, path: KeyPath, code: str, what: str) -> Iterator[Finding]:
    if known.lacks(place, code):
        yield path, f"{what}“{code}”不存在{known.suggestion(place, code)}"


def check_slots(slots: Mapping[str, SlotEntry], known: Known) -> list[Finding]:
    """`via` names an inside slot."""
    found: list[Finding] = []
    for code, slot in slots.items():
        if slot.via is None:
            continue
        found += _unknown(known, "slots.yaml", (code, "via"), slot.via, "岗位槽")
        if (via := known.slots.get(slot.via)) and via.external:
            found.append(((code, "via"), f"经办槽位“{slot.via}”本身是外部方"))
    return found


def install_slots(release: PackRelease, entries: Sequence[Entry], *, by: Actor, at: datetime) -> None:
    """Write the slots; one that another pack brought stays as that pack says (slots are shared by code)."""
    for entry in entries:
        for code, slot in entry.value.items():
            row, created = Slot.objects.get_or_create(
                code=code,
                defaults={
                    "names": label_map(slot.name),
                    "pack": release.pack.code,
                    "external": slot.external,
                    "via": slot.via or "",
                },
            )
            if not created and row.pack == release.pack.code:
                row.names, row.external, row.via = label_map(slot.name), slot.external, slot.via or ""
                row.save(update_fields=["names", "external", "via"])


def check_table(table: TableFile, known: Known) -> list[Finding]:
    """Conditions read inputs, roots and settings that exist; people are slots that exist."""
    found: list[Finding] = []
    for place, row in enumerate(table.rows):
        if row.if_ is not None:
            found += _condition(row.if_, ("rows", place, "if"), table, known)
        if row.key == "by" or (row.key == "else" and table.gives_people):
            for path, slot in slots_named(row.result, ("rows", place, row.key)):
                found += _unknown(known, "slots.yaml", path, slot, "岗位槽")
    return found


def _condition(source: str, path: KeyPath, table: TableFile, known: Known) -> list[Finding]:
    shape: dict[str, expr.Shape] = dict.fromkeys(ROOTS, expr.ANY)
    shape["setting"] = _nested(known.settings)
    shape.update({name: expr.ANY if kind in _RECORDS else expr.LEAF for name, kind in table.inputs.items()})
    return [(path, f"表达式“{source}”：{said}") for said in expr.problems(source, shape)]


_RECORDS = frozenset({"user", "slot", "unit", "ref", "date", "datetime", "period"})


def _nested(names: Iterable[str]) -> dict[str, expr.Shape]:
    """Dotted names as the shape that expressions are checked against."""
    shape: dict[str, Any] = {}
    for name in names:
        here = shape
        *above, last = name.split(".")
        for part in above:
            here = here.setdefault(part, {})
        here[last] = expr.LEAF
    return shape


def check_duties(duties: Sequence[Duty], known: Known) -> list[Finding]:
    """Slots, processes and forms exist."""
    found: list[Finding] = []
    for place, duty in enumerate(duties):
        found += _unknown(known, "slots.yaml", (place, "slot"), duty.slot, "岗位槽")
        if duty.process:
            found += _unknown(known, "processes", (place, "process"), duty.process, "流程")
        if duty.form:
            found += _unknown(known, "forms", (place, "form"), duty.form, "表单")
    return found


def check_demo(demo: DemoFile, known: Known) -> list[Finding]:
    """Units, positions and slots that are named exist; nobody is above himself."""
    found: list[Finding] = []
    for code, unit in demo.units.items():
        found += _absent(("units", code, "parent"), unit.parent, demo.units, "单位")
        found += _absent(("units", code, "head"), unit.head, demo.positions, "岗位")
    for code, position in demo.positions.items():
        found += _absent(("positions", code, "unit"), position.unit, demo.units, "单位")
        found += _absent(("positions", code, "superior"), position.superior, demo.positions, "岗位")
        for place, slot in enumerate(position.slots):
            found += _unknown(known, "slots.yaml", ("positions", code, "slots", place), slot, "岗位槽")
    for code, person in demo.people.items():
        for place, held in enumerate(person.positions):
            found += _absent(("people", code, "positions", place), held, demo.positions, "岗位")
    found += _circles("units", "parent", {code: unit.parent for code, unit in demo.units.items()})
    found += _circles("positions", "superior", {code: one.superior for code, one in demo.positions.items()})
    return found


def _absent(path: KeyPath, code: str | None, there: Mapping[str, object], what: str) -> Iterator[Finding]:
    if code is not None and code not in there:
        yield path, f"{what}“{code}”不存在{nearest(code, there)}"


def _circles(part: str, key: str, above: Mapping[str, str | None]) -> Iterator[Finding]:
    for start in above:
        seen, here = {start}, above[start]
        while here is not None and here not in seen:
            seen.add(here)
            here = above.get(here)
        if here == start:
            yield (part, start, key), f"“{start}”成了自己的上级"


def register() -> None:
    """Register the readers of slots.yaml, tables/, duties.yaml and demo.yaml."""
    register_reader(
        Reader(
            folder="slots.yaml", parse=parse_slots, gives=dict, check=check_slots, install=install_slots,
            schema=lambda: schema_of(SlotsFile), order=10,
        )
    )  # fmt: skip
    register_reader(
        Reader(
            folder="tables", parse=parser_of(TableFile), gives=lambda table: {table.key: table},
            check=check_table, schema=lambda: schema_of(TableFile), order=20,
        )
    )  # fmt: skip
    register_reader(
        Reader(
            folder="duties.yaml", parse=parser_of(DutiesFile), gives=lambda _: {}, check=check_duties,
            schema=lambda: schema_of(DutiesFile), order=90,
        )
    )  # fmt: skip
    register_reader(
        Reader(
            folder="demo.yaml", parse=parser_of(DemoFile), gives=lambda _: {}, check=check_demo,
            schema=lambda: schema_of(DemoFile), order=95, released=False,
        )
    )  # fmt: skip
