"""The demo company: eight weeks of work, something waiting for each of the six people of SC-001."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bihuan.catalogue.models import Product
from bihuan.home.demo import build_demo
from bihuan.home.demo_paper import paper, title_of
from bihuan.home.demo_story import PLANS, PRODUCTS
from bihuan.kernel.clock import TZ
from bihuan.kernel.errors import Conflict
from bihuan.kit import audit
from bihuan.ledger.public import Account, Entry, verify_ledger
from bihuan.org.models import Installation, Person
from bihuan.process.models import Case, Task
from bihuan.research.public import Fact, Item
from bihuan.strategy.public import Target

MONDAY = date(2026, 3, 2)
SIX = {"zhao", "qian", "sun", "zhou", "li", "wu"}
CHAIN = ("SC-000", "SC-002", "SC-003", "SC-004")


def _the_chain_has_gone_on() -> None:
    """From signed plans to reports, guides, sales plans, targets; money and facts are in their registers."""
    ended = set(Case.objects.filter(state="ended").values_list("process_code", flat=True))
    assert ended >= {"SC-000", "SC-002", "SC-004"}
    open_ = Task.objects.filter(state="open", case__process_code__in=CHAIN)
    assert {"check", "collect", "improve", "own", "review"} <= set(open_.values_list("node", flat=True))
    waiting = set(open_.values_list("person__username", flat=True))
    assert waiting >= {"zhao", "qian", "wu", "zheng", "wang", "xu", "feng"}
    assert Task.objects.filter(case__process_code="SC-003", answer="refuse").exists()
    assert Account.objects.filter(planned__gt=0, reserved__gt=0).exists()
    assert Entry.objects.filter(kind="reserved").count() >= 9
    assert verify_ledger() == []
    assert Fact.objects.count() >= 6
    assert Item.objects.count() >= 9
    assert Target.objects.filter(state="current").count() >= 6


def test_the_paper_is_the_same_each_time() -> None:
    from random import Random

    first, second = (paper(PLANS[3], date(2026, 1, 12), [1, 2, 3], Random(7)) for _ in range(2))
    assert first == second
    assert paper(PLANS[3], date(2026, 1, 12), [1, 2, 3], Random(8)) != first


def test_titles_follow_the_calendar() -> None:
    titles = [title_of(plan, date(2026, 12, 28)) for plan in PLANS]
    assert "2027年度市场调研计划" in titles
    assert "1月市场动态月度调研计划" in titles


@pytest.mark.django_db
def test_a_company_with_eight_weeks_behind_it() -> None:
    build_demo("rail", MONDAY)
    morning = datetime(2026, 3, 2, 9, tzinfo=TZ)
    assert Installation.objects.get().demo
    plans = Case.objects.filter(process_code="SC-001")
    assert plans.count() == len(PLANS)
    assert (
        Case.objects.filter(process_code="SC-002").count()
        == plans.filter(state="ended", outcome="已签准").count()
    )
    assert Product.objects.count() == len(PRODUCTS)
    assert Case.objects.filter(state="ended", outcome="已签准").count() >= 9
    assert set(Task.objects.filter(state="open").values_list("person__username", flat=True)) >= SIX
    _the_chain_has_gone_on()
    assert Task.objects.filter(state="done", late=True).exists()
    assert Task.objects.filter(answer="refuse", answers__isnull=False).count() >= 3
    assert Task.objects.filter(answer="refuse", answers__isnull=True).exists()
    assert Task.objects.filter(state="open", late=True).exists()
    assert not Task.objects.filter(opened_at__gt=morning).exists()
    assert {"withdraw", "comment", "copy", "reassign", "urge"} <= set(
        Case.objects.values_list("events__verb", flat=True)
    )
    assert not any(person.has_usable_password() for person in Person.objects.all())
    assert audit.verify() == []
    with pytest.raises(Conflict):
        build_demo("rail", MONDAY)
