"""Units and positions keep their places right and refuse to vanish under others."""

from __future__ import annotations

import pytest

from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.errors import Conflict, Invalid
from bihuan.kit.audit import history
from bihuan.org import registry, services
from bihuan.org.models import Position, Unit
from bihuan.org.tests import make

pytestmark = pytest.mark.django_db


def _moved(unit: Unit, **changes: object) -> None:
    services.change_unit(unit=unit, by=SYSTEM, at=make.AT, **changes)


def test_path_and_company_follow_from_the_place() -> None:
    group, firm, department = make.company()
    store = make.unit("s", "一店", "store", firm)
    assert department.path == f"/{group.pk}/{firm.pk}/{department.pk}/"
    assert [unit.company_id for unit in (group, firm, department, store)] == [
        group.pk,
        firm.pk,
        firm.pk,
        firm.pk,
    ]


def test_moving_a_unit_takes_everything_below_along() -> None:
    group, firm, department = make.company()
    team = make.unit("t", "一组", "team", department)
    other = make.unit("c2", "销售公司", "company", group)
    services.move_unit(unit=department, parent=other, by=SYSTEM, at=make.AT)
    team.refresh_from_db()
    assert team.path == f"/{group.pk}/{other.pk}/{department.pk}/{team.pk}/"
    assert team.company_id == other.pk
    assert firm.path not in Unit.objects.get(pk=team.pk).path


def test_a_department_that_becomes_a_company_is_the_company_of_those_below() -> None:
    _, _, department = make.company()
    team = make.unit("t", "一组", "team", department)
    _moved(department, kind="company")
    team.refresh_from_db()
    assert team.company_id == department.pk


def test_a_unit_cannot_move_below_itself_or_a_closed_one() -> None:
    group, firm, department = make.company()
    with pytest.raises(Invalid):
        _moved(group, parent=department)
    services.retire_unit(unit=department, by=SYSTEM, at=make.AT)
    with pytest.raises(Invalid):
        make.unit("x", "某组", "team", department)
    with pytest.raises(Conflict):
        services.retire_unit(unit=group, by=SYSTEM, at=make.AT)
    assert firm.retired_at is None


def test_a_position_cannot_be_its_own_superior_by_any_way() -> None:
    _, firm, _ = make.company()
    top = make.position("a", "总经理", firm)
    low = make.position("b", "经理", firm, top)
    with pytest.raises(Invalid):
        services.change_position(position=top, superior=low, by=SYSTEM, at=make.AT)


def test_a_position_in_use_is_not_retired() -> None:
    _, firm, _ = make.company()
    bound, head, busy = (make.position(code, code, firm) for code in "abc")
    services.bind_slot(slot=make.slot("gm", "总经理"), unit=firm, position=bound, by=SYSTEM, at=make.AT)
    _moved(firm, head=head)

    @registry.may_retire
    def holds_work(*, position: Position) -> None:
        if position == busy:
            raise Conflict("还有待办")

    try:
        for position in (bound, head, busy):
            with pytest.raises(Conflict):
                services.retire_position(position=position, by=SYSTEM, at=make.AT)
    finally:
        registry.may_retire.remove(holds_work)
    services.retire_position(position=busy, by=SYSTEM, at=make.AT)
    assert history("org.position", busy.pk)[0].verb == "retire"


def test_names_are_found_by_pinyin() -> None:
    _, firm, _ = make.company()
    assert "guidao" in firm.name_pinyin
    _moved(firm, name="重庆公司")
    assert firm.name_pinyin.endswith("gs")
