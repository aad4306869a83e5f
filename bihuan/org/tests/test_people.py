"""People come, hold posts, leave; bindings and holdings tell those above."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.kernel.actor import SYSTEM, Actor
from bihuan.kernel.errors import Conflict, Invalid
from bihuan.kit.audit import history
from bihuan.org import registry, services
from bihuan.org.models import Binding, Holding
from bihuan.org.tests import make

pytestmark = pytest.mark.django_db


def test_sign_in_names_differ_by_more_than_case() -> None:
    make.person("zhao", "赵一鸣")
    with pytest.raises(Invalid):
        make.person("ZHAO", "赵二")


def test_the_first_position_is_the_main_one_and_there_is_only_one() -> None:
    _, _, department = make.company()
    first, second = make.position("a", "甲", department), make.position("b", "乙", department)
    person = make.person("zhao", "赵一鸣", first)
    services.hold_position(person=person, position=second, main=True, by=SYSTEM, at=make.AT)
    assert list(Holding.objects.filter(main=True).values_list("position__code", flat=True)) == ["b"]


def test_leaving_ends_positions_unless_work_is_open() -> None:
    _, _, department = make.company()
    person = make.person("zhao", "赵一鸣", make.position("a", "甲", department))

    @registry.may_leave
    def open_work(*, person: Any) -> None:
        raise Conflict("还有待办")

    try:
        with pytest.raises(Conflict):
            services.close_person(person=person, by=SYSTEM, at=make.AT)
    finally:
        registry.may_leave.remove(open_work)
    services.close_person(person=person, by=SYSTEM, at=make.AT)
    person.refresh_from_db()
    assert (person.is_active, person.left_at, person.holdings.count()) == (False, make.AT, 0)


def test_the_last_administrator_and_oneself_stay() -> None:
    admin = make.person("admin", "管理员", admin=True)
    with pytest.raises(Conflict):
        services.close_person(person=admin, by=SYSTEM, at=make.AT)
    with pytest.raises(Conflict):
        services.change_person(person=admin, is_admin=False, by=SYSTEM, at=make.AT)
    make.person("second", "副管", admin=True)
    with pytest.raises(Conflict):
        services.close_person(person=admin, by=Actor(admin.pk, admin.name), at=make.AT)


def test_binding_and_holding_changes_are_told_and_audited() -> None:
    _, firm, department = make.company()
    position, slot = make.position("a", "甲", department), make.slot("gm", "总经理")
    told: list[tuple[str, Any]] = []

    @registry.on_binding_change
    def bound(*, slot: Any, unit: Any, by: Any, at: Any) -> None:
        told.append((slot.code, Binding.objects.filter(slot=slot).count()))

    @registry.on_holding_change
    def held(*, position: Any, person: Any, by: Any, at: Any) -> None:
        told.append((position.code, position.holdings.count()))

    try:
        made = services.bind_slot(slot=slot, unit=firm, position=position, by=SYSTEM, at=make.AT)
        person = make.person("zhao", "赵一鸣", position)
        services.leave_position(holding=person.holdings.get(), by=SYSTEM, at=make.AT)
        services.unbind_slot(binding=made, by=SYSTEM, at=make.AT)
    finally:
        registry.on_binding_change.remove(bound)
        registry.on_holding_change.remove(held)
    assert told == [("gm", 1), ("a", 1), ("a", 0), ("gm", 0)]
    assert [entry.verb for entry in history("org.slot", slot.pk)] == ["unbind", "bind"]


def test_the_audit_trail_holds_no_password() -> None:
    made = make.person("neu", "新人")
    named = {change.field for entry in history("org.person", made.pk) for change in entry.change_list}
    assert "username" in named
    assert "password" not in named
