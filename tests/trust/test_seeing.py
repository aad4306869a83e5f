"""Who sees what: texts planted in plans of every secrecy turn up only where they may (design.md §9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.kit.access import grant_access
from bihuan.process import services
from bihuan.process.models import Case, Copy
from bihuan.process.tests import stage

from .conftest import CANARY, City

FOUND = re.compile(f"{CANARY}(内部|秘密|机密|草稿)(标题|内容|备注|评论)")
LINK = re.compile(r'(?:href|src|data-url)="(/[^"#]*)"')
EVERYTHING = {
    level + place for level in ("内部", "秘密", "机密") for place in ("标题", "内容", "备注", "评论")
}
OPEN = {one for one in EVERYTHING if not one.startswith("机密")}
DRAFT = {"草稿标题", "草稿内容"}
MAY = {
    "zhao": EVERYTHING | DRAFT,
    "qian": EVERYTHING,
    "zhou": OPEN,
    "root": {"内部标题"},
    "deng": set[str](),
}
"""Author, reviewer, superior of both (up to 秘密), administrator (titles up to 内部), someone without a part."""
STARTS = (
    "/", "/done/", "/started/", "/copies/", "/drafts/", "/cases/", "/documents/", "/notices/", "/packs/", "/processes/",
    "/start/", "/org/people/", "/org/people/export/?format=csv", "/api/org/people/", "/documents/people/", "/jobs/",
    f"/cases/?q={CANARY}", f"/documents/?q={CANARY}", f"/documents/references/any/?q={CANARY}",
    f"/documents/references/F-001/?q={CANARY}", f"/org/people/?q={CANARY}", "/notices/count/", "/api/openapi.json",
)  # fmt: skip
MOST = 150


def papers(city: City) -> Iterator[str]:
    """The addresses of every case, task, document and file, also those nobody leads to."""
    for case in Case.objects.prefetch_related("tasks"):
        yield f"/cases/{case.pk}/"
        yield f"/documents/{case.main_document_id}/"
        yield f"/documents/{case.main_document_id}/compare/"
        for task in case.tasks.all():
            yield f"/tasks/{task.pk}/"
    yield f"/files/{city.file}/"
    yield f"/files/{city.file}/preview/"


def seen(client: Client, starts: list[str]) -> set[str]:
    """What of the planted texts is found on these pages and on those they lead to."""
    found, done, todo = set[str](), set[str](), list(starts)
    while todo and len(done) < MOST:
        address = todo.pop(0)
        if address in done:
            continue
        done.add(address)
        answer = client.get(address, follow=True)
        body = b"".join(answer) if answer.streaming else answer.content
        text = body.decode("utf-8", "replace") + repr(answer.headers)
        found |= {"".join(one) for one in FOUND.findall(text)}
        todo += [
            one
            for one in LINK.findall(text)
            if one.startswith(("/cases/", "/documents/", "/tasks/", "/files/"))
        ]
    return found


@pytest.mark.parametrize("who", MAY)
def test_planted_texts_are_found_only_where_they_may_be(
    city: City, enter: Callable[..., Client], who: str
) -> None:
    assert seen(enter(who), [*STARTS, *papers(city)]) == MAY[who]


@pytest.mark.parametrize("who", ["qian", "zhou"])
def test_superiors_do_not_read_drafts(city: City, enter: Callable[..., Client], who: str) -> None:
    draft = Case.objects.get(pk=city.draft.pk)
    assert enter(who).get(f"/documents/{draft.main_document_id}/").status_code == 404


def test_a_stranger_sees_nothing_at_all(city: City) -> None:
    assert seen(Client(), [*STARTS, *papers(city)]) == set()


def test_invisible_and_absent_look_the_same(city: City, enter: Callable[..., Client]) -> None:
    client, secret = enter("deng"), city.plans["机密"]
    pairs = {
        f"/cases/{secret.pk}/": "/cases/987654/",
        f"/tasks/{city.task(secret).pk}/": "/tasks/987654/",
        f"/documents/{secret.main_document_id}/": "/documents/987654/",
        f"/files/{city.file}/": "/files/987654/",
        f"/notices/{city.notice}/": "/notices/987654/",
    }
    for there, absent in pairs.items():
        answers = [client.get(one, headers={"accept": "application/json"}) for one in (there, absent)]
        assert [one.status_code for one in answers] == [404, 404]
        first, second = (one.json()["error"] | {"request_id": ""} for one in answers)
        assert first == second, there


def test_counts_leave_out_what_is_invisible(city: City, enter: Callable[..., Client]) -> None:
    page = enter("deng").get("/cases/").content.decode()
    assert "没有找到流程实例" in page
    assert "没有找到" in enter("deng").get(f"/documents/?q={CANARY}").content.decode()
    assert enter("deng").get(f"/documents/references/any/?q={CANARY}").json() == {"results": []}


def test_a_grant_opens_only_what_its_secrecy_allows(city: City, enter: Callable[..., Client]) -> None:
    deng = stage.person("deng").pk
    for level, case in city.plans.items():
        for kind, number in (("case", case.pk), ("document", case.main_document_id)):
            grant_access(kind=kind, object_id=number or 0, why="审计", person=deng, by=SYSTEM, at=clock.now())
        assert enter("deng").get(f"/documents/{case.main_document_id}/").status_code == 200
        # A case is read with everything in it: the reader's own ceiling, 内部, counts as well.
        assert enter("deng").get(f"/cases/{case.pk}/").status_code == (200 if level == "内部" else 404)


def test_a_case_is_not_copied_beyond_the_ceiling(city: City, enter: Callable[..., Client]) -> None:
    deng = stage.person("deng").pk
    answer = enter("zhao").post(f"/cases/{city.plan.pk}/copies/", {"people": [deng]})
    assert answer.status_code == 422
    assert not Copy.objects.exists()
    open_plan = city.plans["内部"]
    assert enter("zhao").post(f"/cases/{open_plan.pk}/copies/", {"people": [deng]}).status_code == 302
    assert enter("deng").get(f"/cases/{open_plan.pk}/").status_code == 200


@pytest.mark.parametrize("who", ["zhou", "qian", "deng", "root"])
def test_only_its_handler_writes_a_draft(city: City, enter: Callable[..., Client], who: str) -> None:
    task = city.task(city.draft)
    posted = {"f-title": "别人写的", "lock": str(task.document.lock), "verb": "save"}
    client = enter(who)
    for address in (f"/tasks/{task.pk}/save/", f"/tasks/{task.pk}/", f"/tasks/{task.pk}/sheets/x/"):
        with stage.nothing_written():
            assert client.post(address, posted).status_code in (403, 404), address


@pytest.mark.parametrize("who", ["zhao", "zhou", "root", "deng"])
@pytest.mark.parametrize("verb", ["approve", "refuse", "save", "fill"])
def test_only_its_handler_decides(city: City, enter: Callable[..., Client], who: str, verb: str) -> None:
    client, task = enter(who), city.task(city.plan)
    with stage.nothing_written():
        answer = client.post(f"/tasks/{task.pk}/", {"verb": verb, "opinion": "理由写在这里"})
    assert answer.status_code in (403, 404)


def test_a_handler_writes_only_what_the_step_opens(city: City, enter: Callable[..., Client]) -> None:
    """Mass assignment: every field of the form and of the models, sent at once, changes none of them."""
    task = city.task(city.plan)
    before = dict(task.document.data)
    names = {f"f-{one}": "篡改" for one in [*before, "gm_opinion", "approved_amount", "joint_signs-count"]}
    heads = {
        f"head-{one}": "公开" for one in ("title", "unit", "secrecy", "urgency", "remark", "attachments")
    }
    models = dict.fromkeys(
        ("person", "state", "case", "document", "author", "number", "secrecy", "is_admin"), "1"
    )
    answer = enter("qian").post(f"/tasks/{task.pk}/", {**names, **heads, **models, "verb": "approve"})
    assert answer.status_code == 302
    document = type(task.document).objects.get(pk=task.document.pk)
    assert (document.data, document.secrecy, document.author_id) == (before, 2, task.document.author_id)
    assert Case.objects.get(pk=city.plan.pk).secrecy == 2


def test_a_person_changes_nobodys_rights_through_their_own_forms(
    city: City, enter: Callable[..., Client]
) -> None:
    extra = {"is_admin": "true", "is_active": "true", "username": "zhao2", "password": "x"}
    client = enter("zhao")
    for address in ("/me/password/", "/me/position/", "/notices/preferences/", "/org/people/views/"):
        client.post(address, {**extra, "name": "视图", "query": ""})
    zhao = stage.person("zhao")
    assert (zhao.is_admin, zhao.username) == (False, "zhao")


def test_comments_on_a_secret_case_reach_only_those_at_work(city: City, enter: Callable[..., Client]) -> None:
    secret = city.plans["机密"]
    services.comment_case(case=secret.pk, text_=f"{CANARY}机密评论", by=stage.actor("zhao"), at=clock.now())
    assert f"{CANARY}机密评论" in enter("qian").get("/notices/").content.decode()
    assert CANARY not in enter("zhou").get("/notices/").content.decode()


def test_a_case_made_more_secret_leaves_the_lists(city: City, enter: Callable[..., Client]) -> None:
    case, deng = city.plans["内部"], stage.person("deng").pk
    enter("zhao").post(f"/cases/{case.pk}/copies/", {"people": [deng]})
    assert "内部标题" in enter("deng").get("/copies/").content.decode()
    Case.objects.filter(pk=case.pk).update(secrecy=3)
    assert enter("deng").get(f"/cases/{case.pk}/").status_code == 404
    assert "内部标题" not in enter("deng").get("/copies/").content.decode()


@pytest.mark.parametrize("level", ["秘密", "机密"])
def test_an_administrator_cannot_give_himself_what_he_may_not_see(
    city: City, enter: Callable[..., Client], level: str
) -> None:
    root, case = stage.person("root").pk, city.plans[level]
    enter("root").post(f"/tasks/{city.task(case).pk}/reassign/", {"person": root, "reason": "看看"})
    assert enter("root").get(f"/documents/{case.main_document_id}/").status_code == 404
