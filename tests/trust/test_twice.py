"""The same form sent twice, an old page sent late: one effect and a clear answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from bihuan.documents.models import DocumentVersion
from bihuan.kernel import clock
from bihuan.kit.audit import Entry
from bihuan.process.models import Case, Comment, Task
from bihuan.process.tests import stage

from .conftest import BACKEND, MONDAY, City

TIMES = 8


@pytest.mark.parametrize(("verb", "words"), [("approve", ""), ("refuse", "依据不足,请补充")])
def test_a_decision_counts_once(city: City, enter: Callable[..., Client], verb: str, words: str) -> None:
    client, task = enter("qian"), city.task(city.plan)
    given = {"verb": verb, "opinion": words}
    assert client.post(f"/tasks/{task.pk}/", given).status_code == 302
    with stage.nothing_written():
        again = client.post(f"/tasks/{task.pk}/", given)
    assert again.status_code == 409
    assert "您已处理过" in again.content.decode()
    assert client.get(f"/tasks/{task.pk}/").status_code == 302


def test_a_paper_is_handed_in_once(city: City, enter: Callable[..., Client]) -> None:
    client, case = enter("zhao"), stage.start_plan()
    task = stage.task_of(case, "draft")
    stage.hand_in(case)
    with stage.nothing_written():
        for address in (f"/tasks/{task.pk}/", f"/tasks/{task.pk}/save/"):
            assert client.post(address, {"verb": "fill", "f-title": "迟到的"}).status_code == 409
    assert DocumentVersion.objects.filter(document=task.document_id).count() == 1


def test_an_old_page_does_not_overwrite_a_newer_save(city: City, enter: Callable[..., Client]) -> None:
    client, task = enter("zhao"), city.task(city.draft)
    address, lock = f"/tasks/{task.pk}/save/", str(task.document.lock)
    saved = client.post(address, {"f-title": "第一次保存", "lock": lock})
    assert saved.status_code == 200
    with stage.nothing_written():
        late = client.post(address, {"f-title": "旧页面", "lock": lock})
        for verb in ("save", "fill"):
            whole = client.post(f"/tasks/{task.pk}/", {"f-title": "旧页面", "lock": lock, "verb": verb})
            assert whole.status_code == 409, verb
    assert late.status_code == 409
    assert "没有被覆盖" in whole.content.decode()
    assert (
        client.post(address, {"f-title": "第二次", "lock": saved.headers["X-Draft-Lock"]}).status_code == 200
    )


def test_a_withdrawal_counts_once(city: City, enter: Callable[..., Client]) -> None:
    client = enter("zhao")
    assert client.post(f"/cases/{city.plan.pk}/withdraw/").status_code == 302
    with stage.nothing_written():
        again = client.post(f"/cases/{city.plan.pk}/withdraw/")
    assert again.status_code == 409


def once(client: Client, page: str) -> str:
    """The mark of a form on a page."""
    return client.get(page).content.decode().partition('name="once" value="')[2].partition('"')[0]


def test_a_case_is_started_once_however_often_the_button_is_pressed(
    city: City, enter: Callable[..., Client]
) -> None:
    client = enter("zhao")
    mark, cases = once(client, "/start/"), Case.objects.count()
    assert mark
    first = client.post("/start/SC-001/", {"at": "", "once": mark})
    entries = Entry.objects.count()
    again = client.post("/start/SC-001/", {"at": "", "once": mark})
    assert first["Location"] == again["Location"]
    assert (Case.objects.count(), Entry.objects.count()) == (cases + 1, entries)
    assert client.post("/start/SC-001/", {"at": "", "once": once(client, "/start/")}).status_code == 302
    assert Case.objects.count() == cases + 2


def test_a_comment_is_written_once_and_a_mark_is_its_owners(city: City, enter: Callable[..., Client]) -> None:
    client, page = enter("zhao"), f"/cases/{city.plan.pk}/"
    given = {"text": "请看附件", "once": once(client, page)}
    for _ in range(2):
        assert client.post(f"{page}comments/", given).status_code == 302
    assert Comment.objects.filter(text="请看附件").count() == 1
    assert enter("qian").post(f"{page}comments/", given).status_code == 302
    assert client.post(f"{page}comments/", {**given, "text": "再说一句"}).status_code == 302
    assert Comment.objects.filter(case=city.plan).exclude(text__startswith="金丝雀").count() == 3


def test_a_refused_form_may_be_sent_again(city: City, enter: Callable[..., Client]) -> None:
    client = enter("deng")
    mark = once(enter("zhao"), "/start/")
    assert client.post("/start/SC-001/", {"at": "", "once": mark}).status_code == 403
    assert client.post("/start/SC-001/", {"at": "", "once": mark}).status_code == 403
    assert not Task.objects.filter(person__username="deng").exists()


def test_of_two_at_the_same_moment_one_starts_the_case(built: City, django_db_blocker: Any) -> None:
    """Really parallel and really committed: the second waits for the first and is led to its case."""
    gate = threading.Barrier(2)
    places: list[set[str]] = [set() for _ in range(TIMES)]

    def press() -> None:
        with clock.use(clock.FixedClock(MONDAY)):
            client = Client()
            client.force_login(stage.person("zhao"), backend=BACKEND)
            for time in range(TIMES):
                gate.wait(timeout=60)
                answer = client.post("/start/SC-001/", {"at": "", "once": f"the-same-mark-{time}"})
                places[time].add(answer.headers.get("Location", str(answer.status_code)))
        connection.close()

    with django_db_blocker.unblock():
        before = Case.objects.count()
        threads = [threading.Thread(target=press) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        made = Case.objects.count() - before
    assert [len(one) for one in places] == [1] * TIMES
    assert all(one.startswith("/tasks/") for found in places for one in found)
    assert made == TIMES


@pytest.mark.parametrize("path", ["copies/", "withdraw/"])
def test_acts_on_a_case_count_once(city: City, enter: Callable[..., Client], path: str) -> None:
    client, page = enter("zhao"), f"/cases/{city.plan.pk}/"
    given = {"people": [str(stage.person("zhou").pk)], "note": "请看", "once": once(client, page)}
    first = client.post(f"{page}{path}", given)
    entries = Entry.objects.count()
    again = client.post(f"{page}{path}", given)
    assert (first.status_code, again.status_code) == (302, 302)
    assert first["Location"] == again["Location"]
    assert Entry.objects.count() == entries


def test_a_row_of_a_register_is_made_once(city: City, enter: Callable[..., Client]) -> None:
    client, page = enter("root"), "/org/calendar-days/new/"
    given = {
        "date": "2032-01-01",
        "kind": "off",
        "name": "元旦",
        "calendar": "cn",
        "once": once(client, page),
    }
    first, again = client.post(page, given), client.post(page, given)
    assert (first.status_code, again.status_code) == (302, 302)
    assert first["Location"] == again["Location"]
    assert client.post(page, {**given, "once": once(client, page)}).status_code == 422
