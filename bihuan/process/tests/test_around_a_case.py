"""Around the steps: comments, copies, reminders, reassigning, withdrawing; who may, and what stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bihuan.kernel.actor import SYSTEM
from bihuan.kit.notify import Notice
from bihuan.org import public as org
from bihuan.process.models import Case, Task
from bihuan.process.tests import stage
from bihuan.process.tests.stage import clock
from bihuan.process.tests.test_deciding import decide, open_at, text_of

Door = Callable[[str], Any]


def told(username: str, kind: str) -> int:
    return Notice.objects.filter(person=stage.person(username).pk, kind=kind).count()


def refused(web: Door, username: str, path: str, status: int, **given: Any) -> str:
    """A request that is refused and leaves every row as it was; its message."""
    client = web(username)
    with stage.nothing_written():
        answer = client.post(path, given)
    assert answer.status_code == status, text_of(answer)
    return text_of(answer)


def test_a_comment_is_read_by_those_at_work(rail: object, web: Door) -> None:
    case = stage.plan_at("head")
    assert web("zhao").post(f"/cases/{case.pk}/comments/", {"text": "请尽快审核"}).status_code == 302
    assert "请尽快审核" in text_of(web("qian").get(f"/cases/{case.pk}/"))
    assert (told("qian", "comment"), told("zhao", "comment")) == (1, 0)
    refused(web, "zhao", f"/cases/{case.pk}/comments/", 422, text="  ")
    refused(web, "xie", f"/cases/{case.pk}/comments/", 404, text="我也说一句")
    assert open_at(case) == {"head": ["qian"]}


def test_a_copy_opens_the_case_to_read_only(rail: object, web: Door) -> None:
    case = stage.plan_at("head")
    path = f"/cases/{case.pk}/copies/"
    assert web("feng").get(f"/cases/{case.pk}/").status_code == 404
    assert web("zhao").post(path, {"people": [stage.person("feng").pk], "note": "请了解"}).status_code == 302
    assert web("feng").get(f"/cases/{case.pk}/").status_code == 200
    assert told("feng", "copied") == 1
    assert case.number in text_of(web("feng").get("/copies/"))
    refused(web, "zhao", path, 422)
    assert "密级" in refused(web, "zhao", path, 422, people=[stage.person("deng").pk])
    task = stage.task_of(case, "head")
    assert "不是您的" in refused(web, "feng", f"/tasks/{task.pk}/", 403, verb="approve")


def test_only_the_handler_decides(rail: object, web: Door) -> None:
    case = stage.plan_at("head")
    task = stage.task_of(case, "head")
    for username, status in (("zhao", 403), ("zhou", 403), ("xie", 404)):
        refused(web, username, f"/tasks/{task.pk}/", status, verb="approve")
    assert open_at(case) == {"head": ["qian"]}


def test_a_second_click_is_a_conflict(rail: object, web: Door) -> None:
    case = stage.plan_at("head")
    task = stage.task_of(case, "head")
    assert decide(web, case, "head", "qian").status_code == 302
    assert "已经结束" in refused(web, "qian", f"/tasks/{task.pk}/", 409, verb="approve")
    assert open_at(case) == {"budget": ["sun"]}


def test_reminding_is_for_starter_and_lead_and_not_too_often(rail: Any, web: Door) -> None:
    case = stage.plan_at("sign", "常规")
    task = stage.task_of(case, "sign", "li")
    path = f"/tasks/{task.pk}/urge/"
    refused(web, "li", path, 403)
    refused(web, "xie", path, 404)
    assert web("zhao").post(path).status_code == 302
    assert "4小时内已催办过" in refused(web, "qian", path, 409)
    rail.move_to(clock.now() + timedelta(hours=4))
    assert web("qian").post(path).status_code == 302  # leads the joint signature
    assert told("li", "urge") == 2


def test_reassigning_is_for_administrators(rail: object, web: Door) -> None:
    org.change_person(person=stage.person("jiang"), is_admin=True, by=SYSTEM, at=clock.now())
    case = stage.plan_at("sign", "常规")
    path = f"/tasks/{stage.task_of(case, 'sign', 'li').pk}/reassign/"
    to = {"person": stage.person("zhu").pk, "reason": "李求真出差"}
    refused(web, "zhao", path, 403, **to)
    refused(web, "jiang", path, 422, person="")
    assert "已有席位" in refused(web, "jiang", path, 422, person=stage.person("wu").pk)
    assert "自己的单据" in refused(web, "jiang", path, 422, person=stage.person("zhao").pk)
    assert web("jiang").post(path, to).status_code == 302
    assert sorted(open_at(case)["sign"]) == ["qian", "wu", "zhou", "zhu"]
    assert told("zhu", "task") >= 1
    assert decide(web, case, "sign", "zhu").status_code == 302


def test_withdrawing_is_for_the_author_until_somebody_decides(rail: object, web: Door) -> None:
    case = stage.plan_at("head")
    path = f"/cases/{case.pk}/withdraw/"
    refused(web, "qian", path, 403)
    refused(web, "xie", path, 404)
    assert web("zhao").post(path).status_code == 302
    assert open_at(case) == {"draft": ["zhao"]}
    assert Case.objects.get(pk=case.pk).main_document.state == "withdrawn"
    refused(web, "zhao", path, 409)
    stage.hand_in(case, stage.filled_in(case))
    decide(web, case, "head", "qian")
    assert "不能撤回" in refused(web, "zhao", path, 409)
    stage.assert_sound(case.pk)


def test_one_cannot_leave_with_open_work(rail: object) -> None:
    stage.plan_at("head")
    with pytest.raises(stage.DomainError, match="还有1项待办没有移交"):
        org.close_person(person=stage.person("qian"), by=SYSTEM, at=clock.now())
    assert Task.objects.filter(state="open", person__is_active=False).count() == 0
