"""Lists show what pages show: finding rows by index first hides nothing and opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bihuan.kit.access import grant_access
from bihuan.org.public import Person
from bihuan.process import queries
from bihuan.process.tests import stage
from bihuan.process.tests.bulk import copies
from bihuan.process.tests.stage import clock


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


def test_badges_stop_counting_at_a_hundred(rail: object, web: Callable[[str], Any]) -> None:
    case = stage.plan_at("head")
    copies(case, 120)
    assert queries.inbox(stage.person("qian").pk).count() > 100
    page = web("qian").get("/done/").content.decode()
    assert '<span class="navigation-count">99+</span>' in page
