"""The shipped rail pack as people see it."""

from __future__ import annotations

from typing import Any


def test_the_rail_pack_is_in_force_with_every_slot_bound(rail: object, web: Any) -> None:
    page = web("zhao").get("/packs/").content.decode()
    assert "轨道交通包" in page
    assert "20个都已绑定" in page
    detail = web("zhao").get("/packs/rail/").content.decode()
    assert "未绑定" not in detail
    assert "外部方，由采购部经办" in detail
    assert "按惯例补全" in detail


def test_slots_stand_under_the_name_of_their_pack(rail: object, web: Any, sign_in: Any) -> None:
    from bihuan.kernel import clock
    from bihuan.kernel.actor import SYSTEM
    from bihuan.org import public as org

    org.open_person(username="root", name="管理员", is_admin=True, by=SYSTEM, at=clock.now())
    page = sign_in("root").get("/org/bindings/").content.decode()
    assert '<h2 class="card-title">轨道交通包' in page
    assert '<h2 class="card-title">rail' not in page
