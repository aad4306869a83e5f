"""Documents on paper: what stands on it, who gets it, and that nothing in a text does any harm."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bihuan.documents.models import Document
from bihuan.kernel import clock
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.access import grant_access
from bihuan.kit.files.services import keep
from bihuan.kit.paper import rendering
from bihuan.org.models import Person
from tests.harness.pdf import pdf_pages, pdf_text

from .conftest import FILLED, NOW, Company
from .test_services import save, submit, submitted

NASTY = '#read("/etc/passwd") #import "@preview/x:1.0.0" $x$ *粗* _斜_ @标 <签> {{7*7}} \\ `码` // 注 /* */ "'


@pytest.fixture(autouse=True)
def _november() -> Any:
    with clock.use(clock.FixedClock(NOW)):
        yield


def web(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def printed(who: Person, document: Document, query: str = "") -> bytes:
    answer = web(who).get(f"/documents/{document.pk}/print.pdf{query}")
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    assert answer.headers["Content-Type"] == "application/pdf"
    return bytes(answer.content)


def bare(text: str) -> str:
    """Without blanks, as the text of a PDF comes."""
    return "".join(text.split())


def test_a_version_is_printed_with_all_that_its_page_shows(firm: Company) -> None:
    proof = keep(b"a proof", name="proof.txt", by=firm.actor(firm.writer), at=NOW)
    document = submitted(firm, proof=[proof.pk], reason="第一行\n第二行")
    answer = web(firm.boss).get(f"/documents/{document.pk}/print.pdf")
    text = pdf_text(answer.content)
    for said in (
        "小计划", "十二月计划", document.number, "内部", "填表人赵一鸣", "审批中", "V1", "2026年12月", "印刷",
        "¥1,234.50", "¥2,469.00", "合计", "¥7,469.00", "大写：柒仟肆佰陆拾玖元整", "proof.txt", "第一行第二行",
        "打印人：钱经理", "打印时间：2026-11-2109:30", "第1页共1页",
    ):  # fmt: skip
        assert said in text, said
    shown = answer.headers["Content-Disposition"]
    assert shown.startswith("inline; filename*=utf-8''")
    assert document.number in shown
    assert "no-store" in answer.headers["Cache-Control"]


def test_paper_is_for_those_who_may_read_the_page(firm: Company) -> None:
    document = submitted(firm)
    path = f"/documents/{document.pk}/print.pdf"
    assert web(firm.stranger).get(path).status_code == 404
    assert web(firm.admin).get(path).status_code == 404  # sees the title, not the content
    assert path in web(firm.boss).get(f"/documents/{document.pk}/").content.decode()
    assert path not in web(firm.admin).get(f"/documents/{document.pk}/").content.decode()
    assert web(firm.boss).get(f"{path}?version=999999").status_code == 404
    other = submitted(firm, level="年度")
    foreign = other.versions.get().pk
    assert web(firm.boss).get(f"{path}?version={foreign}").status_code == 404


def test_each_version_and_the_own_draft_are_printed_as_they_were(firm: Company) -> None:
    document = submitted(firm)
    first = document.versions.get().pk
    Document.objects.filter(pk=document.pk).update(state="returned")
    document.refresh_from_db()
    second = submit(firm, document, {**FILLED, "title": "改过的计划"})
    assert "十二月计划" in pdf_text(printed(firm.boss, document, f"?version={first}")).split("单据编号")[1]
    assert "改过的计划" in pdf_text(printed(firm.boss, document))
    Document.objects.filter(pk=document.pk).update(state="returned")
    document = Document.objects.get(pk=second.document_id)
    save(firm, document, {"reason": "只在草稿里"})
    assert "只在草稿里" in pdf_text(printed(firm.writer, document))
    assert "草稿，未提交" in pdf_text(printed(firm.writer, document))
    assert "只在草稿里" not in pdf_text(printed(firm.boss, document))


def test_text_stays_text_and_everything_fits(firm: Company) -> None:
    address = "https://example.com/" + "a-very-long-path/" * 20
    rows = [
        {"item": f"项目{at} {NASTY if at % 50 == 0 else '印刷'}", "qty": str(at), "price": "1.5"}
        for at in range(200)
    ]
    reason = f"{NASTY}\n{address}\n{'很长的说明。' * 600}\n👍🏽 emoji 𠮷 ﷽ \u202e反"
    document = submitted(firm, title=NASTY[:80], lines=rows, reason=reason)
    pages = pdf_pages(printed(firm.boss, document))
    text = "".join(pages)
    assert bare(NASTY) in text
    assert "root:" not in text
    assert "项目199" in text
    assert sum("单价" in page for page in pages) > 3, "the head of the table stands on each of its pages"
    assert f"第{len(pages)}页共{len(pages)}页" in pages[-1]
    assert text.count("很长的说明。") >= 598  # a page may turn inside one


def test_the_same_paper_is_the_same_file(firm: Company) -> None:
    document = submitted(firm)
    assert printed(firm.boss, document) == printed(firm.boss, document)


def test_who_printed_a_secret_paper_is_kept(firm: Company) -> None:
    document = submitted(firm)
    Document.objects.filter(pk=document.pk).update(secrecy=Secrecy.SECRET)
    grant_access(
        kind="document", object_id=document.pk, person=firm.stranger.pk, why="借阅", by=firm.actor(firm.admin), at=NOW
    )  # fmt: skip
    assert "机密" in pdf_text(printed(firm.stranger, document))
    assert document.readings.get().person == firm.stranger


def test_a_paper_that_takes_too_long_is_refused_with_a_reason(firm: Company, monkeypatch: Any) -> None:
    document = submitted(firm)
    monkeypatch.setattr(rendering, "SECONDS", 0.01)
    web_client = web(firm.boss)
    answer = web_client.get(f"/documents/{document.pk}/print.pdf")
    assert answer.status_code == 500
    assert "打印超过" in answer.content.decode()


def test_without_fonts_the_reason_is_named(firm: Company, settings: Any, tmp_path: Any) -> None:
    document = submitted(firm)
    settings.FONTS_DIR = tmp_path
    answer = web(firm.boss).get(f"/documents/{document.pk}/print.pdf")
    assert answer.status_code == 500
    assert "make setup" in answer.content.decode()
