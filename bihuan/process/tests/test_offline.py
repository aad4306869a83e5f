"""What of a task may stay on a phone without a network, as the server says it (R-049, rules.md §26)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bihuan.documents.models import Document, FormVersion
from bihuan.documents.public import may_stay_offline
from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.secrecy import Secrecy
from bihuan.org.models import Person, Unit
from bihuan.packs import public as packs
from bihuan.process.models import Task

HEADER = "X-Keep-Offline"
Web = Callable[[str], Any]


@pytest.fixture
def draft(rail: Any, web: Web) -> Task:
    """The fill task of a research plan (F-001, 秘密)."""
    web("zhao").post("/start/SC-001/", {"verb": "start"})
    return Task.objects.get(state="open", person__username="zhao")


def _level(task: Task, secrecy: Secrecy) -> None:
    Document.objects.filter(pk=task.document_id).update(secrecy=secrecy)


@pytest.mark.req("R-049")
@pytest.mark.parametrize(
    ("secrecy", "stays"),
    [
        (Secrecy.PUBLIC, True),
        (Secrecy.INTERNAL, True),
        (Secrecy.CONFIDENTIAL, False),
        (Secrecy.TOP_SECRET, False),
    ],
)
def test_a_task_stays_on_the_phone_up_to_internal(
    draft: Task, web: Web, secrecy: Secrecy, stays: bool
) -> None:
    _level(draft, secrecy)
    answer = web("zhao").get(f"/tasks/{draft.pk}/")
    person = Person.objects.get(username="zhao")
    assert answer.headers.get(HEADER) == (str(person.pk) if stays else None)
    form = re.search(r'<form method="post" id="task-form"[^>]*>', answer.content.decode())
    assert form is not None
    assert ("data-offline" in form.group()) is stays


def test_a_pack_lets_confidential_field_forms_stay_and_a_company_takes_that_back(rail: Any) -> None:
    sheet = _field_sheet(Secrecy.CONFIDENTIAL)
    assert may_stay_offline(sheet)
    sheet.secrecy = Secrecy.SECRET
    assert not may_stay_offline(sheet)
    sheet.secrecy = Secrecy.CONFIDENTIAL
    company = Unit.objects.get(path=sheet.company.path)
    packs.change_setting(unit=company, key="offline.forms", value=[], by=SYSTEM, at=rail.now())
    assert not may_stay_offline(sheet)


def _field_sheet(secrecy: Secrecy) -> Document:
    unit = Unit.objects.get(name="大客户部")
    form = FormVersion.objects.filter(form__code="F-004").latest("pk")
    company = Unit.objects.filter(kind="company").get()
    return Document(form_version=form, unit=unit, company=company, secrecy=secrecy)


def test_other_pages_never_stay(rail: Any, web: Web) -> None:
    for path in ("/", "/documents/", "/search/", "/api-docs/"):
        assert HEADER not in web("zhao").get(path).headers, path
    assert HEADER in web("zhao").get("/offline/").headers


def test_only_our_own_pages_may_ask_where_the_phone_is(rail: Any, web: Web) -> None:
    assert "geolocation=(self)" in web("zhao").get("/").headers["Permissions-Policy"]


def test_the_service_worker_reaches_every_page_and_is_asked_for_anew(
    rail: Any, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert web("zhao").get("/service-worker.js").status_code == 404  # no bundle, no worker
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"src/worker/service-worker.ts": {"file": "worker.js"}}')
    (tmp_path / "worker.js").write_text("const kept = self.bundle.files;")
    monkeypatch.setitem(settings.DJANGO_VITE, "default", {"dev_mode": False, "manifest_path": manifest})
    first = web("zhao").get("/service-worker.js")
    assert first.headers["Content-Type"] == "text/javascript"
    assert (first.headers["Service-Worker-Allowed"], first.headers["Cache-Control"]) == ("/", "no-cache")
    assert b'"files": []' in first.content
    more = '"src/main.ts": {"file": "assets/main-1.js", "css": ["assets/main-2.css"]}'
    manifest.write_text('{"src/worker/service-worker.ts": {"file": "worker.js"}, ' + more + "}")
    second = web("zhao").get("/service-worker.js").content.decode()
    assert '"files": ["/static/assets/main-1.js", "/static/assets/main-2.css"]' in second
    assert second.split('"files"')[0] != first.content.decode().split('"files"')[0]  # a new mark
