"""What an administrator sees of a case he has no part in: where it stands, never what it says (design.md §9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bihuan.org.models import Person
from bihuan.process.models import Case
from bihuan.process.tests import stage


@pytest.fixture
def plan(rail: Any) -> Case:
    Person.objects.create(username="root", name="管理员", is_admin=True)
    case = stage.start_plan()
    stage.hand_in(case, title="内部计划", purpose="机密内容" + "目的" * 20)
    stage.refuse(case, "head")
    Case.objects.filter(pk=case.pk).update(secrecy=1)
    return case


def test_the_head_without_content(plan: Case, web: Callable[[str], Any], api: Callable[..., Any]) -> None:
    page = web("root").get(f"/cases/{plan.pk}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "内部计划" in text
    assert "当前处理" in text
    task = stage.task_of(plan, "draft")
    assert f"/tasks/{task.pk}/reassign/" in text
    read = api("root").get(f"/cases/{plan.pk}/")
    assert not read["readable"]
    assert [one["step"] for one in read["open_tasks"]] == ["draft"]
    assert (read["tasks"], read["documents"], read["comments"], read["history"]) == ([], [], [], [])
    for secret in ("机密内容", stage.REASON):
        assert secret not in text
        assert secret not in str(read)


def test_what_is_secret_shows_no_head(plan: Case, web: Callable[[str], Any], api: Callable[..., Any]) -> None:
    Case.objects.filter(pk=plan.pk).update(secrecy=2)
    assert web("root").get(f"/cases/{plan.pk}/").status_code == 404
    assert api("root")("get", f"/cases/{plan.pk}/").status_code == 404
    without = api("root", "read")
    Case.objects.filter(pk=plan.pk).update(secrecy=1)
    assert without("get", f"/cases/{plan.pk}/").status_code == 404


def test_nothing_else_opens_with_it(plan: Case, web: Callable[[str], Any]) -> None:
    root = web("root")
    for act in ("comments", "copies", "withdraw"):
        assert root.post(f"/cases/{plan.pk}/{act}/", {"text": "看一看"}).status_code == 404
    assert web("deng").get(f"/cases/{plan.pk}/").status_code == 404
