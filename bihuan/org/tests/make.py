"""A small organisation to test with."""

from __future__ import annotations

from datetime import datetime

from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.clock import TZ
from bihuan.org import services
from bihuan.org.models import Person, Position, Slot, Unit

AT = datetime(2026, 11, 20, 10, 0, tzinfo=TZ)


def unit(code: str, name: str, kind: str = "department", parent: Unit | None = None) -> Unit:
    return services.open_unit(code=code, name=name, kind=kind, parent=parent, by=SYSTEM, at=AT)


def position(code: str, name: str, unit: Unit, superior: Position | None = None) -> Position:
    return services.open_position(code=code, name=name, unit=unit, superior=superior, by=SYSTEM, at=AT)


def person(username: str, name: str, *positions: Position, admin: bool = False) -> Person:
    made = services.open_person(username=username, name=name, is_admin=admin, by=SYSTEM, at=AT)
    for held in positions:
        services.hold_position(person=made, position=held, by=SYSTEM, at=AT)
    return made


def slot(code: str, name: str, pack: str = "rail", external: bool = False) -> Slot:
    return Slot.objects.create(code=code, names={"zh-Hans": name}, pack=pack, external=external)


def company() -> tuple[Unit, Unit, Unit]:
    """集团 with one company and its department."""
    group = unit("g", "示例集团", "group")
    firm = unit("c", "轨道设备公司", "company", group)
    return group, firm, unit("d", "产品市场部", "department", firm)
