"""Targets: written from signed plans, replaced by versions, listed with totals."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bihuan.catalogue.public import Product, open_product
from bihuan.documents.models import Document
from bihuan.documents.records import plain
from bihuan.documents.tests.conftest import NOW, Company, person, release_with
from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.errors import Invalid
from bihuan.org.models import Holding, Person, Position
from bihuan.process.models import Case
from bihuan.process.public import Post
from bihuan.research.tests.papers import case_of, paper, source_of
from bihuan.strategy.models import Target
from bihuan.strategy.register import TargetRegister

REGISTER = TargetRegister()
COLUMNS = [("customer", "text"), ("project", "text"), ("qty", "decimal"), ("unit_price", "money")]
PLAN = {
    "code": "F-023", "key": "sales_plan", "name": "销售计划表", "secrecy": "秘密", "fields": [
        {"key": "plan_month", "label": "计划月份", "type": "month", "required": True, "index": True},
        {"key": "owner", "label": "大客户经理", "type": "user", "required": True},
        {"key": "lines", "label": "计划明细", "type": "table", "required": True, "columns": [
            *({"key": key, "label": key, "type": type} for key, type in COLUMNS),
            {"key": "product", "label": "产品", "type": "ref", "to": ["product"]},
            {"key": "amount", "label": "金额", "type": "money", "compute": "row.qty * row.unit_price"},
        ]},
    ],
}  # fmt: skip


@pytest.fixture
def sales(firm: Company) -> Company:
    """Two key-account managers besides the author, and two products."""
    release_with(PLAN)
    for code, name in (("A", "车门"), ("B", "车钩")):
        open_product(code=code, name=name, company=firm.company, by=SYSTEM, at=NOW)
    for username, name in (("k1", "甲经理"), ("k2", "乙经理")):
        post = Position.objects.create(code=username, name=name, unit=firm.market)
        Holding.objects.create(person=person(username, name), position=post, main=True)
    return firm


def line(product: str, qty: int, price: int = 100, customer: str = "车辆厂") -> dict[str, Any]:
    return {"customer": customer, "product": product, "qty": qty, "unit_price": price}


def plan(
    sales: Company,
    case: Case | None,
    lines: list[dict[str, Any]],
    owner: str = "zhao",
    month: str = "2026-12",
) -> Document:
    who = Person.objects.get(username=owner)
    data = {"plan_month": month, "owner": who.pk, "lines": lines}
    return paper(sales, case, "F-023", "own", data, author=who)


def write(document: Document, case: Case | None, posting: int, action: str = "write", **mapped: Any) -> None:
    values = mapped or plain(document)
    REGISTER.post(
        Post(posting, action, mapped.pop("key", ""), values, source_of(document, case)), by=SYSTEM, at=NOW
    )


def there() -> list[tuple[str, str, str, int, int, int]]:
    """What is in force: person, product, period, quantity, amount, version."""
    rows = Target.objects.filter(state="current").select_related("person", "product")
    return sorted(
        (one.person.username, one.product.code if one.product else "", one.period, int(one.quantity),
         int(one.amount), one.version)
        for one in rows
    )  # fmt: skip


def test_a_merged_plan_gives_everyone_his_own_lines(sales: Company) -> None:
    case = case_of(sales, "SC-004")
    mine = [line("A", 10), line("A", 5, customer="地铁公司"), line("B", 1)]
    other = [line("A", 10), line("B", 7, 300)]  # one line looks like the other's
    plan(sales, case, mine, "k1")
    plan(sales, case, other, "k2")
    merged = plan(sales, case, [*mine, *other, line("B", 2)])  # the head added one himself
    write(merged, case, 1)
    assert there() == [
        ("k1", "A", "2026-12", 15, 1500, 1), ("k1", "B", "2026-12", 1, 100, 1),
        ("k2", "A", "2026-12", 10, 1000, 1), ("k2", "B", "2026-12", 7, 2100, 1),
        ("zhao", "B", "2026-12", 2, 200, 1),
    ]  # fmt: skip
    row = Target.objects.filter(person__username="k1").first()
    assert row is not None
    assert (row.document_id, row.posting_id, row.secrecy, row.version_id is not None) == (
        merged.pk,
        1,
        2,
        True,
    )


def test_a_line_may_be_posted_by_itself(sales: Company) -> None:
    document = plan(sales, None, [line("A", 1)], "k1")
    product = Product.objects.get(code="A")
    write(document, None, 1, key="A", amount=Decimal(70))
    write(document, None, 2, product={"id": product.pk}, person=Person.objects.get(username="k2").pk,
          amount=Decimal(5), qty=2, period="2026-Q4")  # fmt: skip
    write(document, None, 3, amount=Decimal(9))
    assert there() == [
        ("k1", "", "2026-12", 0, 9, 1), ("k1", "A", "2026-12", 0, 70, 1), ("k2", "A", "2026-Q4", 2, 5, 1)
    ]  # fmt: skip


def test_the_next_version_replaces_and_taking_back_restores(sales: Company) -> None:
    document = plan(sales, None, [line("A", 1), line("B", 1)], "k1")
    write(document, None, 1)
    newer = plan(sales, None, [line("A", 3)], "k1")
    write(newer, None, 2, "adjust", **{**plain(newer), "target_ref": {"id": document.pk}})
    assert there() == [("k1", "A", "2026-12", 3, 300, 2)]  # B is dropped with the paper it stood on
    assert sorted(Target.objects.values_list("state", flat=True)) == ["current", "replaced", "replaced"]
    REGISTER.reverse(2, by=SYSTEM, at=NOW)
    REGISTER.reverse(2, by=SYSTEM, at=NOW)
    assert there() == [("k1", "A", "2026-12", 1, 100, 1), ("k1", "B", "2026-12", 1, 100, 1)]
    write(newer, None, 3)
    REGISTER.reverse(1, by=SYSTEM, at=NOW)  # the older one goes, the newer stays
    REGISTER.reverse(3, by=SYSTEM, at=NOW)  # and does not bring it back
    assert there() == []
    rows, versions = REGISTER.rows("row"), REGISTER.rows("version")
    assert rows is not None
    assert versions is not None
    assert (rows.count(), versions.count()) == (0, 4)
    assert REGISTER.rows("write") is None
    assert REGISTER.plain(versions.latest("pk"))["state"] == "withdrawn"


def test_versions_taken_back_in_any_order_leave_the_newest_that_stands(sales: Company) -> None:
    papers = [plan(sales, None, [line("A", number)], "k1") for number in (1, 2, 3)]
    postings = itertools.count(1)
    for order in itertools.permutations(range(3)):
        numbers = [next(postings) for _ in papers]
        for one, number in zip(papers, numbers, strict=True):
            write(one, None, number)
        standing = [0, 1, 2]
        for gone in order:
            REGISTER.reverse(numbers[gone], by=SYSTEM, at=NOW)
            standing.remove(gone)
            assert [row[3] for row in there()] == [last + 1 for last in standing[-1:]], (order, gone)


def test_wrong_plans_are_refused(sales: Company) -> None:
    document = plan(sales, None, [line("A", 1)], "k1")
    for values in (
        {"amount": 1, "product": "nothing"},
        {"amount": 1, "person": 999},
        {"amount": 1, "period": "soon"},
    ):
        with pytest.raises(Invalid):
            write(document, None, 1, **values)
    assert Target.objects.count() == 0


def test_the_list_has_totals_and_opens_the_plan(sales: Company, sign_in: Any) -> None:
    case = case_of(sales, "SC-004")
    plan(sales, case, [line("A", 10)], "k1")
    write(plan(sales, case, [line("A", 10), line("B", 2)]), case, 1)
    client: Client = sign_in("zhao")
    page = client.get("/strategy/targets/").content.decode()
    assert "合计：数量12，金额¥1,200.00" in page
    document = Target.objects.latest("pk").document_id
    assert f"/documents/{document}/" in page
    product = Product.objects.get(code="B").pk
    narrowed = client.get("/strategy/targets/", {"product": product, "period": "2026-12"}).content.decode()
    assert "合计：数量2，金额¥200.00" in narrowed
    assert "共1条" in client.get("/strategy/targets/", {"q": "cm"}).content.decode()
    own = sign_in("k1").get("/strategy/targets/").content.decode()
    assert "合计：数量10，金额¥1,000.00" in own
    assert "无权查看" not in own


def test_the_head_gets_one_line_for_what_is_closed_to_him(sales: Company, sign_in: Any) -> None:
    write(plan(sales, None, [line("A", 10)]), None, 1)
    write(plan(sales, None, [line("B", 1)], "k1"), None, 2)
    sales.market.head = Position.objects.get(code="head")
    sales.market.save()
    assert "无权查看" not in sign_in("boss").get("/strategy/targets/").content.decode()
    Target.objects.filter(posting_id=2).update(secrecy=3)
    Document.objects.filter(pk=Target.objects.get(posting_id=2).document_id).update(secrecy=3)
    page = sign_in("boss").get("/strategy/targets/").content.decode()
    assert "甲经理" not in page.split("</form>", 1)[1].split("<table", 1)[1]
    assert "其余1行¥100.00无权查看" in page
    for username in ("sun", "root"):
        empty = sign_in(username).get("/strategy/targets/").content.decode()
        assert "共0条" in empty
        assert "¥" not in empty


def test_a_page_costs_the_same_for_many_rows(sales: Company, sign_in: Any) -> None:
    write(plan(sales, None, [line("A", 1)]), None, 1)
    client: Client = sign_in("zhao")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/strategy/targets/").status_code == 200
        return len(queries)

    cost()
    few = cost()
    for month in range(1, 6):
        write(plan(sales, None, [line("A", 1)], month=f"2027-0{month}"), None, month + 1)
    assert cost() == few
