"""Cases carry the form's name until their document has one: the small print of lists tells them apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bihuan.process import queries
from bihuan.process.models import Case
from bihuan.process.tests import stage
from bihuan.process.tests.till import text_of


@pytest.fixture
def opened(rail: object) -> Case:
    """A plan of March that another plan opened."""
    opener, case = stage.plan_at("head"), stage.plan_at("head")
    Case.objects.filter(pk=opener.pk).update(title="制动闸片用户满意度调研")
    Case.objects.filter(pk=case.pk).update(title="市场调研计划书", opener=opener, period="2026-03")
    case.refresh_from_db()
    return case


@pytest.mark.parametrize("address", ["/", "/cases/", "/loop/research/", "/loop/research/?show=mine"])
def test_a_line_names_period_and_source(opened: Case, web: Callable[[str], Any], address: str) -> None:
    shown = " ".join(text_of(web("qian").get(address)).split())
    assert f"{opened.number} · 2026-03 · 制动闸片用户满意度调研" in shown


def test_a_source_one_may_not_read_is_not_named(opened: Case, rail: object) -> None:
    from bihuan.org.public import viewer_of_person

    assert opened.opener_id
    reader, stranger = (viewer_of_person(stage.person(name).pk) for name in ("qian", "deng"))
    assert queries.source_titles([opened], reader) == {opened.pk: "制动闸片用户满意度调研"}
    assert queries.source_titles([opened], stranger) == {}


def test_naming_sources_costs_one_query(opened: Case, web: Callable[[str], Any]) -> None:
    client = web("qian")
    client.get("/")
    with_source = stage.queries_of(lambda: client.get("/"))
    Case.objects.filter(pk=opened.pk).update(opener=None)
    assert with_source - stage.queries_of(lambda: client.get("/")) == 1
