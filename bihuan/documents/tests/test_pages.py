"""The pages: filling a form, reading and comparing documents, and finding them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from bihuan.documents.definitions import definition_of
from bihuan.documents.domain.auto import auto_data
from bihuan.documents.domain.rights import FILL, Rights
from bihuan.documents.domain.values import read_form
from bihuan.documents.models import Document, FormVersion, State
from bihuan.documents.services import change_state, create_document, submit_document
from bihuan.documents.working import Working
from bihuan.kernel import clock
from bihuan.kernel.errors import Invalid
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.access import grant_access
from bihuan.kit.files.services import keep
from bihuan.org.models import Person
from bihuan.packs.public import read_yaml

from .conftest import FILLED, NOW, Company, release_with
from .test_forms import Someone
from .test_services import passed, submit, submitted

pytestmark = pytest.mark.urls("bihuan.documents.tests.fill_pages")

POSTED = {
    "f-title": "十二月计划",
    "f-level": "月度",
    "f-month": "2026-12",
    "f-lines-count": "2",
    "f-lines-0-item": "印刷",
    "f-lines-0-qty": "２",
    "f-lines-0-price": "1,234.50",
    "f-lines-0-start": "",
    "f-lines-1-item": "",
    "f-lines-1-qty": "",
}


@pytest.fixture(autouse=True)
def _november() -> Any:
    with clock.use(clock.FixedClock(NOW)):
        yield


def web(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(firm: Company, document: Document, data: dict[str, Any], act: str = "submit", **more: Any) -> Any:
    address = f"/autosave/{document.pk}/" if act == "autosave" else f"/fill/{document.pk}/"
    return web(firm.writer).post(address, {"lock": document.lock, "act": act, **data}, **more)


def test_a_form_is_filled_and_handed_in_without_scripts(firm: Company) -> None:
    document = firm.draft()
    page = web(firm.writer).get(f"/fill/{document.pk}/").content.decode()
    for name in ("f-title", "f-level", "f-month", "f-lines-0-item", "f-owner", "head-secrecy"):
        assert f'name="{name}"' in page
    assert 'name="f-total"' not in page
    assert 'name="f-opinion"' not in page
    assert post(firm, document, {**POSTED, "head-secrecy": "秘密", "head-remark": "急用"}).status_code == 302
    document.refresh_from_db()
    assert document.data["lines"] == [{"item": "印刷", "qty": 2, "price": "1234.50", "amount": "2469.00"}]
    assert (document.state, document.secrecy, document.remark) == (State.REVIEW, Secrecy.CONFIDENTIAL, "急用")


def test_a_refused_form_comes_back_with_everything_typed_and_says_where(firm: Company) -> None:
    document = firm.draft()
    bad = {**POSTED, "f-title": "", "f-lines-0-qty": "两个", "f-lines-1-qty": "3", "f-month": "下个月"}
    answer = post(firm, document, bad)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "「计划名称」必须填写" in page
    assert 'id="id_f-lines-0-qty_error">「费用」第1行「数量」：“两个”不是数字' in page
    assert 'id="id_f-lines-1-item_error">「费用」第2行「项目」必须填写' in page
    assert re.search(r'name="f-lines-0-qty"[^>]*value="两个"|value="两个"[^>]*name="f-lines-0-qty"', page)
    assert 'value="下个月"' in page
    assert Document.objects.get(pk=document.pk).data == document.data


def test_a_blank_row_between_does_not_move_the_messages(firm: Company) -> None:
    rows = {"f-lines-count": "2", "f-lines-0-item": "", "f-lines-1-item": "车", "f-lines-1-qty": "-2"}
    page = post(
        firm, firm.draft(), {**POSTED, **rows, "f-lines-0-qty": "", "f-lines-0-price": ""}
    ).content.decode()
    assert 'id="id_f-lines-1-qty_error">「费用」第2行「数量」不能小于0' in page
    assert "第1行" not in page


def test_autosave_answers_lock_and_computed_values(firm: Company) -> None:
    document = firm.draft()
    answer = post(
        firm,
        document,
        {**POSTED, "f-lines-1-item": "会场", "f-lines-1-qty": "x", "f-lines-1-price": "1百万"},
        "autosave",
    )
    document.refresh_from_db()
    assert answer.headers["X-Draft-Lock"] == str(document.lock)
    page = answer.content.decode()
    assert re.search(r'id="id_f-total" hx-swap-oob="true">¥2,469.00<', page)
    assert re.search(r'id="id_f-lines-0-amount" hx-swap-oob="true">¥2,469.00<', page)
    assert document.unread == {"lines[1].qty": "x", "lines[1].price": "1百万"}
    again = web(firm.writer).get(f"/fill/{document.pk}/").content.decode()
    assert 'value="1百万"' in again


def test_a_stale_save_is_409_and_changes_nothing(firm: Company) -> None:
    document = firm.draft()
    assert post(firm, document, {"f-title": "先到的"}, "autosave").status_code == 200
    assert post(firm, document, {"f-title": "后到的"}, "autosave").status_code == 409
    assert Document.objects.get(pk=document.pk).data["title"] == "先到的"


def test_a_row_can_be_added_without_scripts(firm: Company) -> None:
    document = firm.draft()
    post(firm, document, {**POSTED, "add_row": "lines"}, "save")
    page = web(firm.writer).get(f"/fill/{document.pk}/").content.decode()
    assert 'name="f-lines-2-item"' in page


def test_the_document_page_is_there_for_those_who_may_read_it(firm: Company) -> None:
    document = submitted(firm)
    address = f"/documents/{document.pk}/"
    page = web(firm.boss).get(address).content.decode()
    for text in (document.number, "十二月计划", "审批中", "¥7,469.00", "印刷", "操作日志", "提交"):
        assert text in page
    assert web(firm.stranger).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    head_only = web(firm.admin).get(address).content.decode()
    assert document.number in head_only
    assert "只能看到标题" in head_only
    assert "7,469" not in head_only
    Document.objects.filter(pk=document.pk).update(secrecy=Secrecy.CONFIDENTIAL)
    assert web(firm.admin).get(address).status_code == 404


def test_others_read_the_last_version_and_not_the_draft_of_the_next(firm: Company) -> None:
    document = submitted(firm)
    change_state(document=document, state="returned", by=firm.actor(firm.boss), at=NOW)
    document.refresh_from_db()
    post(firm, document, {"f-lines-count": "1", "f-lines-0-item": "还在想"}, "autosave")
    assert "还在想" not in web(firm.boss).get(f"/documents/{document.pk}/").content.decode()
    assert "还在想" in web(firm.writer).get(f"/documents/{document.pk}/").content.decode()


def test_two_versions_are_compared_field_by_field(firm: Company) -> None:
    document = submitted(firm)
    address = f"/documents/{document.pk}/compare/"
    assert web(firm.boss).get(address).status_code == 404
    change_state(document=document, state="returned", by=firm.actor(firm.boss), at=NOW)
    rows = [{"item": "印刷", "qty": "3", "price": "1,234.50"}, FILLED["lines"][1]]
    submit(firm, document, {"title": "改过的计划", "lines": rows})
    page = web(firm.boss).get(address).content.decode()
    for text in (
        "<del>十二月计划</del>",
        "<ins>改过的计划</ins>",
        "费用 第1行 数量",
        "<del>2</del>",
        "<ins>3</ins>",
    ):
        assert text in page
    newer = document.versions.last()
    assert "没有不同" in web(firm.boss).get(address, {"older": newer.pk, "newer": newer.pk}).content.decode()
    assert web(firm.boss).get(address, {"older": 999_999}).status_code == 404
    assert web(firm.stranger).get(address).status_code == 404


def test_secret_papers_keep_who_read_them(firm: Company) -> None:
    document = submitted(firm)
    Document.objects.filter(pk=document.pk).update(secrecy=Secrecy.SECRET)
    grant_access(
        kind="document",
        object_id=document.pk,
        person=firm.stranger.pk,
        why="借阅",
        by=firm.actor(firm.admin),
        at=NOW,
    )
    for _ in range(2):
        assert web(firm.stranger).get(f"/documents/{document.pk}/").status_code == 200
    reading = document.readings.get()
    assert (reading.person, reading.times) == (firm.stranger, 2)
    page = web(firm.writer).get(f"/documents/{document.pk}/").content.decode()
    assert "阅读记录" in page
    assert firm.stranger.name in page


def test_the_list_shows_finds_and_turns_only_what_is_visible(firm: Company) -> None:
    shown = submitted(firm)
    draft = firm.draft({"title": "还没交的稿子"})

    def titles(who: Person, **filters: Any) -> list[str]:
        page = web(who).get("/documents/", filters).content.decode()
        return re.findall(r'<td class="card-main"><a href="[^"]*">([^<]*)</a>', page)

    assert titles(firm.writer) == ["还没交的稿子", "十二月计划"]
    assert titles(firm.boss) == ["十二月计划"]
    assert titles(firm.stranger) == []
    for word in ("十二月", "shieryue", "seyjh", shown.number.lower()):
        assert titles(firm.boss, q=word) == ["十二月计划"]
    assert titles(firm.stranger, q="十二月") == []
    assert titles(firm.writer, state="draft") == ["还没交的稿子"]
    assert titles(firm.writer, form="F-901", period="2026-11", author="zhao") == [
        "还没交的稿子",
        "十二月计划",
    ]
    assert titles(firm.writer, period="2026-10") == []
    assert web(firm.writer).get("/documents/", {"author__password__startswith": "a"}).status_code == 422
    assert draft.number == ""


def test_long_lists_turn_by_key(firm: Company) -> None:
    for number in range(35):
        firm.draft({"title": f"计划{number:02}"})
    client = web(firm.writer)
    first = client.get("/documents/").content.decode()
    assert "计划34" in first
    assert "计划04" not in first
    following = re.search(r'rel="next" href="([^"]*)"', first)
    second = client.get(f"/documents/{following[1]}").content.decode()
    assert "计划04" in second
    back = re.search(r'rel="prev" href="([^"]*)"', second)
    assert "计划34" in client.get(f"/documents/{back[1].replace('&amp;', '&')}").content.decode()


def test_references_and_people_are_searched_with_the_rights_of_the_asker(firm: Company) -> None:
    document = passed(firm)

    def found(who: Person, address: str) -> list[str]:
        return [one["value"] for one in web(who).get(address).json()["results"]]

    assert found(firm.writer, "/documents/references/F-901/?q=jihua") == [str(document.pk)]
    assert found(firm.writer, "/documents/references/F-902/?q=jihua") == []
    assert found(firm.stranger, "/documents/references/F-901/?q=") == []
    assert found(firm.stranger, "/documents/people/?q=qian") == []
    assert found(firm.stranger, "/documents/people/?q=boss") == [str(firm.boss.pk)]


def test_files_of_a_document_are_read_by_its_readers_only(firm: Company) -> None:
    upload = keep(b"a proof", name="proof.txt", by=firm.actor(firm.writer), at=NOW)
    document = firm.draft()
    assert post(firm, document, {**POSTED, "f-proof": str(upload.pk)}).status_code == 302
    assert web(firm.boss).get(f"/files/{upload.pk}/").status_code == 200
    assert web(firm.boss).get(f"/files/{upload.pk}/preview/").status_code == 200
    assert web(firm.stranger).get(f"/files/{upload.pk}/").status_code == 404
    assert "proof.txt" in web(firm.boss).get(f"/documents/{document.pk}/").content.decode()


RESEARCH = Path(settings.ROOT) / "packs" / "rail" / "forms" / "F-001.yaml"
LATER = frozenset({"approved_amount", "joint_signs"})


class People(Someone):
    """The one who fills, for every person asked for."""

    def __init__(self, person: int) -> None:
        self._person = person

    def some_person(self, number: int) -> int:
        return self._person


def test_the_research_plan_passes_with_invented_values_and_names_what_is_missing(firm: Company) -> None:
    release_with(read_yaml(RESEARCH.read_bytes()).data)
    version = FormVersion.objects.get(form__code="F-001")
    document = create_document(
        form_version=version,
        company_id=firm.company.pk,
        unit_id=firm.market.pk,
        by=firm.actor(firm.writer),
        at=NOW,
    )
    rights = Rights(write=FILL.write, read=LATER, head=True)
    definition = definition_of(version)
    data = auto_data(definition, process_code="SC-001", lookup=People(firm.writer.pk), rights=rights)
    required = [one for one in definition.fields if one.required and one.asked]
    assert {one.key for one in required} >= {"schedule", "topics", "methods", "budget_lines", "purpose"}
    for one in required:
        left = {key: value for key, value in data.items() if key != one.key}
        with pytest.raises(Invalid) as caught:
            submit_document(
                document=document,
                data=left,
                rights=rights,
                process_code="SC-001",
                by=firm.actor(firm.writer),
                at=NOW,
            )
        assert any(said == f"「{one.name()}」必须填写" for said in caught.value.fields[one.key])
    done = submit_document(
        document=document, data=data, rights=rights, process_code="SC-001", by=firm.actor(firm.writer), at=NOW
    )
    assert done.document.number == "SCB-F001-202611-0001"
    assert read_form(definition, data, People(firm.writer.pk)).wrong == {}
    assert Working.of(done.document, definition).values["budget_total"] == 20000
