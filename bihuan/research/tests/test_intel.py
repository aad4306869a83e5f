"""Facts and intelligence items: written from accepted papers, listed for those who may read these."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bihuan.documents.models import Document
from bihuan.documents.records import plain
from bihuan.documents.tests.conftest import NOW, Company, release_with
from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.errors import Invalid
from bihuan.process.models import Case
from bihuan.process.public import Post
from bihuan.research.models import Fact, Item
from bihuan.research.register import IntelRegister
from bihuan.research.tests.papers import case_of, paper, source_of

REGISTER = IntelRegister()


def text(key: str, type: str = "text", **more: Any) -> dict[str, Any]:
    return {"key": key, "label": key, "type": type, **more}


SHEET = {
    "code": "F-004", "key": "market_info", "name": "市场信息收集表", "secrecy": "秘密", "fields": [
        text("collect_date", "date"), text("info_type"), text("source_kind"), text("source_detail"),
        text("reliability"), text("credibility"), text("competitor"), text("product"), text("price", "money"),
        text("performance", "longtext"), text("promotion", "longtext"), text("customer_need", "longtext"),
        text("content", "longtext"), text("impact"), text("check_result"),
    ],
}  # fmt: skip
REPORT = {
    "code": "F-009", "key": "research_report", "name": "市场调研报告", "secrecy": "秘密", "fields": [
        text("title"),
        text("findings", "table", columns=[text("no", "int"), text("finding", "longtext"), text("evidence")]),
    ],
}  # fmt: skip
TOLD = {
    "collect_date": "2026-11-02", "info_type": "竞争对手", "source_kind": "客户", "source_detail": "检修主任",
    "reliability": "B", "credibility": "2", "competitor": "示例竞品公司", "product": "门控器X", "price": "9800",
    "performance": "故障自诊断", "promotion": "以旧换新", "content": "对手以低价投标，交期三个月。",
    "impact": "不利", "check_result": "采用",
}  # fmt: skip
FINDINGS = [
    {"no": 1, "finding": "对手降价抢占门系统市场", "evidence": "三份信息表"},
    {"no": 2, "finding": "客户要三天到货", "evidence": "访谈"},
]


@pytest.fixture
def research(firm: Company) -> tuple[Case, Document]:
    """A case with an accepted sheet, a refused one, and its report."""
    release_with(SHEET, REPORT)
    case = case_of(firm)
    paper(firm, case, "F-004", "market_info", TOLD)
    paper(firm, case, "F-004", "market_info", {**TOLD, "competitor": "作废公司", "check_result": "作废"})
    return case, paper(firm, case, "F-009", "report", {"title": "门系统调研", "findings": FINDINGS})


def accept(research: tuple[Case, Document], posting: int = 1) -> None:
    case, report = research
    post = Post(posting, "from_report", "", plain(report), source_of(report, case))
    REGISTER.post(post, by=SYSTEM, at=NOW)


def test_an_accepted_report_fills_the_registers(research: tuple[Case, Document]) -> None:
    accept(research)
    fact = Fact.objects.get()
    assert (fact.competitor, fact.price, fact.performance) == (
        "示例竞品公司",
        Decimal("9800.00"),
        "故障自诊断",
    )
    assert (fact.grading, fact.collected_on, fact.origin) == ("B2", date(2026, 11, 2), "客户：检修主任")
    assert (fact.posting_id, fact.secrecy, fact.version_id is not None) == (1, 2, True)
    assert [one.title for one in Item.objects.order_by("pk")] == ["对手降价抢占门系统市场", "客户要三天到货"]
    rows = REGISTER.rows("fact")
    assert rows is not None
    assert REGISTER.plain(rows.get())["product"] == "门控器X"
    assert REGISTER.rows("from_report") is None


def test_taking_back_marks_rows_as_withdrawn(research: tuple[Case, Document], sign_in: Any) -> None:
    accept(research)
    REGISTER.reverse(1, by=SYSTEM, at=NOW)
    REGISTER.reverse(1, by=SYSTEM, at=NOW)
    client: Client = sign_in("zhao")
    assert "共0条" in client.get("/research/facts/").content.decode()
    assert "共1条" in client.get("/research/facts/", {"state": "all"}).content.decode()
    rows = REGISTER.rows("")
    assert rows is not None
    assert not rows.exists()
    accept(research, 2)  # the report passes again: the sheet counts again
    assert "共1条" in client.get("/research/facts/").content.decode()


def test_a_sheet_is_a_fact_once(research: tuple[Case, Document]) -> None:
    accept(research, 1)
    accept(research, 2)
    assert Fact.objects.count() == 1


def test_lists_search_filter_export_and_open_the_source(
    research: tuple[Case, Document], sign_in: Any
) -> None:
    accept(research)
    client: Client = sign_in("zhao")
    sheet = Fact.objects.get().document_id
    for query in ({"q": "slgs"}, {"q": "以旧换新"}, {"topic": "竞争对手", "price_from": "9000"}):
        found = client.get("/research/facts/", query).content.decode()
        assert ("共1条" in found) == (query != {"q": "slgs"})
    assert "共1条" in client.get("/research/facts/", {"q": "sljpgs"}).content.decode()
    page = client.get("/research/facts/").content.decode()
    assert f"/documents/{sheet}/" in page
    assert client.get(f"/research/facts/{Fact.objects.get().pk}/").status_code == 200
    assert "共1条" in client.get("/research/items/", {"q": "khys"}).content.decode()
    export = b"".join(client.get("/research/items/export/", {"format": "csv"}).streaming_content)
    assert "客户要三天到货" in export.decode("utf-8-sig")


def test_who_may_not_read_the_paper_sees_no_row(research: tuple[Case, Document], sign_in: Any) -> None:
    accept(research)
    for username in ("sun", "root"):
        client: Client = sign_in(username)
        for name in ("facts", "items"):
            assert "共0条" in client.get(f"/research/{name}/").content.decode()
            assert client.get(f"/api/research/{name}/").json()["total"] == 0
        assert client.get(f"/research/facts/{Fact.objects.get().pk}/").status_code == 404


def test_items_are_added_by_hand_with_their_own_secrecy(
    firm: Company, research: tuple[Case, Document]
) -> None:
    values = {
        "title": "新政策", "type": "政策", "content": "招标办法修订", "source": "行业网", "grading": "A1",
        "got_at": datetime(2026, 11, 3, 23, 30, tzinfo=NOW.tzinfo), "secrecy": "机密",
    }  # fmt: skip
    REGISTER.post(Post(5, "add", "", values, source_of(research[1])), by=SYSTEM, at=NOW)
    item = Item.objects.get()
    assert (item.type, item.got_on, item.secrecy, item.grading) == ("政策", date(2026, 11, 3), 3, "A1")
    with pytest.raises(Invalid):
        REGISTER.post(Post(6, "add", "", {"title": "空"}, source_of(research[1])), by=SYSTEM, at=NOW)


def test_a_page_costs_the_same_for_many_rows(
    firm: Company, research: tuple[Case, Document], sign_in: Any
) -> None:
    accept(research)
    client: Client = sign_in("zhao")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/research/facts/").status_code == 200
        return len(queries)

    cost()
    few = cost()
    for _ in range(4):
        paper(firm, research[0], "F-004", "market_info", TOLD)
    accept(research, 2)
    assert (Fact.objects.count(), cost()) == (5, few)
