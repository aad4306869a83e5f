"""`make screens`: pictures of every page at desktop and phone width, from the demo company on its Monday morning.

Which pages there are is said in visits.py; `python -m tests.harness.screens [--out FOLDER] [NAME…]` makes only the
pictures whose names begin so.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.harness.browser import DESKTOP, LAUNCH, MONDAY, PHONE, PLACE, TODAY, stop_clock
from tests.harness.pictures import packed
from tests.harness.visits import MISSING, Visit, furnish, visits

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "screens"
SIZES: dict[str, ViewportSize] = {"desktop": DESKTOP, "phone": PHONE}
TALLEST = {"desktop": 860, "phone": 960}
"""Pixels of height after which a picture ends."""
AT_TOP = {"inbox", "sign-in"}
"""Shown as a window shows them, without what lies below."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def demo_server() -> Iterator[str]:
    """A demo company of its own, served on a free port of the loopback; yields the address."""
    with tempfile.TemporaryDirectory(prefix="bihuan-screens-") as folder:
        os.environ["BIHUAN_DATA_DIR"] = folder
        os.environ["BIHUAN_SQLITE_SYNCHRONOUS"] = "OFF"
        os.environ["BIHUAN_EMAIL_BACKEND"] = "django.core.mail.backends.dummy.EmailBackend"
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.config.settings")
        import django

        django.setup()
        from django.core.management import call_command

        from bihuan.config.wsgi import application
        from bihuan.home.demo import build_demo

        call_command("migrate", verbosity=0)
        build_demo("rail", TODAY)
        stop_clock(setattr, MONDAY)
        furnish()
        from django.core.servers.basehttp import ThreadedWSGIServer

        server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
        server.set_app(application)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Photographer:
    """Takes pictures; keeps one signed-in browser context for each person and size."""

    def __init__(self, browser: Browser, address: str, folder: Path) -> None:
        self.browser, self.address, self.folder = browser, address, folder
        self.open: dict[tuple[str, str], Page] = {}
        self.table = browser.new_page()
        """An empty page, where pictures are made small."""

    def page(self, who: str, size: str) -> Page:
        """A page of a person, signed in through the demo's own list."""
        if (who, size) not in self.open:
            phone = size == "phone"
            context = self.browser.new_context(
                viewport=SIZES[size], has_touch=phone, reduced_motion="reduce", **PLACE
            )
            page = context.new_page()
            page.clock.set_fixed_time(MONDAY)
            if who:
                self._sign_in(page, who)
            self.open[who, size] = page
        return self.open[who, size]

    def _sign_in(self, page: Page, who: str) -> None:
        from bihuan.org.models import Person

        number = Person.objects.values_list("pk", flat=True).get(username=who)
        page.goto(f"{self.address}/sign-in/demo/")
        page.locator(f"button[name=person][value='{number}']").click()
        page.wait_for_load_state()

    def take(self, visit: Visit, size: str) -> str:
        """One picture; answers what is wrong with the page, "" if nothing is."""
        page = self.page(visit.who, size)
        answer = page.goto(f"{self.address}{visit.path}", wait_until="load")
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(300)  # islands mount after the page has loaded
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self._shoot(page, visit.name, size)
        status = answer.status if answer else 0
        wrong = [f"status {status}"] if status != (404 if visit.path == MISSING else 200) else []
        wrong += [f"{wide} px wider than the window"] if wide > 0 else []
        return ", ".join(wrong)

    def _shoot(self, page: Page, name: str, size: str) -> None:
        port = SIZES[size]
        if name not in AT_TOP:
            tall = int(page.evaluate("document.documentElement.scrollHeight"))
            height = max(port["height"], min(tall, TALLEST[size]))
            page.set_viewport_size({"width": port["width"], "height": height})
        picture = page.screenshot(animations="disabled")
        page.set_viewport_size(port)
        (self.folder / f"{name}-{size}.png").write_bytes(packed(picture, self.table))


def _asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="screens", description="Pictures of every page of the demo.")
    parser.add_argument("names", nargs="*", help="only pictures whose names begin so")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the pictures")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Take the pictures; exit code 1 when a page is broken or too wide."""
    asked = _asked(words)
    asked.out.mkdir(parents=True, exist_ok=True)
    wrong = 0
    with demo_server() as address, sync_playwright() as play:
        photographer = Photographer(play.chromium.launch(**LAUNCH), address, asked.out)  # type: ignore[arg-type]
        chosen = [one for one in visits() if one.name.startswith(tuple(asked.names) or "")]
        for visit in chosen:
            for size in SIZES:
                said = photographer.take(visit, size)
                wrong += bool(said)
                print(f"{visit.name}-{size}.png {visit.path} {said}", flush=True)
    total = sum(file.stat().st_size for file in asked.out.glob("*.png"))
    print(f"{total / 2**20:.1f} MB in {asked.out}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
