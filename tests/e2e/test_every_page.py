"""Every page of the program, as someone sees it who may, wide and narrow.

axe finds nothing serious, nothing is wider than a phone, and the browser has nothing to complain about. Which pages
there are and who looks at them is said in tests/harness/visits.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.harness.browser import DESKTOP, PHONE, TODAY, Watch
from tests.harness.visits import MISSING, STRANGER, furnish, visits

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
GRAVE = {"serious", "critical"}
SHARES = 2
"""Tests of about the same length, for as many workers."""
AXE = Axe().axe_script


@pytest.fixture
def demo(monday: Any) -> None:
    """The demo company with its eight weeks, and a row in every register."""
    from bihuan.home.demo import build_demo

    build_demo("rail", TODAY)
    furnish()


def examine(page: Page, address: str) -> Iterator[str]:
    """What is wrong with a page at both widths."""
    page.evaluate(AXE)
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > size["width"]:
            yield f"{address} at {size['width']}: {wide} px wide"
        for one in page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]:
            if one["impact"] in GRAVE:
                nodes = [
                    f"{node['target']} {node['any'][0]['message'] if node['any'] else ''}"
                    for node in one["nodes"][:3]
                ]
                yield f"{address} at {size['width']}: {one['id']} ×{len(one['nodes'])} {nodes}"


@pytest.mark.parametrize("share", range(SHARES))
def test_pages_are_accessible_and_fit(
    demo: None, page: Page, person: Callable[..., Page], live_server: Any, watch: Watch, share: int
) -> None:
    watch.expect(MISSING)
    found = visits(share, SHARES)
    assert len(found) > 50
    open_pages = {STRANGER: page}
    wrong: list[str] = []
    for visit in found:
        if visit.who not in open_pages:
            open_pages[visit.who] = person(visit.who)
        shown = open_pages[visit.who]
        shown.set_viewport_size(DESKTOP)
        answer = shown.goto(f"{live_server.url}{visit.path}", wait_until="load")
        status = answer.status if answer else 0
        if status != (404 if visit.path == MISSING else 200):
            wrong.append(f"{visit.path} as {visit.who}: {status}")
        wrong += examine(shown, visit.path)
    assert wrong == []
