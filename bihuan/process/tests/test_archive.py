"""An ended case is a readable archive that nobody changes any more (R-039)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from bihuan.kit.files.services import keep
from bihuan.kit.jobs import run_waiting
from bihuan.org.models import Person
from bihuan.process import services
from bihuan.process.models import Case, Task
from bihuan.process.tests import stage
from bihuan.process.tests.stage import clock
from tests.harness.pdf import pdf_text

Door = Callable[[str], Any]


def words(answer: Any) -> str:
    return "".join(re.sub(r"<[^>]*>", "", answer.content.decode()).split())


@pytest.fixture
def ended(rail: Any, web: Door) -> Case:
    """A plan refused once, with an attachment and a comment, then signed by all."""
    case = stage.plan_at("head")
    services.comment_case(case=case.pk, text_="请尽快审核", by=stage.actor("zhao"), at=clock.now())
    stage.refuse(case, "head")
    document = Case.objects.get(pk=case.pk).main_document
    assert document is not None
    proof = keep(b"a proof", name="依据.txt", by=stage.actor("zhao"), at=clock.now())
    task = stage.task_of(case, "draft")
    owed = stage.open_comments(case.pk, task.document_id)
    services.fill_task(
        task=task.pk, data=stage.filled_in(case), answers={one.pk: "已改" for one in owed},
        head={"attachments": [proof.pk]}, by=stage.actor("zhao"), at=clock.now(),
    )  # fmt: skip
    for step in ("head", "budget", "gm", "sign", "sign", "sign", "sign"):
        stage.agree(case, step)
    case.refresh_from_db()
    assert case.state == Case.State.ENDED
    return case


@pytest.mark.req("R-039")
def test_an_archive_shows_forms_versions_opinions_attachments_and_log(ended: Case, web: Door) -> None:
    page = web("qian").get(f"/cases/{ended.pk}/")
    text = words(page)
    for said in ("已归档，只能查阅", "保存期限10年，自2026-03-02至2036-03-02", "已签准", "V2", "V1", "依据.txt",
                 stage.REASON, "请尽快审核", "流程结束", "答复(V2)"):  # fmt: skip
        assert "".join(said.split()) in text, said
    links = re.findall(r'href="(/(?:documents|files)/[^"]*)"', page.content.decode())
    assert len({one for one in links if "?version=" in one}) > 2
    for link in set(links):
        assert web("qian").get(link).status_code == 200, link
    document = web("qian").get(f"/documents/{ended.main_document_id}/")
    assert "保存期限10年，自2026-03-02至2036-03-02" in words(document)
    assert ended.number in words(document)
    printed = pdf_text(web("qian").get(f"/documents/{ended.main_document_id}/print.pdf").content)
    for said in (
        "审批记录",
        "产品市场部经理审核",
        "不同意",
        stage.REASON,
        "赵一鸣答复：已改",
        "共同签准",
        "依据.txt",
    ):
        assert said in printed, said


@pytest.mark.req("R-039")
def test_an_archive_is_found(ended: Case, web: Door) -> None:
    for words_ in (ended.number, ended.title[:4]):
        found = web("qian").get("/cases/", {"q": words_, "state": "ended"})
        assert f"/cases/{ended.pk}/" in found.content.decode()
    assert f"/cases/{ended.pk}/" not in web("feng").get("/cases/", {"q": ended.number}).content.decode()


@pytest.mark.req("R-039")
def test_nobody_changes_an_archive(ended: Case, web: Door) -> None:
    document = ended.main_document
    assert document is not None
    task = Task.objects.filter(case=ended, node="draft").order_by("-id").first()
    sign = Task.objects.filter(case=ended, node="sign", person__username="qian").get()
    assert task is not None
    Person.objects.filter(username="he").update(is_admin=True)
    data = {"lock": document.lock, "f-title": "改过的标题"}
    writes = [
        ("zhao", f"/cases/{ended.pk}/comments/", {"text": "再说一句"}),
        ("zhao", f"/cases/{ended.pk}/copies/", {"people": [stage.person("feng").pk]}),
        ("zhao", f"/cases/{ended.pk}/withdraw/", {}),
        ("zhao", f"/tasks/{sign.pk}/urge/", {}),
        ("he", f"/tasks/{sign.pk}/reassign/", {"person": stage.person("feng").pk}),
        ("zhao", f"/tasks/{task.pk}/", {"verb": "fill", **data}),
        ("zhao", f"/tasks/{task.pk}/save/", data),
        ("qian", f"/tasks/{sign.pk}/", {"verb": "refuse", "opinion": stage.REASON}),
        ("qian", f"/tasks/{sign.pk}/", {"verb": "approve"}),
        ("zhao", f"/documents/{document.pk}/", data),
        ("zhao", f"/cases/{ended.pk}/", data),
    ]
    for who, path, given in writes:
        client = web(who)
        with stage.nothing_written():
            answer = client.post(path, given)
        assert answer.status_code in (403, 404, 405, 409), (path, answer.status_code)
    page = web("zhao").get(f"/cases/{ended.pk}/").content.decode()
    assert f"/cases/{ended.pk}/comments/" not in page
    assert f"/cases/{ended.pk}/copies/" not in page


@pytest.mark.req("R-039")
def test_time_does_not_change_an_archive(ended: Case, rail: Any) -> None:
    before = Case.objects.values().get(pk=ended.pk)
    rail.advance(stage.timedelta(days=400))
    services.ring_alarms(at=clock.now())
    run_waiting(clock.now())
    assert Case.objects.values().get(pk=ended.pk) == before


def test_a_running_case_is_no_archive(rail: object, web: Door) -> None:
    case = stage.plan_at("head")
    page = words(web("zhao").get(f"/cases/{case.pk}/"))
    assert "已归档" not in page
    assert "归档" not in words(
        web("zhao").get(f"/documents/{Case.objects.get(pk=case.pk).main_document_id}/")
    )
