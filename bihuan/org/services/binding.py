"""Who fills the slots of the packs, and who stands in for whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, text
from bihuan.kit import audit
from bihuan.kit.crud import save_new_row, save_row_changes
from bihuan.org.models import Binding, Deputy, Person, Position, Slot, Unit
from bihuan.org.registry import on_binding_change


@transaction.atomic
def bind_slot(*, slot: Slot, unit: Unit, position: Position, by: Actor, at: datetime) -> Binding:
    """Let `position` fill `slot` in `unit` and below (R-001); open seats are reassigned. Raises Invalid."""
    if position.retired_at is not None or unit.retired_at is not None:
        raise Invalid(text("已停用的岗位或单位不能绑定"))
    if Binding.objects.filter(slot=slot, unit=unit, position=position).exists():
        raise Invalid(text("“{slot}”在“{unit}”已经绑定“{position}”"), slot=slot, unit=unit, position=position)
    bound = save_new_row(Binding(slot=slot, unit=unit, position=position), by=by, at=at)
    changes = {"bound": (None, f"{unit} · {position}")}
    audit.record(
        kind="org.slot", id=slot.pk, verb="bind", by=by, at=at, changes=changes, company=unit.company_id
    )
    _tell(slot, unit, by, at)
    return bound


@transaction.atomic
def unbind_slot(*, binding: Binding, by: Actor, at: datetime) -> None:
    """Take a binding back; open seats are reassigned to those who are still bound."""
    slot, unit = binding.slot, binding.unit
    changes = {"bound": (f"{unit} · {binding.position}", None)}
    audit.record(kind="org.binding", id=binding.pk, verb="remove", by=by, at=at, company=unit.company_id)
    audit.record(
        kind="org.slot", id=slot.pk, verb="unbind", by=by, at=at, changes=changes, company=unit.company_id
    )
    binding.delete()
    _tell(slot, unit, by, at)


def _tell(slot: Slot, unit: Unit, by: Actor, at: datetime) -> None:
    for tell in on_binding_change:
        tell(slot=slot, unit=unit, by=by, at=at)


@transaction.atomic
def appoint_deputy(
    *,
    person: Person,
    deputy: Person,
    since: date,
    until: date,
    by: Actor,
    at: datetime,
    processes: list[str] | None = None,
    reason: str = "",
) -> Deputy:
    """Let `deputy` act for `person` from a day to a day, both included (rules.md §27). Raises Invalid."""
    made = Deputy(
        person=person, deputy=deputy, since=since, until=until, processes=processes or [], reason=reason
    )
    _check(made)
    return save_new_row(made, by=by, at=at)


@transaction.atomic
def change_deputy(*, appointment: Deputy, by: Actor, at: datetime, **changes: Any) -> Deputy:
    """Change days, processes or people of an appointment. Raises Invalid."""
    shown = ("person", "deputy", "since", "until")
    _check(Deputy(**{name: changes.get(name, getattr(appointment, name)) for name in shown}))
    return save_row_changes(appointment, changes, by=by, at=at)


@transaction.atomic
def end_deputy(*, appointment: Deputy, by: Actor, at: datetime) -> None:
    """Take an appointment back."""
    audit.record(kind="org.deputy", id=appointment.pk, verb="remove", by=by, at=at, note=str(appointment))
    appointment.delete()


def _check(found: Deputy) -> None:
    if found.person_id == found.deputy_id:
        raise Invalid(text("填写的内容有问题"), fields={"deputy": [text("代理人不能是本人")]})
    if found.until < found.since:
        raise Invalid(text("填写的内容有问题"), fields={"until": [text("不能早于开始日期")]})
