"""A small company and a form to fill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from bihuan.documents.connecting import install
from bihuan.documents.domain.parsing import parse_form
from bihuan.documents.models import Document, FormVersion
from bihuan.documents.services import create_document
from bihuan.kernel.actor import SYSTEM, Actor
from bihuan.kernel.clock import TZ
from bihuan.org.models import Holding, Person, Position, Unit
from bihuan.packs.models import Pack, PackRelease
from bihuan.packs.public import Entry

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=TZ)

PLAN: dict[str, Any] = {
    "code": "F-901",
    "key": "small_plan",
    "name": {"zh-Hans": "小计划", "en": "Small plan"},
    "secrecy": "内部",
    "fields": [
        {"key": "title", "label": "计划名称", "type": "text", "required": True, "min": 2, "max": 80, "index": True},
        {"key": "level", "label": "级别", "type": "enum", "options": ["年度", "月度"], "required": True, "index": True},
        {"key": "month", "label": "月份", "type": "month", "index": True},
        {
            "key": "lines", "label": "费用", "type": "table", "min_rows": 1, "required": True,
            "columns": [
                {"key": "item", "label": "项目", "type": "text", "required": True},
                {"key": "qty", "label": "数量", "type": "int", "min": 0},
                {"key": "price", "label": "单价", "type": "money"},
                {"key": "amount", "label": "金额", "type": "money", "compute": "row.qty * row.price"},
                {"key": "start", "label": "开始", "type": "date"},
                {"key": "end", "label": "结束", "type": "date"},
            ],
        },
        {
            "key": "total", "label": "合计", "type": "money", "index": True,
            "compute": "sum(l.amount for l in doc.lines)",
        },
        {"key": "reason", "label": "原因", "type": "longtext", "required_if": "doc.total > 50000"},
        {"key": "plan_ref", "label": "上期计划", "type": "ref", "to": ["F-901"]},
        {"key": "owner", "label": "负责人", "type": "user"},
        {"key": "proof", "label": "附件材料", "type": "file", "many": True},
        {"key": "opinion", "label": "经理意见", "type": "approval"},
        {"key": "approved", "label": "批准金额", "type": "money"},
    ],
    "rules": [
        {"check": "doc.approved <= doc.total", "message": "批准金额不能大于合计", "fields": ["approved"]},
        {"check": "doc.total < 1000000", "message": "金额很大，请核对", "fields": ["total"], "warn": True},
    ],
    "unique": ["level", "month"],
}  # fmt: skip

FILLED: dict[str, Any] = {
    "title": "十二月计划",
    "level": "月度",
    "month": "2026-12",
    "lines": [
        {"item": "印刷", "qty": "2", "price": "1,234.50"},
        {"item": "差旅", "qty": "1", "price": "0.5万元"},
    ],
}


@dataclass
class Company:
    """Units, people and the form."""

    company: Unit
    market: Unit
    boss: Person
    writer: Person
    stranger: Person
    admin: Person
    form: FormVersion

    def actor(self, person: Person) -> Actor:
        return Actor(person.pk, person.name, admin=person.is_admin)

    def draft(self, preset: dict[str, Any] | None = None, **more: Any) -> Document:
        return create_document(
            form_version=self.form, company_id=self.company.pk, unit_id=self.market.pk, preset=preset or {},
            by=self.actor(self.writer), at=NOW, **more,
        )  # fmt: skip


def unit(name: str, kind: str, parent: Unit | None = None) -> Unit:
    made = Unit.objects.create(code=name, name=name, kind=kind, parent=parent)
    made.path = f"{parent.path if parent else '/'}{made.pk}/"
    made.company = made if kind == "company" else parent.company
    made.save()
    return made


def release_with(*forms: dict[str, Any]) -> PackRelease:
    pack, _ = Pack.objects.get_or_create(code="trial", defaults={"names": {"zh-Hans": "试用包"}})
    release = PackRelease.objects.create(
        pack=pack, version="1.0.0", revision=pack.releases.count() + 1, digest="0", installed_at=NOW,
        installed_by="系统",
    )  # fmt: skip
    entries = [Entry(f"forms/{form['code']}.yaml", form, parse_form(form)) for form in forms]
    install(release, entries, by=SYSTEM, at=NOW)
    return release


def person(username: str, name: str, **more: Any) -> Person:
    made = Person(username=username, name=name, name_pinyin=username, **more)
    made.set_unusable_password()
    made.save()
    return made


@pytest.fixture
def firm(db: None) -> Company:
    company = unit("示例公司", "company")
    market = unit("市场部", "department", company)
    head = Position.objects.create(code="head", name="市场经理", unit=market)
    clerk = Position.objects.create(code="clerk", name="市场专员", unit=market, superior=head)
    other = Position.objects.create(code="other", name="行政", unit=unit("行政部", "department", company))
    boss, writer, stranger = person("boss", "钱经理"), person("zhao", "赵一鸣"), person("sun", "孙外人")
    for who, post in ((boss, head), (writer, clerk), (stranger, other)):
        Holding.objects.create(person=who, position=post, main=True, since=(NOW - timedelta(days=9)).date())
    release_with(PLAN)
    form = FormVersion.objects.get(form__code="F-901")
    return Company(company, market, boss, writer, stranger, person("root", "管理员", is_admin=True), form)
