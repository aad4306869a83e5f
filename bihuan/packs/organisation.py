"""An organisation made from demo.yaml: for demos and scenarios, through the services that people use."""

from __future__ import annotations

from datetime import datetime

from bihuan.kernel.actor import Actor
from bihuan.org import public as org
from bihuan.org.public import Position, Slot, Unit

from .domain.files import DemoFile


def build_organisation(demo: DemoFile, *, by: Actor, at: datetime) -> None:
    """Make the units, positions, people and bindings of a demo file; bindings hold for the whole company."""
    units = _units(demo, by, at)
    positions = _positions(demo, units, by, at)
    for code, entry in demo.units.items():
        if entry.head is not None:
            org.change_unit(unit=units[code], head=positions[entry.head], by=by, at=at)
    for username, who in demo.people.items():
        person = org.open_person(
            username=username,
            name=who.name,
            email=who.email,
            mobile=who.mobile,
            is_admin=who.admin,
            by=by,
            at=at,
        )
        for place, key in enumerate(who.positions):
            org.hold_position(person=person, position=positions[key], main=place == 0, by=by, at=at)
    _bind(demo, positions, by, at)


def _units(demo: DemoFile, by: Actor, at: datetime) -> dict[str, Unit]:
    made: dict[str, Unit] = {}
    waiting = dict(demo.units)
    while waiting:
        ready = [code for code, entry in waiting.items() if entry.parent is None or entry.parent in made]
        if not ready:
            raise ValueError(f"units without a reachable parent: {', '.join(waiting)}")
        for code in ready:
            entry = waiting.pop(code)
            parent = made[entry.parent] if entry.parent else None
            made[code] = org.open_unit(
                code=code,
                name=entry.name,
                kind=entry.kind,
                parent=parent,
                short_name=entry.short_name,
                by=by,
                at=at,
            )
    return made


def _positions(demo: DemoFile, units: dict[str, Unit], by: Actor, at: datetime) -> dict[str, Position]:
    made = {
        key: org.open_position(code=key, name=entry.name, unit=units[entry.unit], by=by, at=at)
        for key, entry in demo.positions.items()
    }
    for key, entry in demo.positions.items():
        if entry.superior is not None:
            org.change_position(position=made[key], superior=made[entry.superior], by=by, at=at)
    return made


def _bind(demo: DemoFile, positions: dict[str, Position], by: Actor, at: datetime) -> None:
    slots = {slot.code: slot for slot in Slot.objects.all()}
    for key, entry in demo.positions.items():
        company = positions[key].unit.company or positions[key].unit
        for code in entry.slots:
            org.bind_slot(slot=slots[code], unit=company, position=positions[key], by=by, at=at)
