"""Who is asked: bindings, two posts, own documents, deputies, nobody there, outside parties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from bihuan.kernel.actor import SYSTEM
from bihuan.kit.audit import history
from bihuan.org import public as org
from bihuan.process import store
from bihuan.process.models import Case, Task
from bihuan.process.tests import stage
from bihuan.process.tests.stage import clock, services
from bihuan.process.tests.test_deciding import decide, open_at, text_of

Door = Callable[[str], Any]


def position(code: str) -> org.Position:
    return org.Position.objects.get(code=code)


def stand_in(person: str, deputy: str, *processes: str) -> None:
    org.appoint_deputy(
        person=stage.person(person), deputy=stage.person(deputy), since=date(2026, 3, 1), until=date(2026, 3, 31),
        processes=list(processes), by=SYSTEM, at=clock.now(),
    )  # fmt: skip


def author_in(username: str, code: str = "pos.mkt_mgr") -> Case:
    """A plan handed in by someone who holds the author's post beside his own."""
    org.hold_position(person=stage.person(username), position=position(code), by=SYSTEM, at=clock.now())
    by = org.actor_for(stage.person(username), position(code))
    case = services.start_case(process="SC-001", by=by, at=clock.now())
    task = stage.task_of(case, "draft", username)
    services.fill_task(task=task.pk, data=stage.auto_plan(task), by=stage.handler_of(task), at=clock.now())
    return case


@pytest.mark.req("R-001")
def test_renaming_a_position_shows_in_every_list(rail: object, web: Door) -> None:
    case = stage.plan_at("head")
    assert "产品市场部经理" in text_of(web("zhao").get(f"/cases/{case.pk}/"))
    org.change_position(position=position("pos.pm_mgr"), name="产品与市场总监", by=SYSTEM, at=clock.now())
    assert "钱多思 · 产品与市场总监" in text_of(web("zhao").get(f"/cases/{case.pk}/"))


@pytest.mark.req("R-001")
def test_binding_another_position_moves_open_tasks(rail: object, web: Door) -> None:
    org.change_person(person=stage.person("jiang"), is_admin=True, by=SYSTEM, at=clock.now())
    case = stage.plan_at("head")
    slot = org.Slot.objects.get(code="pm_mgr")
    old = org.Binding.objects.get(slot=slot)
    new = {"slot": slot.pk, "unit": old.unit_id, "position": position("pos.svc_head").pk}
    assert web("jiang").post("/org/bindings/bind/", new).status_code in (200, 302)
    assert open_at(case) == {"head": ["qian"]}  # who may still act keeps his task
    assert web("jiang").post(f"/org/bindings/{old.pk}/unbind/").status_code in (200, 302)
    assert open_at(case) == {"head": ["song"]}
    entry = next(one for one in history("case", case.pk) if one.verb == "reassign")
    assert [stage.person("qian").pk, stage.person("song").pk] == [
        entry.change_list[0].old,
        entry.change_list[0].new,
    ]
    assert entry.person == stage.person("jiang").pk
    assert decide(web, case, "head", "song").status_code == 302
    stage.assert_sound(case.pk)


@pytest.mark.req("R-002")
def test_a_start_is_refused_while_a_slot_is_unbound(rail: object, web: Door) -> None:
    for binding in org.Binding.objects.filter(slot__code="designer"):
        org.unbind_slot(binding=binding, by=SYSTEM, at=clock.now())
    web("zhao")
    with stage.nothing_written():
        answer = web("zhao").post("/start/SC-001/")
    assert answer.status_code == 422
    assert "岗位槽未绑定岗位:公司美工" in text_of(answer)
    assert "公司美工" in text_of(web("zhao").get("/start/"))
    bound = org.Slot.objects.get(code="designer")
    company = org.Unit.objects.get(code="company")
    org.bind_slot(slot=bound, unit=company, position=position("pos.designer"), by=SYSTEM, at=clock.now())
    assert web("zhao").post("/start/SC-001/").status_code == 302


@pytest.mark.req("R-007")
def test_with_two_posts_both_count_and_the_acting_one_is_chosen(rail: object, web: Door) -> None:
    org.hold_position(
        person=stage.person("han"), position=position("pos.tech_dir"), by=SYSTEM, at=clock.now()
    )
    signed = stage.plan_at("sign", "常规")
    org.hold_position(person=stage.person("han"), position=position("pos.mkt_mgr"), by=SYSTEM, at=clock.now())
    assert "han" in open_at(signed)["sign"]
    assert signed.number in text_of(web("han").get("/"))
    assert "市场调研计划流程" in text_of(web("han").get("/start/"))
    assert web("han").post("/me/position/", {"position": position("pos.mkt_mgr").pk}).status_code == 302
    web("han").post("/start/SC-001/")
    mine = Case.objects.get(starter=stage.person("han"))
    assert (mine.starter_position.code, mine.unit.code) == ("pos.mkt_mgr", "marketing")


@pytest.mark.req("R-040")
def test_ones_own_document_goes_to_the_superior(rail: object, web: Door) -> None:
    case = author_in("qian")
    task = stage.task_of(case, "head")
    assert (task.person.username, task.note) == ("zhou", "本人单据,由上级处理")
    page = text_of(web("zhou").get(f"/tasks/{task.pk}/"))
    assert "本人单据,由上级处理" in page
    admin = stage.Actor(None, "系统", admin=True)
    with pytest.raises(stage.DomainError, match="不能审批自己的单据"):
        services.reassign_task(task=task.pk, to=stage.person("qian").pk, by=admin, at=clock.now())


@pytest.mark.req("R-040")
@pytest.mark.req("R-034")
def test_a_deputy_does_not_decide_on_his_own_document_either(rail: object, web: Door) -> None:
    stand_in("qian", "zhao")
    assert open_at(stage.plan_at("head")) == {"head": ["qian"]}
    org.Deputy.objects.all().delete()
    stand_in("zhou", "qian")
    assert open_at(author_in("qian"))["head"] == ["zhou"]


@pytest.mark.req("R-034")
def test_a_deputy_acts_and_is_shown_as_such(rail: object, web: Door) -> None:
    stand_in("qian", "wu", "SC-001")
    case = stage.plan_at("head")
    task = stage.task_of(case, "head")
    assert (task.person.username, task.stands_for.username) == ("wu", "qian")
    assert decide(web, case, "head", "wu", opinion="代为同意").status_code == 302
    assert "钱多思(吴有为代)" in text_of(web("zhao").get(f"/cases/{case.pk}/"))
    assert history("case", case.pk)[0].deputy_for == stage.person("qian").pk


def test_where_nobody_is_left_the_process_administrator_decides(rail: object, web: Door) -> None:
    for holding in org.Holding.objects.filter(position__code="pos.bu_mgr"):
        holding.delete()
    case = stage.plan_at("budget")
    task = stage.task_of(case, "budget")
    assert (task.person.username, task.note) == ("han", "无人在岗,由流程管理员处理")
    assert decide(web, case, "budget", "han").status_code == 302


def test_without_even_an_administrator_the_decision_before_is_refused(rail: object, web: Door) -> None:
    case = stage.plan_at("head")
    org.Holding.objects.filter(position__code__in=["pos.bu_mgr", "pos.proc_admin"]).delete()
    web("qian")
    with stage.nothing_written():
        answer = decide(web, case, "head", "qian")
    assert answer.status_code == 422
    assert "事业部经理" in text_of(answer)


def test_a_task_given_away_before_the_lock_is_not_decided_for_its_new_person(
    rail: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = stage.plan_at("head")
    task, qian = stage.task_of(case, "head"), stage.actor("qian")
    admin, real = stage.Actor(None, "系统", admin=True), store.load

    def reassigned_first(case_id: int) -> object:
        monkeypatch.setattr(store, "load", real)
        services.reassign_task(task=task.pk, to=stage.person("wu").pk, by=admin, at=clock.now())
        return real(case_id)

    monkeypatch.setattr(store, "load", reassigned_first)
    with pytest.raises(stage.DomainError, match="不是您的"):
        services.approve_task(task=task.pk, by=qian, at=clock.now())
    assert (open_at(case), Task.objects.get(pk=task.pk).answer) == ({"head": ["qian"]}, "")  # all undone


def test_a_task_given_to_another_meanwhile_is_not_decided_for_him(rail: object) -> None:
    case = stage.plan_at("head")
    task, qian = stage.task_of(case, "head"), stage.actor("qian")
    admin = stage.Actor(None, "系统", admin=True)
    services.reassign_task(task=task.pk, to=stage.person("wu").pk, by=admin, at=clock.now())
    with stage.nothing_written(), pytest.raises(stage.DomainError, match="不是您的"):
        services.approve_task(task=task.pk, by=qian, at=clock.now())
    assert Task.objects.get(pk=task.pk).person == stage.person("wu")
