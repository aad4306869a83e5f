"""A real browser on a real server: the system's Chromium, the built bundle, and a Monday morning that stands still.

`tests/e2e/conftest.py` takes these fixtures over; `make screens` uses the same browser and clock.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
LAUNCH = {
    "executable_path": CHROMIUM,
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--font-render-hinting=none",
        "--lang=zh-CN",
    ],
    "env": {**os.environ, "LANGUAGE": "zh_CN"},
}
PLACE = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
MONDAY = datetime(2026, 3, 2, 8, 55)  # noqa: DTZ001 - Asia/Shanghai, as scenarios write it
TODAY = date(2026, 3, 2)


def missing() -> str:
    """Why no browser test can run here, "" if they can."""
    from django.conf import settings

    if not os.path.exists(CHROMIUM):
        return "no chromium: install the system's package to run the browser tests"
    if settings.DJANGO_VITE["default"]["dev_mode"]:
        return "no bundle: `make browser` builds it and sets BIHUAN_TEST_BUNDLE=1"
    return ""


def stop_clock(put: Callable[[Any, str, Any], None], moment: datetime = MONDAY) -> Any:
    """Let the clock of every thread of this process stand at `moment`; answers the clock that moves it.

    Server threads have contexts of their own, which `clock.use` does not reach: the machine's clock is replaced.
    """
    from bihuan.kernel import clock

    fixed = clock.FixedClock(moment)
    put(clock.SystemClock, "now", lambda self: fixed.now())
    return fixed


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's Chromium; without one the tests are left out, in CI they fail."""
    if why := missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    return LAUNCH


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """A Chinese desk in Shanghai."""
    return {**PLACE, "viewport": DESKTOP}


@pytest.fixture
def monday(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The server's clock, standing at 08:55 on Monday 2 March 2026."""
    return stop_clock(monkeypatch.setattr)


@pytest.fixture
def company(monday: Any) -> Any:
    """The rail pack in force with its invented company, made as a demo; answers the clock."""
    from bihuan.kernel.actor import SYSTEM
    from bihuan.org.models import Installation
    from bihuan.packs import public as packs
    from bihuan.packs.organisation import build_organisation
    from tests.harness.doors import _rail_source

    at = monday.now()
    source: Any = _rail_source()
    packs.install_pack(source, by=SYSTEM, at=at, effective=True)
    build_organisation(source.entries["demo.yaml"][0].value, by=SYSTEM, at=at)
    Installation.objects.create(pk=1, demo=True, created_at=at)
    return monday


class Watch:
    """What went wrong in the browser: console errors, uncaught ones, broken content policy."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.expected: list[str] = []

    def expect(self, *parts: str) -> None:
        """Texts that errors of this test may hold: a refused form answers 422, and the console says so."""
        self.expected += parts

    def on(self, page: Page) -> None:
        """Listen to a page."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.found.append(f"uncaught: {error}"))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.found.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    @property
    def unexpected(self) -> list[str]:
        """What nobody expected."""
        return [text for text in self.found if not any(part in text for part in self.expected)]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test when the browser complained."""
    found = Watch()
    yield found
    assert found.unexpected == []


def open_page(context: BrowserContext, watch: Watch) -> Page:
    """A page whose clock stands as the server's."""
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.clock.set_fixed_time(MONDAY)
    watch.on(page)
    return page


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    """The test's first page."""
    return open_page(context, watch)


@pytest.fixture
def person(
    browser: Browser,
    browser_context_args: dict[str, Any],
    live_server: Any,
    sign_in: Callable[[str], Any],
    watch: Watch,
) -> Iterator[Callable[..., Page]]:
    """A page of a signed-in person: `person("zhao")`, `person("qian", PHONE)`."""
    contexts: list[BrowserContext] = []

    def enter(username: str, viewport: ViewportSize = DESKTOP) -> Page:
        made = browser.new_context(
            **{**browser_context_args, "viewport": viewport, "has_touch": viewport is PHONE}
        )
        made.set_default_timeout(10_000)
        contexts.append(made)
        session = sign_in(username).cookies["session"].value
        made.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
        return open_page(made, watch)

    yield enter
    for made in contexts:
        made.close()
