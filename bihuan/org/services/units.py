"""Units and positions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, text
from bihuan.kit.crud import save_new_row, save_row_changes
from bihuan.org.domain.pinyin import searchable
from bihuan.org.models import Position, Unit
from bihuan.org.models.unit import UnitKind
from bihuan.org.registry import may_retire


@transaction.atomic
def open_unit(
    *,
    code: str,
    name: str,
    kind: str,
    by: Actor,
    at: datetime,
    parent: Unit | None = None,
    short_name: str = "",
    head: Position | None = None,
) -> Unit:
    """Make a unit below `parent`; its path and company follow from the place. Raises Invalid."""
    _refuse_retired(parent, "parent")
    unit = Unit(
        code=code,
        name=name,
        name_pinyin=searchable(name),
        kind=kind,
        parent=parent,
        short_name=short_name,
        head=head,
    )
    save_new_row(unit, by=by, at=at)
    _settle(unit)
    return unit


@transaction.atomic
def change_unit(*, unit: Unit, by: Actor, at: datetime, **changes: Any) -> Unit:
    """Change a unit's name, kind, head …; another `parent` moves it. Raises Invalid."""
    if "parent" in changes:
        _refuse_retired(changes["parent"], "parent")
        _refuse_below_itself(unit, changes["parent"])
    if "name" in changes:
        changes["name_pinyin"] = searchable(changes["name"])
    save_row_changes(unit, changes, by=by, at=at)
    if {"parent", "kind"} & changes.keys():
        _settle(unit)
    return unit


def move_unit(*, unit: Unit, parent: Unit | None, by: Actor, at: datetime) -> Unit:
    """Put a unit with all below it under another parent; paths and companies follow."""
    return change_unit(unit=unit, parent=parent, by=by, at=at)


@transaction.atomic
def retire_unit(*, unit: Unit, by: Actor, at: datetime) -> Unit:
    """Close a unit that has neither units nor positions in use left; raises Conflict."""
    if unit.children.filter(retired_at=None).exists():
        raise Conflict(text("“{name}”下面还有在用的单位，请先停用或移走它们"), name=unit.name)
    if unit.positions.filter(retired_at=None).exists():
        raise Conflict(text("“{name}”还有在用的岗位，请先停用或移走它们"), name=unit.name)
    return save_row_changes(unit, {"retired_at": at}, by=by, at=at, verb="retire")


def _settle(unit: Unit) -> None:
    """Make path and company right for `unit` and everything below it."""
    parent = Unit.objects.filter(pk=unit.parent_id).first() if unit.parent_id is not None else None
    known = {} if parent is None else {parent.pk: parent}
    below = (
        Unit.objects.filter(path__startswith=unit.path).exclude(pk=unit.pk)
        if unit.path
        else Unit.objects.none()
    )
    changed = [unit, *below.order_by("path")]
    for one in changed:
        above = known.get(one.parent_id) if one.parent_id else None
        one.path = f"{above.path if above else '/'}{one.pk}/"
        own = one.kind == UnitKind.COMPANY or above is None
        one.company_id = one.pk if own or above is None else above.company_id
        known[one.pk] = one
    Unit.objects.bulk_update(changed, ["path", "company"], batch_size=500)


def _refuse_below_itself(unit: Unit, parent: Unit | None) -> None:
    if parent is not None and parent.path.startswith(unit.path):
        raise Invalid(text("填写的内容有问题"), fields={"parent": [text("不能移到自己或自己的下级单位下面")]})


def _refuse_retired(chosen: Unit | Position | None, field: str) -> None:
    if chosen is not None and chosen.retired_at is not None:
        raise Invalid(text("填写的内容有问题"), fields={field: [text("已停用，不能选用")]})


@transaction.atomic
def open_position(
    *, code: str, name: str, unit: Unit, by: Actor, at: datetime, superior: Position | None = None
) -> Position:
    """Make a position in a unit. Raises Invalid."""
    _refuse_retired(unit, "unit")
    position = Position(code=code, name=name, name_pinyin=searchable(name), unit=unit, superior=superior)
    return save_new_row(position, by=by, at=at)


@transaction.atomic
def change_position(*, position: Position, by: Actor, at: datetime, **changes: Any) -> Position:
    """Rename or move a position; task lists show the new name at once (R-001). Raises Invalid."""
    _refuse_retired(changes.get("unit"), "unit")
    _refuse_ring(position, changes.get("superior"))
    if "name" in changes:
        changes["name_pinyin"] = searchable(changes["name"])
    return save_row_changes(position, changes, by=by, at=at)


@transaction.atomic
def retire_position(*, position: Position, by: Actor, at: datetime) -> Position:
    """Close a position that no slot is bound to, that heads no unit and holds no open work; raises Conflict."""
    bound = position.bindings.select_related("slot").first()
    if bound is not None:
        raise Conflict(text("岗位“{name}”还绑定着“{slot}”，请先改绑"), name=position.name, slot=bound.slot)
    headed = Unit.objects.filter(head=position, retired_at=None).first()
    if headed is not None:
        raise Conflict(
            text("岗位“{name}”是“{unit}”的负责岗位，请先更换"), name=position.name, unit=headed.name
        )
    for check in may_retire:
        check(position=position)
    return save_row_changes(position, {"retired_at": at}, by=by, at=at, verb="retire")


def _refuse_ring(position: Position, superior: Position | None) -> None:
    above, steps = superior, 0
    while above is not None and steps < 100:
        if above.pk == position.pk:
            raise Invalid(
                text("填写的内容有问题"), fields={"superior": [text("上级岗位不能是自己或自己的下级")]}
            )
        above, steps = above.superior, steps + 1
