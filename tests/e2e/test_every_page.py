"""Every page of the address book, for a manager and an administrator, wide and narrow.

axe finds nothing serious, nothing is wider than a phone, and the browser has nothing to complain about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page

from tests.harness.browser import DESKTOP, PHONE, TODAY

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
GRAVE = {"serious", "critical"}
NAMED = {"code": {"process:": "SC-001", "packs:": "rail"}}
AXE = Axe()


def patterns(found: list[Any], prefix: str = "", space: str = "") -> Iterator[tuple[str, str, list[str]]]:
    """Namespace, route and argument names of every address."""
    for one in found:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, route, f"{one.namespace or ''}:")
        elif isinstance(one, URLPattern):
            yield space, route, list(one.pattern.converters)


def addresses(client: Client) -> list[str]:
    """Addresses that answer this person with a page: arguments are the first row's, or what NAMED says."""
    found = []
    for space, route, names in patterns(get_resolver().url_patterns):
        address = route
        for name in names:
            given = NAMED.get(name, {}).get(space, "1")
            for kind in ("int", "str", "slug", "path", "uuid"):
                address = address.replace(f"<{kind}:{name}>", given)
        if "<" in address:
            continue
        answer = client.get(f"/{address}")
        is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
        if is_page and b"<main" in answer.content:
            found.append(f"/{address}")
    return found


@pytest.fixture
def demo(monday: Any) -> None:
    """The demo company with its eight weeks."""
    from bihuan.home.demo import build_demo

    build_demo("rail", TODAY)


def examine(page: Page, address: str) -> Iterator[str]:
    """What is wrong with a page at both widths."""
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > size["width"]:
            yield f"{address} at {size['width']}: {wide} px wide"
        for one in AXE.run(page, options=RULES).response["violations"]:
            if one["impact"] in GRAVE:
                nodes = [
                    f"{node['target']} {node['any'][0]['message'] if node['any'] else ''}"
                    for node in one["nodes"][:3]
                ]
                yield f"{address} at {size['width']}: {one['id']} ×{len(one['nodes'])} {nodes}"


@pytest.mark.parametrize("who", ["zhao", "admin"])
def test_pages_are_accessible_and_fit(
    demo: None, person: Callable[..., Page], live_server: Any, sign_in: Callable[[str], Client], who: str
) -> None:
    from bihuan.process.models import Task

    own = Task.objects.filter(state="open", person__username=who).values_list("pk", flat=True)
    found = [*addresses(sign_in(who)), *(f"/tasks/{task}/" for task in own)]
    assert len(found) > 20
    page = person(who)
    wrong: list[str] = []
    for address in found:
        page.set_viewport_size(DESKTOP)
        page.goto(f"{live_server.url}{address}", wait_until="load")
        wrong += examine(page, address)
    assert wrong == []


@pytest.mark.parametrize("name", ["qian", "sun", "li"])
def test_deciding_pages_are_accessible_and_fit(
    demo: None, person: Callable[..., Page], live_server: Any, name: str
) -> None:
    from bihuan.process.models import Task

    task = Task.objects.filter(state="open", person__username=name).values_list("pk", flat=True)[0]
    page = person(name)
    page.goto(f"{live_server.url}/tasks/{task}/", wait_until="load")
    assert list(examine(page, f"/tasks/{task}/")) == []


def test_strangers_pages_are_accessible_and_fit(demo: None, page: Page, live_server: Any) -> None:
    wrong: list[str] = []
    for address in ("/sign-in/", "/sign-in/demo/"):
        page.set_viewport_size(DESKTOP)
        page.goto(f"{live_server.url}{address}", wait_until="load")
        wrong += examine(page, address)
    assert wrong == []
