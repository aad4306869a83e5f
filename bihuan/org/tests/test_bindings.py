"""The page 岗位绑定 (R-001)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from bihuan.kit.testing.crud import signed_in
from bihuan.org import queries
from bihuan.org.models import Binding
from bihuan.org.tests import make

pytestmark = pytest.mark.django_db
PAGE = "/org/bindings/"


@pytest.mark.req("R-001")
def test_an_administrator_binds_slots_to_real_positions_and_renaming_shows_everywhere(
    sign_in: Callable[[str], Client],
) -> None:
    _, firm, department = make.company()
    first, second = make.position("a", "市场经理", department), make.position("b", "品牌经理", department)
    make.person("zhao", "赵一鸣", first)
    slot = make.slot("mkt_mgr", "市场经理槽")
    make.person("admin", "管理员", admin=True)
    admin = sign_in("admin")
    assert "未绑定" in admin.get(PAGE).content.decode()
    assert admin.get(PAGE, {"edit": slot.pk}).status_code == 200
    for position in (first, second):
        typed = {"slot": slot.pk, "unit": firm.pk, "position": position.pk}
        assert admin.post(f"{PAGE}bind/", typed).status_code == 302
    assert admin.post(f"{PAGE}bind/", typed).status_code == 422
    page = admin.get(PAGE).content.decode()
    assert "赵一鸣" in page
    assert "空缺" in page
    stamp = admin.get(f"/api/org/positions/{first.pk}/").json()["stamp"]
    admin.patch(
        f"/api/org/positions/{first.pk}/",
        {"name": "市场总监", "stamp": stamp},
        content_type="application/json",
    )
    assert "市场总监" in admin.get(PAGE).content.decode()
    (seat,) = queries.holders("mkt_mgr", department.pk, make.AT)
    assert seat.position.name == "市场总监"


def test_a_binding_is_taken_back_and_only_once() -> None:
    _, firm, department = make.company()
    slot, position = make.slot("gm", "总经理"), make.position("a", "总经理", department)
    bound = make.services.bind_slot(slot=slot, unit=firm, position=position, by=make.SYSTEM, at=make.AT)
    admin = signed_in(is_admin=True)
    answers = [admin.post(f"{PAGE}{bound.pk}/unbind/").status_code for _ in range(2)]
    assert (answers, Binding.objects.count()) == ([302, 404], 0)


def test_the_page_is_for_administrators_and_knows_its_parameters() -> None:
    staff, admin = signed_in(), signed_in(is_admin=True)
    assert [staff.get(PAGE).status_code, staff.post(f"{PAGE}bind/").status_code] == [404, 404]
    assert admin.get(PAGE, {"nope": "1"}).status_code == 400
    assert admin.post(f"{PAGE}bind/", {"slot": "x"}).status_code == 422


def test_queries_do_not_grow_with_slots(django_assert_max_num_queries: object) -> None:
    _, firm, department = make.company()
    position, admin = make.position("a", "总经理", department), signed_in(is_admin=True)
    for number in range(6):
        slot = make.slot(f"s{number}", f"槽{number}")
        make.services.bind_slot(slot=slot, unit=firm, position=position, by=make.SYSTEM, at=make.AT)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        admin.get(PAGE)
