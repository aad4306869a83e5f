"""Text that looks like markup, template or formula stays text: on every page, in drawings, exports and imports."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from bihuan.documents.models import Document
from bihuan.kernel import clock
from bihuan.kit import files, notify
from bihuan.org.models import Person, Position, Slot, Unit
from bihuan.process import services
from bihuan.process.models import Case, Task
from bihuan.process.tests import stage

from .conftest import City

EVIL = "\"'><x-evil onclick=a>"
SUM = "Q{{7*7}}Q{% now 'Y' %}"
ALLOWED_SCHEMES = re.compile(r"(?:/|\?|#|https?://|mailto:|data:image/|$)")


class Page(HTMLParser):
    """Gathers what an injected text would have become."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "x-evil":
            self.faults.append("a planted tag")
        for name, value in attrs:
            if name.startswith("on"):
                self.faults.append(f"{tag} {name}")
            if name in ("href", "src", "action") and not ALLOWED_SCHEMES.match(value or ""):
                self.faults.append(f"{tag} {name}={value}")
        if tag == "script" and not {"src", "type"} & {name for name, _ in attrs}:
            self.faults.append("a script without an address")


def plant(city: City) -> None:
    """The texts everywhere that people type."""
    Person.objects.filter(username__in=("zhao", "qian")).update(
        name=EVIL, email="a@b.example", mobile=EVIL[:20]
    )
    Position.objects.update(name=EVIL)
    Unit.objects.update(name=EVIL, short_name=EVIL[:20])
    Slot.objects.update(names={"zh-Hans": EVIL + SUM})
    Case.objects.update(title=EVIL + SUM, urgency="紧急")
    Document.objects.update(title=EVIL + SUM, remark=EVIL + SUM)
    Task.objects.filter(case=city.plan).update(
        opinion=EVIL + SUM, note=EVIL + SUM, reason=EVIL, name=EVIL + SUM
    )
    for document in Document.objects.all():
        document.number = f"{EVIL}{document.pk}"
        document.data = {**document.data, "title": EVIL + SUM, "purpose": EVIL + SUM, "risk_note": EVIL}
        document.unread = {"sample_size": EVIL + SUM}
        document.attachments = [{"id": city.file, "name": f"{EVIL}.txt", "sha256": "0" * 64, "size": 3}]
        document.save()
    files.File.objects.update(name=f"{EVIL}{SUM}.txt")
    zhao = stage.actor("zhao")
    services.comment_case(case=city.plan.pk, text_=f"<script>{EVIL}{SUM}</script>", by=zhao, at=clock.now())
    for who in ("zhao", "qian"):
        notify.notify(
            people=[stage.person(who).pk],
            kind="urge",
            text=EVIL + SUM,
            url="/cases/",
            by=zhao,
            at=clock.now(),
        )


PAGES = (
    "/", "/done/", "/started/", "/drafts/", "/cases/", "/documents/", "/notices/", "/processes/SC-001/", "/start/",
    "/cases/{case}/", "/documents/{document}/", "/tasks/{task}/", "/tasks/{draft}/", "/org/people/", "/org/units/",
    "/org/positions/", "/org/people/{zhao}/", "/org/people/{zhao}/history/", "/nowhere/", "/org/bindings/?edit=1",
    "/org/people/{zhao}/edit/", "/cases/?q={evil}", "/documents/?q={evil}&author={evil}", "/org/people/?q={evil}",
    "/documents/?{evil}=1", "/org/people/?{evil}=1", "/start/{evil}/", "/cases/?state={evil}&process={evil}",
)  # fmt: skip


@pytest.mark.parametrize("who", ["zhao", "qian", "root"])
def test_no_planted_text_becomes_markup(city: City, enter: Callable[..., Client], who: str) -> None:
    plant(city)
    client = enter(who)
    known = {
        "case": city.plan.pk, "document": city.plan.main_document_id, "task": city.task(city.plan).pk,
        "draft": city.task(city.draft).pk, "zhao": stage.person("zhao").pk, "evil": EVIL + SUM,
    }  # fmt: skip
    shown = False
    for page in PAGES:
        text = client.get(page.format(**known), follow=True).content.decode()
        assert Page(text).faults == [], page
        assert "Q49Q" not in text, page
        assert "<x-evil" not in text, page
        shown = shown or "&lt;x-evil" in text
    assert shown, "the planted text is on none of these pages"


def test_refused_input_comes_back_as_text(city: City, enter: Callable[..., Client]) -> None:
    task = city.task(city.draft).pk
    fields = dict.fromkeys(
        ("f-title", "f-purpose", "f-sample_size", "f-schedule-0-start", "head-remark"), EVIL + SUM
    )
    answer = enter("zhao").post(f"/tasks/{task}/", {**fields, "f-schedule-count": "1", "verb": "fill"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert Page(text).faults == []
    assert "&lt;x-evil" in text
    fragment = enter("qian").post(
        f"/cases/{city.plan.pk}/comments/",
        {"text": ""},
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    )
    assert fragment.status_code == 422
    assert Page(fragment.content.decode()).faults == []


def test_a_bpmn_file_keeps_planted_names_as_text(city: City, enter: Callable[..., Client]) -> None:
    answer = enter("zhao").get("/processes/SC-001.bpmn")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


FORMULAS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1")


def test_exports_hold_no_formulas(city: City, enter: Callable[..., Client]) -> None:
    everyone = list(Person.objects.order_by("id")[: len(FORMULAS)])
    for person, formula in zip(everyone, FORMULAS, strict=True):
        Person.objects.filter(pk=person.pk).update(name=formula)
    answer = enter("root").get("/org/people/export/?format=csv")
    cells = {cell for row in csv.reader(io.StringIO(b"".join(answer).decode())) for cell in row}
    assert {f"'{formula}" for formula in FORMULAS} <= cells
    assert not [cell for cell in cells if cell[:1] in "=+@\t\r" and cell]
    book = b"".join(enter("root").get("/org/people/export/"))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert "=1+1" in {str(cell) for row in rows for cell in row}
    import zipfile

    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name)]


UPLOADS = {
    "a.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "a.html": b"<html></html>",
    "a.pHp": b"<?php",
    "a.png": b"<html><script>alert(1)</script></html>",
    "a.pdf": b"MZ\x90\x00",
    "a.txt": b"<!DOCTYPE html><script>alert(1)</script>",
    "a.xlsx": b"PK\x03\x04broken",
    "a": b"x",
    "a.txt.exe": b"MZ",
    "": b"x",
}


@pytest.mark.parametrize("name", UPLOADS)
def test_dangerous_uploads_are_refused(city: City, enter: Callable[..., Client], name: str) -> None:
    sent = io.BytesIO(UPLOADS[name])
    sent.name = name or "\u202e"
    assert enter("zhao").post("/files/", {"file": sent}).status_code == 422


def test_a_file_name_is_only_a_name(city: City, enter: Callable[..., Client]) -> None:
    sent = io.BytesIO("文字".encode())
    sent.name = "..\\..\\x; Set-Cookie: a=b\u202e.txt"
    made = enter("zhao").post("/files/", {"file": sent})
    assert made.status_code == 201
    answer = enter("zhao").get(made.json()["url"])
    assert "Set-Cookie" not in answer.headers
    assert "\n" not in answer.headers["Content-Disposition"]
    assert ".." not in made.json()["name"]
