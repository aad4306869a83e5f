"""The organisation by id and code, for those who keep ids: records for expressions, actors, viewers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import NotFound, text
from bihuan.kit.access import Viewer
from bihuan.org.models import Person, Position, Slot, Unit
from bihuan.org.queries import Seat, holdings_at, positions_of, seats, viewer_for


def slot(code: str) -> Slot | None:
    """The slot with this code."""
    return Slot.objects.filter(code=code).first()


def slot_name(code: str) -> str:
    """The slot's name in zh-Hans, the code itself where there is no such slot."""
    found = slot(code)
    return str(found) if found is not None else code


def person_by_username(username: str) -> int | None:
    """The id behind a sign-in name."""
    return (
        Person.objects.filter(username__iexact=username, is_active=True).values_list("pk", flat=True).first()
    )


def position_holders(code: str, at: datetime) -> list[Seat]:
    """Who sits in the position with this code."""
    return seats(list(Position.objects.filter(code=code, retired_at=None).values_list("pk", flat=True)), at)


def main_position(person: int) -> int | None:
    """The position a person acts in when none is named."""
    held = positions_of(person)
    return held[0].pk if held else None


def unit_of(position: int | None) -> int | None:
    """The unit of a position."""
    return (
        Position.objects.filter(pk=position).values_list("unit_id", flat=True).first() if position else None
    )


def company_of(unit: int) -> int:
    """The company (or store) a unit belongs to; itself where it stands above all companies."""
    return Unit.objects.filter(pk=unit).values_list("company_id", flat=True).first() or unit


def is_in_service(person: int) -> bool:
    """Whether a person works here."""
    return Person.objects.filter(pk=person, is_active=True).exists()


def actor_of(person: int, position: int | None, stands_for: int | None = None) -> Actor:
    """A person as an actor, named as he is now; raises NotFound."""
    found = Person.objects.filter(pk=person).first()
    if found is None:
        raise NotFound(text("没有这个人"))
    name = Position.objects.filter(pk=position).values_list("name", flat=True).first() if position else None
    return Actor(found.pk, found.name, position if name else None, name or "", found.is_admin, stands_for)


def viewer_of_person(person: int) -> Viewer:
    """What a person may see; raises NotFound."""
    found = Person.objects.filter(pk=person).first()
    if found is None:
        raise NotFound(text("没有这个人"))
    return viewer_for(found)


def person_record(person: int) -> Mapping[str, Any]:
    """A person as expressions read one."""
    found = Person.objects.filter(pk=person).values("id", "name", "username").first()
    if found is None:
        raise NotFound(text("没有这个人"))
    held = (
        holdings_at(clock.today())
        .filter(person=person)
        .select_related("position__unit")
        .order_by("-main", "id")
        .first()
    )
    unit = held.position.unit if held else None
    return {
        **found,
        "unit": {"id": unit.pk, "name": unit.name, "code": unit.code} if unit else None,
        "position": held.position.name if held else None,
    }


def unit_record(unit: int) -> Mapping[str, Any]:
    """A unit as expressions read one; raises NotFound."""
    found = Unit.objects.filter(pk=unit).values("id", "name", "code", "kind").first()
    if found is None:
        raise NotFound(text("没有这个单位"))
    return found
