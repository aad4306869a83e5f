"""`make screens`: pictures of every page at desktop and phone width, from the demo company on its Monday morning.

`python -m tests.harness.screens [--out FOLDER] [NAME…]` makes only the pictures whose names begin so.
"""

from __future__ import annotations

import argparse
import os
import struct
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.harness.browser import DESKTOP, LAUNCH, MONDAY, PHONE, PLACE, TODAY, stop_clock

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
        from django.core.servers.basehttp import ThreadedWSGIServer

        server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
        server.set_app(application)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _case(title: str) -> str:
    from bihuan.process.models import Case

    return f"/cases/{Case.objects.filter(title__contains=title).order_by('-id').values_list('pk', flat=True)[0]}/"


def _task(title: str, name: str) -> str:
    from bihuan.process.models import Task

    found = Task.objects.filter(state="open", case__title__contains=title, person__username=name)
    return f"/tasks/{found.values_list('pk', flat=True)[0]}/"


def _step(node: str, name: str) -> str:
    from bihuan.process.models import Task

    found = Task.objects.filter(state="open", node=node, person__username=name).order_by("id")
    return f"/tasks/{found.values_list('pk', flat=True)[0]}/"


def _case_of(process: str) -> str:
    from bihuan.process.models import Case

    found = Case.objects.filter(process_code=process).exclude(opener=None).order_by("id")
    return f"/cases/{found.values_list('pk', flat=True)[0]}/"


def _draft(name: str) -> str:
    from bihuan.process.models import Task

    found = Task.objects.filter(state="open", document__state="draft", person__username=name)
    return f"/tasks/{found.values_list('pk', flat=True)[0]}/"


def _document(title: str) -> str:
    from bihuan.documents.models import Document

    found = Document.objects.filter(title__contains=title).order_by("-id")
    return f"/documents/{found.values_list('pk', flat=True)[0]}/"


def pages() -> dict[str, tuple[str, str]]:
    """Name of the picture → (who looks, address)."""
    return {
        "sign-in": ("", "/sign-in/"),
        "demo-people": ("", "/sign-in/demo/"),
        "inbox": ("qian", "/"),
        "inbox-author": ("zhao", "/"),
        "done": ("qian", "/done/"),
        "started": ("zhao", "/started/"),
        "copies": ("wu", "/copies/"),
        "drafts": ("zhao", "/drafts/"),
        "loop": ("qian", "/loop/"),
        "search": ("qian", "/search/?q=diaoyan"),
        "loop-stage": ("qian", "/loop/research/"),
        "start": ("zhao", "/start/"),
        "fill": ("zhao", _draft("zhao")),
        "answer-refusal": ("zhao", _task("智能运维", "zhao")),
        "prepare": ("zhao", _step("prepare", "zhao")),
        "assign": ("wu", _step("assign", "wu")),
        "collect": ("wang", _step("collect", "wang")),
        "check": ("zhao", _step("check", "zhao")),
        "report-review": ("qian", _step("review", "qian")),
        "improve-guide": ("zhao", _step("improve", "zhao")),
        "sales-own": ("xu", _step("own", "xu")),
        "carry": ("zheng", _step("carry", "zheng")),
        "inbox-key-accounts": ("wang", "/"),
        "inbox-head": ("wu", "/"),
        "inbox-finance": ("feng", "/"),
        "approve": ("qian", _task("招标参数", "qian")),
        "budget": ("sun", _task("车辆空调维保", "sun")),
        "sign": ("li", _task("碳滑板", "li")),
        "cases": ("zhao", "/cases/"),
        "case": ("zhao", _case("碳滑板")),
        "case-returned": ("zhao", _case("智能运维")),
        "case-ended": ("qian", _case("门系统客户回访报告")),
        "case-promotion": ("qian", _case_of("SC-003")),
        "case-sales": ("wu", _case_of("SC-004")),
        "documents": ("zhao", "/documents/"),
        "document": ("zhao", _document("海外地铁")),
        "compare": ("zhao", f"{_document('海外地铁')}compare/"),
        "processes": ("zhao", "/processes/"),
        "process": ("zhao", "/processes/SC-001/"),
        "process-signed": ("zhao", "/processes/SC-004/"),
        "form": ("zhao", "/processes/forms/F-009/"),
        "ledger-accounts": ("feng", "/ledger/accounts/"),
        "ledger-entries": ("feng", "/ledger/entries/"),
        "products": ("zhao", "/catalogue/products/"),
        "facts": ("zhao", "/research/facts/"),
        "items": ("zhao", "/research/items/"),
        "targets": ("qian", "/strategy/targets/"),
        "postings": ("qian", "/postings/"),
        "hand-overs": ("admin", "/hand-overs/"),
        "word-templates": ("admin", "/documents/word/"),
        "tokens": ("qian", "/me/tokens/"),
        "api": ("qian", "/api-docs/"),
        "notices": ("qian", "/notices/"),
        "preferences": ("qian", "/notices/preferences/"),
        "password": ("qian", "/me/password/"),
        "packs": ("admin", "/packs/"),
        "pack": ("admin", "/packs/rail/"),
        "bindings": ("admin", "/org/bindings/"),
        "people": ("admin", "/org/people/"),
        "units": ("admin", "/org/units/"),
        "positions": ("admin", "/org/positions/"),
        "calendar": ("admin", "/org/calendar-days/"),
        "jobs": ("admin", "/jobs/"),
        "not-found": ("zhao", "/cases/999999/"),
    }


def packed(picture: bytes) -> bytes:
    """The same PNG with its pixels compressed as far as they go: the browser's encoder is a quick one."""
    chunks, at = [], 8
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        chunks.append((picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]))
        at += length + 12
    pixels = zlib.compress(zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT")), 9)
    kept = [(kind, data) for kind, data in chunks if kind in (b"IHDR", b"sRGB")]
    whole = [*kept, (b"IDAT", pixels), (b"IEND", b"")]
    return picture[:8] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in whole
    )


class Photographer:
    """Takes pictures; keeps one signed-in browser context for each person and size."""

    def __init__(self, browser: Browser, address: str, folder: Path) -> None:
        self.browser, self.address, self.folder = browser, address, folder
        self.open: dict[tuple[str, str], Page] = {}

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

    def take(self, name: str, who: str, path: str, size: str) -> str:
        """One picture; answers what is wrong with the page, "" if nothing is."""
        page = self.page(who, size)
        answer = page.goto(f"{self.address}{path}", wait_until="load")
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(400)  # islands mount after the page has loaded
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self._shoot(page, name, size)
        status = answer.status if answer else 0
        wrong = [f"status {status}"] if status != 200 and name != "not-found" else []
        wrong += [f"{wide} px wider than the window"] if wide > 0 else []
        return ", ".join(wrong)

    def _shoot(self, page: Page, name: str, size: str) -> None:
        file = self.folder / f"{name}-{size}.png"
        if name in AT_TOP:
            file.write_bytes(packed(page.screenshot(animations="disabled")))
            return
        tall = int(page.evaluate("document.documentElement.scrollHeight"))
        port = SIZES[size]
        page.set_viewport_size(
            {"width": port["width"], "height": max(port["height"], min(tall, TALLEST[size]))}
        )
        file.write_bytes(packed(page.screenshot(animations="disabled")))
        page.set_viewport_size(port)


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
        for name, (who, path) in pages().items():
            if asked.names and not any(name.startswith(one) for one in asked.names):
                continue
            for size in SIZES:
                said = photographer.take(name, who, path, size)
                wrong += bool(said)
                print(f"{name}-{size}.png {path} {said}", flush=True)
    total = sum(file.stat().st_size for file in asked.out.glob("*.png"))
    print(f"{total / 2**20:.1f} MB in {asked.out}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
