"""The daily summary: at 08:30 on working days, for those who chose it, with what stands on their own lists only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core import mail

from bihuan.kernel.clock import TZ
from bihuan.kit import jobs
from bihuan.kit.jobs import run_ticks
from bihuan.org.models import Person
from bihuan.process.tests import stage

Door = Callable[[str], Any]
TUESDAY = datetime(2026, 3, 3, 8, 30, tzinfo=TZ)
SATURDAY = datetime(2026, 3, 7, 8, 30, tzinfo=TZ)


def wish(web: Door, who: str, **given: str) -> None:
    """Choose on the page 通知设置; what is not given is off."""
    page = web(who).get("/notices/preferences/").content.decode()
    kinds = {part.split('"')[0] for part in page.split('name="mail-')[1:]}
    sent = {f"mail-{kind}": given.get(kind, "off") for kind in kinds}
    assert web(who).post("/notices/preferences/", sent).status_code == 302


def morning(clock: Any, moment: datetime) -> list[Any]:
    """The mails of a morning."""
    mail.outbox.clear()
    clock.move_to(moment)
    for _ in range(2):  # the summary is written by one tick and gathered by another
        run_ticks(clock.now())
        clock.move_to(clock.now() + stage.timedelta(minutes=1))
    jobs.run_waiting(clock.now())
    return list(mail.outbox)


@pytest.fixture
def addresses(rail: Any) -> None:
    for person in Person.objects.all():
        Person.objects.filter(pk=person.pk).update(email=f"{person.username}@example.com")


@pytest.mark.req("R-314")
def test_the_summary_comes_to_those_who_chose_it(rail: Any, web: Door, addresses: None) -> None:
    case = stage.plan_at("head")
    case.refresh_from_db()
    web("zhao").post(f"/cases/{case.pk}/copies/", {"people": [stage.person("feng").pk], "note": "请了解"})
    wish(web, "qian", digest="daily")
    wish(web, "feng", digest="daily")
    wish(web, "deng", digest="daily")  # has nothing to do
    sent = {one.to[0]: one for one in morning(rail, TUESDAY)}
    assert set(sent) == {"qian@example.com", "feng@example.com"}
    mine = sent["qian@example.com"]
    assert mine.subject == "【闭环】今日待办1项，其中逾期0项；未读抄送0项"
    assert f"{case.title} · 产品市场部经理审核" in mine.body
    assert f"/tasks/{stage.task_of(case, 'head').pk}/" in mine.body
    assert f"抄送：{case.title}" in sent["feng@example.com"].body
    assert "/tasks/" not in sent["feng@example.com"].body


def test_nothing_comes_on_a_day_off_or_uncalled_for(rail: Any, web: Door, addresses: None) -> None:
    stage.plan_at("head")
    assert morning(rail, TUESDAY) == []
    wish(web, "qian", digest="daily")
    assert morning(rail, SATURDAY) == []


def test_it_comes_once_a_day(rail: Any, web: Door, addresses: None) -> None:
    stage.plan_at("head")
    wish(web, "qian", digest="daily")
    assert len(morning(rail, TUESDAY)) == 1
    assert morning(rail, TUESDAY.replace(hour=11)) == []
