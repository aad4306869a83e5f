"""The ledger's pages: who sees which figures, and the way to the source."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bihuan.documents.domain.rights import FILL
from bihuan.documents.models import Document
from bihuan.documents.services import submit_document
from bihuan.documents.tests.conftest import FILLED, NOW, Company
from bihuan.ledger.models import Account, Entry
from bihuan.ledger.tests.books import post
from bihuan.org.models import Person, Position


def paper(firm: Company, title: str = "十二月计划") -> Document:
    version = submit_document(
        document=firm.draft(), data={**FILLED, "title": title, "level": "年度", "month": None}, rights=FILL,
        by=firm.actor(firm.writer), at=NOW,
    )  # fmt: skip
    return version.document


@pytest.fixture
def look(sign_in: Any) -> Any:
    def page(username: str, address: str) -> str:
        client: Client = sign_in(username)
        answer = client.get(address)
        return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)

    return page


@pytest.fixture
def spent(firm: Company) -> Document:
    document = paper(firm)
    post("plan", firm.market, 9, subject="调研", amount=1000)
    post("reserve", firm.market, 1, document=document.pk, subject="调研", amount=400)
    post("actual", firm.market, 1, document=document.pk, amount=150)
    firm.market.head = Position.objects.get(code="head")
    firm.market.save()
    return document


@pytest.mark.req("R-114")
def test_the_head_sees_what_is_reserved_spent_and_left(firm: Company, spent: Document, look: Any) -> None:
    accounts = look("boss", "/ledger/accounts/")
    for figure in ("1,000.00", "250.00", "150.00", "600.00", "40%"):
        assert figure in accounts
    assert "合计：预算¥1,000.00，预占¥250.00，承诺¥0.00，实际¥150.00，可用¥600.00" in accounts
    account = Account.objects.get()
    for page in (accounts, look("boss", f"/ledger/accounts/{account.pk}/")):
        assert f"/ledger/entries/?account={account.pk}" in page
    entries = look("boss", f"/ledger/entries/?account={account.pk}")
    assert f"/documents/{spent.pk}/" in entries
    assert look("boss", f"/documents/{spent.pk}/") != "404"
    history = look("boss", f"/ledger/accounts/{account.pk}/history/")
    assert "预占" in history
    assert "reserved" not in history


def test_what_one_may_not_read_is_one_line_without_names(firm: Company, spent: Document, look: Any) -> None:
    hidden = Document.objects.get(pk=spent.pk)
    Document.objects.filter(pk=spent.pk).update(secrecy=3)  # 机密: by name only, not by post
    page = look("boss", "/ledger/entries/")
    assert hidden.title not in page
    assert hidden.number not in page
    assert "其余3行¥1,550.00无权查看" in page
    assert "无权查看" not in look("boss", f"/ledger/entries/?q={hidden.title}")
    entry = Entry.objects.filter(document=spent.pk).first()
    assert entry is not None
    assert look("boss", f"/ledger/entries/{entry.pk}/") == "404"


def test_others_see_neither_accounts_nor_sums(firm: Company, spent: Document, look: Any) -> None:
    account = Account.objects.get()
    for username in ("sun", "root"):
        assert "调研" not in look(username, "/ledger/accounts/")
        assert look(username, f"/ledger/accounts/{account.pk}/") == "404"
        entries = look(username, "/ledger/entries/")
        assert "共0条" in entries
        assert "¥" not in entries
    author = look("zhao", "/ledger/entries/")  # his own paper's entries, not the department's others
    assert "共2条" in author
    assert "无权查看" not in author


def test_a_position_may_be_given_the_whole_ledger(
    firm: Company, spent: Document, look: Any, cli: Any
) -> None:
    assert cli("ledger", "open", "other", firm.company.code, "--why", "财务核对").exit_code == 0
    assert "600.00" in look("sun", "/ledger/accounts/")
    assert "共3条" in look("sun", "/ledger/entries/")
    assert cli("ledger", "open", "nobody", firm.company.code, "--why", "x").exit_code == 1


def test_lists_are_read_only_and_cost_the_same_for_many_rows(
    firm: Company, spent: Document, sign_in: Any
) -> None:
    client: Client = sign_in("boss")
    assert client.get("/ledger/entries/new/").status_code == 403
    assert client.post("/api/ledger/accounts/", {}, content_type="application/json").status_code in {403, 405}

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    addresses = ["/ledger/entries/", "/ledger/accounts/", f"/ledger/accounts/{Account.objects.get().pk}/"]
    for address in addresses:
        cost(address)
    few = [cost(address) for address in addresses]
    for number in range(5):
        post(
            "reserve",
            firm.market,
            20 + number,
            document=paper(firm, f"第{number}份").pk,
            subject="调研",
            amount=1,
        )
        post("plan", firm.market, 30, subject=f"科目{number}", amount=1)
    assert [cost(address) for address in addresses] == few


def test_lists_can_be_filtered_and_exported(firm: Company, spent: Document, sign_in: Any) -> None:
    client: Client = sign_in("boss")
    page = client.get("/ledger/entries/", {"kind": "actual", "amount_from": "100"}).content.decode()
    assert "共1条" in page
    sheet = client.get("/ledger/entries/export/", {"format": "csv", "sort": "-amount"})
    text = b"".join(sheet.streaming_content).decode("utf-8-sig")
    assert "400" in text
    assert Person.objects.filter(username="boss").exists()


def test_choices_of_a_source_tell_no_titles(firm: Company, spent: Document, look: Any) -> None:
    for username in ("sun", "boss"):
        for query in ("", f"?q={spent.title}"):
            assert spent.title not in look(username, f"/ledger/entries/options/document/{query}")
