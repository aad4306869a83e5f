"""Products: the register's doors, references to them, stages by posting."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from bihuan.catalogue import services
from bihuan.catalogue.models import Product, StageChange
from bihuan.catalogue.register import ProductRegister
from bihuan.catalogue.resources import Products
from bihuan.documents.domain.rights import FILL
from bihuan.documents.models import FormVersion
from bihuan.documents.records import plain
from bihuan.documents.services import create_document, submit_document
from bihuan.documents.tests.conftest import NOW, Company, release_with
from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.errors import Conflict, Invalid
from bihuan.kit.testing.crud import ResourceCase
from bihuan.org.models import Person, Unit
from bihuan.org.public import actor_for, hold_position
from bihuan.org.tests import make
from bihuan.process.public import Post, Source

REGISTER = ProductRegister()


class TestProducts(ResourceCase):
    resource = Products
    new = {
        "code": "M-4",
        "name": "=车门控制器",
        "category": "门系统",
        "measure": "套",
        "stage": "导入期",
        "list_price": Decimal("12000.50"),
    }
    change = {"name": "车门电机", "stage": "成熟期"}

    def rows(self) -> list[Product]:
        company = make.company()[1]
        given = [("甲型", "门系统", "成长期", 100), ("乙型", "车钩", "", 200), ("丙型", "", "衰退期", None)]
        for at, (name, category, stage, price) in enumerate(given, 1):
            services.open_product(
                code=f"M-{at}", name=name, category=category, stage=stage, list_price=price, company=company,
                by=SYSTEM, at=make.AT,
            )  # fmt: skip
        return list(Product.objects.order_by("pk"))

    def test_staff_read_only_where_declared(self) -> None:
        office = make.position("clerk", "专员", Unit.objects.get(code="d"))
        hold_position(person=Person.objects.get(is_admin=False), position=office, by=SYSTEM, at=make.AT)
        super().test_staff_read_only_where_declared()

    def test_staff_of_another_company_see_none_of_them(self) -> None:
        page = self.staff.get(self.register.url())
        assert page.status_code == 200
        assert "甲型" not in page.content.decode()


@pytest.fixture
def product(firm: Company) -> Product:
    return services.open_product(
        code="A", name="车门控制器", list_price=10000, company=firm.company, by=SYSTEM, at=NOW
    )


def test_pinyin_finds_and_the_company_is_the_actor_s(firm: Company, sign_in: Any) -> None:
    made = services.open_product(code="B", name="车钩", by=actor_for(firm.writer), at=NOW)
    assert made.company == firm.company
    client: Client = sign_in("zhao")
    assert "共1条" in client.get("/catalogue/products/", {"q": "cg"}).content.decode()
    assert client.get("/catalogue/products/new/").status_code == 403


def test_a_form_refers_to_a_product_and_reads_its_price(firm: Company, product: Product) -> None:
    release_with({
        "code": "F-902", "key": "offer", "name": "报价", "fields": [
            {"key": "product", "label": "产品", "type": "ref", "to": ["product"], "required": True},
            {"key": "price", "label": "价格", "type": "money", "compute": "doc.product.list_price"},
        ],
    })  # fmt: skip
    form = FormVersion.objects.get(form__code="F-902")
    draft = create_document(
        form_version=form, company_id=firm.company.pk, unit_id=firm.market.pk, preset={},
        by=firm.actor(firm.writer), at=NOW,
    )  # fmt: skip
    version = submit_document(
        document=draft, data={"product": "A"}, rights=FILL, by=firm.actor(firm.writer), at=NOW
    )
    found = plain(version.document)
    assert (found["product"]["name"], found["price"]) == ("车门控制器", Decimal("10000.00"))
    with pytest.raises(Invalid):
        submit_document(
            document=version.document, data={"product": "nothing"}, rights=FILL,
            by=firm.actor(firm.writer), at=NOW,
        )  # fmt: skip


def stage(unit: Unit, posting: int, **values: Any) -> None:
    source = Source(unit.company_id, unit.pk, 1, None, None, "approve", "", "", 2, "")
    REGISTER.post(Post(posting, "stage", "", values, source), by=SYSTEM, at=NOW)


def test_an_approved_stage_is_written_and_can_be_taken_back(firm: Company, product: Product) -> None:
    stage(firm.market, 1, product={"id": product.pk}, proposed_stage="成长期")
    stage(firm.market, 2, product="A", proposed_stage="成熟期")
    product.refresh_from_db()
    assert product.stage == "成熟期"
    with pytest.raises(Conflict):
        REGISTER.reverse(1, by=SYSTEM, at=NOW)
    REGISTER.reverse(2, by=SYSTEM, at=NOW)
    REGISTER.reverse(2, by=SYSTEM, at=NOW)
    product.refresh_from_db()
    assert product.stage == "成长期"
    assert StageChange.objects.count() == 2
    for values in ({"product": "?"}, {"product": "A", "proposed_stage": "无"}):
        with pytest.raises(Invalid):
            stage(firm.market, 3, **values)


def test_events_tell_of_products(firm: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []

    def hear(name: str, record: Any, **about: Any) -> None:
        told.append((name, record["code"]))

    monkeypatch.setattr(services, "raise_event", hear)
    made = REGISTER.create("", {"code": "C", "name": "丙"}, by=SYSTEM, at=NOW)
    REGISTER.update(made, {"list_price": Decimal(5)}, by=SYSTEM, at=NOW)
    services.retire_product(product=made, by=SYSTEM, at=NOW)
    assert told == [("product.created", "C"), ("product.changed", "C"), ("product.changed", "C")]
    rows = REGISTER.rows("")
    assert rows is not None
    assert REGISTER.plain(rows.get())["list_price"] == 5
