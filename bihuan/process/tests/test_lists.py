"""Lists show what pages show: finding rows by index first hides nothing and opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from bihuan.kit.access import grant_access
from bihuan.org.public import Person
from bihuan.process import queries
from bihuan.process.tests import stage
from bihuan.process.tests.bulk import analyse, copies
from bihuan.process.tests.stage import clock
from bihuan.process.tests.test_cost import scans

WAITING = {"process_handover"}
"""Tables that hold only what waits at the moment."""


def test_the_list_of_cases_shows_what_their_pages_open(rail: object, web: Callable[[str], Any]) -> None:
    case = stage.plan_at("head")
    other = stage.plan_at("budget")
    web("zhao").post(f"/cases/{case.pk}/copies/", {"people": [stage.person("feng").pk]})
    grant_access(
        kind="case", object_id=other.pk, person=stage.person("feng").pk, why="审计抽查",
        by=stage.actor("zhao"), at=clock.now(),
    )  # fmt: skip
    seen = {}
    for person in Person.objects.filter(is_active=True, is_admin=False):
        client = web(person.username)
        listed = client.get("/cases/").content.decode()
        opened = [one.pk for one in (case, other) if client.get(f"/cases/{one.pk}/").status_code == 200]
        assert [one.pk for one in (case, other) if f"/cases/{one.pk}/" in listed] == opened, person.username
        seen[person.username] = opened
    assert seen["feng"] == [case.pk, other.pk]
    assert [] in seen.values()


def test_the_list_of_documents_shows_what_their_pages_open(rail: object, web: Callable[[str], Any]) -> None:
    copied, by_case, by_name, draft = (stage.plan_at(step) for step in ("head", "budget", "head", "draft"))
    feng, zhao = stage.person("feng").pk, stage.actor("zhao")
    web("zhao").post(f"/cases/{copied.pk}/copies/", {"people": [feng]})
    for kind, key in (("case", by_case.pk), ("document", by_name.main_document_id)):
        grant_access(kind=kind, object_id=key or 0, person=feng, why="审计抽查", by=zhao, at=clock.now())
    papers = [case.main_document_id for case in (copied, by_case, by_name, draft)]
    seen = {}
    for name in ("zhao", "qian", "feng", "zhou", "sun", "li"):
        client = web(name)
        listed = client.get("/documents/").content.decode()
        opened = [one for one in papers if client.get(f"/documents/{one}/").status_code == 200]
        assert [one for one in papers if f"/documents/{one}/" in listed] == opened, name
        seen[name] = opened
    assert seen["feng"] == papers[:3]
    assert seen["zhao"] == papers
    assert seen["qian"] == papers[:3]
    assert [] in seen.values()


@pytest.mark.parametrize("address", ["/", "/done/", "/cases/", "/documents/", "/processes/SC-001/"])
def test_a_page_reads_no_table_of_work_from_end_to_end(
    rail: object, web: Callable[[str], Any], address: str
) -> None:
    case = stage.plan_at("head")
    copies(case, 3_000, slim=True)
    analyse()
    if connection.vendor == "postgresql":  # it would read tables as short as these from end to end
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    for reader in ("qian", "feng"):  # who has all of it on his desk, and who sees nothing
        client = web(reader)
        client.get(address)
        assert list(scans(lambda client=client: client.get(address), but=WAITING)) == []


def test_badges_stop_counting_at_a_hundred(rail: object, web: Callable[[str], Any]) -> None:
    case = stage.plan_at("head")
    copies(case, 120)
    assert queries.inbox(stage.person("qian").pk).count() > 100
    page = web("qian").get("/done/").content.decode()
    assert '<span class="navigation-count">99+</span>' in page
