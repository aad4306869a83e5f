"""Whatever is sent: a clear 4xx or an ordinary answer, never a 5xx, never a trace."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from bihuan.process.models import Task
from bihuan.process.tests import stage

from .conftest import City

WORDS = (
    "a\0b",
    "\0",
    "\u202egnp.exe\u202c",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "\ufeff\u200b\u2028\u2029\x1b[31m\x7f",
    "x" * 5_000,
    "'; DROP TABLE org_person;--",
    "%s%(x)s{0}{x.__class__}",
    "²",
    "٣",
    "9" * 5_000,
    "-1",
    "1e999999999",
    "-Infinity",
    "0001-01-01",
    "9999-12-31",
)
"""What people paste and attackers type."""
CURSORS = (
    [],
    {},
    [None],
    [{}],
    ["x"],
    [1, 2, 3],
    [1e999],
    [10**30],
    ["2026-13-45T00:00:00"],
    ["0001-01-01T00:00:00+14:00", 1],
    ["9999-12-31T23:59:59-14:00", 1],
    [[["x"]], 1],
    "x",
    None,
)


def unharmed(answer: HttpResponse, what: str) -> None:
    """The answer is no 5xx and shows nothing of the program's inside."""
    assert answer.status_code < 500, f"{what}: {answer.status_code}"
    content = b"".join(answer) if answer.streaming else answer.content
    assert b"Traceback" not in content, what
    assert answer.headers["X-Request-ID"]


def cursors() -> Iterator[str]:
    for one in CURSORS:
        yield base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=")
    yield base64.urlsafe_b64encode(b"[" * 3_000).decode()
    yield from ("é", "=", "%", "a", "\0")


def safely(ask: Callable[[], HttpResponse], what: str) -> HttpResponse:
    """What is asked is undone, so that each question meets the same company."""
    with transaction.atomic():
        answer = ask()
        unharmed(answer, what)
        transaction.set_rollback(True)
    return answer


ALIKE = ("/done/", "/started/", "/copies/", "/drafts/", "/documents/", "/notices/", "/api/org/people/")
"""Lists whose pages are built like those of another list."""
WIDE = ("q", "period", "joined_on_from")
NARROW = ("a\0b", "²", "9" * 5_000, "9999-12-31", "\u202e")
SCRIPT = {"accept": "application/json", "HX-Request": "true", "HX-Request-Type": "partial"}
"""Answers without the shell around them come quicker."""
LISTS = {
    "/": ("after",),
    "/done/": ("after",),
    "/started/": ("after",),
    "/copies/": ("after",),
    "/drafts/": ("after",),
    "/cases/": ("after", "q", "process", "state", "nonsense"),
    "/documents/": ("q", "form", "state", "author", "period", "mine", "before", "after", "nonsense"),
    "/documents/people/": ("q",),
    "/documents/references/any/": ("q",),
    "/notices/": ("before", "unread"),
    "/org/people/": (
        "q",
        "sort",
        "column",
        "state",
        "after",
        "before",
        "is_active",
        "joined_on_from",
        "joined_on_to",
    ),
    "/org/people/export/": ("q", "sort", "column", "format"),
    "/org/people/new/": ("username", "nonsense"),
    "/org/positions/options/unit/": ("q",),
    "/org/units/": ("parent", "kind", "q"),
    "/api/org/people/": ("q", "sort", "after", "is_admin"),
    "/packs/rail/": ("unit",),
}


@pytest.mark.parametrize("path", LISTS)
def test_no_filter_order_or_cursor_breaks_a_list(enter: Callable[..., Client], path: str) -> None:
    client = enter("root", headers=SCRIPT)
    for name in LISTS[path]:
        values: Iterable[str] = WORDS if name in WIDE else NARROW
        if name in ("after", "before"):
            values = NARROW if path in ALIKE else cursors()
        for value in values:
            unharmed(client.get(path, {name: value}), f"{path}?{name}={value[:40]!r}")


FORBIDDEN = (
    "password__startswith",
    "_connector",
    "is_admin__in",
    "order_by",
    "name__regex",
    "case__tasks__opinion",
)


@pytest.mark.parametrize("path", ["/org/people/", "/api/org/people/", "/cases/", "/documents/"])
def test_only_listed_filters_and_orders_are_taken(enter: Callable[..., Client], path: str) -> None:
    client = enter("root")
    for name in FORBIDDEN:
        assert client.get(path, {name: "x"}).status_code in (400, 422), name
    if "people" in path:
        for sort in ("password", "-password", "positions__unit", "?", "pk", "1;--"):
            assert client.get(path, {"sort": sort}).status_code == 400, sort
        assert client.get(f"{path}?q=a&q=b").status_code == 400


PATHS = (
    "/cases/{n}/",
    "/tasks/{n}/",
    "/documents/{n}/",
    "/documents/{n}/compare/",
    "/files/{n}/",
    "/notices/{n}/",
    "/org/people/{n}/",
    "/org/people/{n}/history/",
    "/api/org/people/{n}/",
    "/processes/{w}/",
    "/processes/{w}.bpmn",
    "/documents/references/{w}/",
    "/org/people/options/{w}/",
    "/packs/{w}/",
)


@pytest.mark.parametrize("path", PATHS)
def test_no_address_breaks(enter: Callable[..., Client], path: str) -> None:
    client = enter("root", headers=SCRIPT)
    for number in ("0", "9" * 18, "9" * 30, "9" * 5_000):
        answer = client.get(path.format(n=number, w="x"))
        unharmed(answer, path)
        assert answer.status_code in (200, 404), number
    for word in ("%00", "a%00b", "%F0%9F%91%A9", "..%2f..%2fetc", "'", "%0d%0aX: y", "x" * 3_000):
        unharmed(client.get(path.format(n=1, w=word)), word)


def test_characters_that_no_database_keeps_are_refused_alike_on_both(enter: Callable[..., Client]) -> None:
    client = enter("zhao")
    assert client.get("/documents/", {"q": "a\0b"}).status_code == 400
    assert client.post("/start/SC-001/", {"at": "a\0"}).status_code == 400
    assert Client().post("/sign-in/", {"username": "a\0", "password": "x"}).status_code == 400


POSTS: dict[str, Callable[[City], tuple[str, tuple[str, ...]]]] = {
    "comment": lambda city: (reverse("process:comment", args=[city.plan.pk]), ("text",)),
    "withdraw": lambda city: (reverse("process:withdraw", args=[city.plan.pk]), ("reason",)),
    "copy": lambda city: (reverse("process:copy", args=[city.plan.pk]), ("people", "note")),
    "start": lambda city: (reverse("process:start_process", args=["SC-001"]), ("at",)),
    "urge": lambda city: (reverse("process:urge", args=[city.task(city.plan).pk]), ("x",)),
    "position": lambda city: (reverse("org:switch_position"), ("position", "next")),
    "preferences": lambda city: (reverse("notify:preferences"), ("mail-task",)),
    "view": lambda city: ("/org/people/views/", ("name", "query", "drop")),
    "password": lambda city: (reverse("org:change_password"), ("old_password", "new_password1")),
    "language": lambda city: (reverse("set_language"), ("language", "next")),
}


@pytest.mark.parametrize("name", POSTS)
def test_no_text_breaks_a_form(city: City, enter: Callable[..., Client], name: str) -> None:
    client = enter("zhao", headers=SCRIPT)
    address, fields = POSTS[name](city)
    for word in WORDS:
        safely(lambda: client.post(address, dict.fromkeys(fields, word)), f"{name} {word[:40]!r}")  # noqa: B023


def test_no_text_breaks_an_administrators_form(city: City, enter: Callable[..., Client]) -> None:
    client = enter("root", headers=SCRIPT)
    chen = stage.person("chen").pk
    forms: dict[str, tuple[str, ...]] = {
        f"/org/people/{chen}/edit/": ("username", "name", "email", "mobile", "joined_on", "stamp"),
        "/org/positions/new/": ("code", "name", "unit", "superior"),
        "/org/deputies/new/": ("person", "deputy", "since", "until", "processes", "reason"),
        "/org/bindings/bind/": ("slot", "unit", "position"),
        f"/tasks/{city.task(city.plan).pk}/reassign/": ("person", "reason"),
        "/org/people/bulk/": ("action", "row"),
        "/packs/rail/": ("unit",),
    }
    for address, fields in forms.items():
        for word in WORDS:
            safely(lambda: client.post(address, dict.fromkeys(fields, word)), f"{address} {word[:40]!r}")  # noqa: B023


DOCUMENT = (
    "f-title",
    "f-plan_level",
    "f-purpose",
    "f-scope_area",
    "f-scope_period-start",
    "f-topics",
    "f-sample_size",
    "f-reserve_pct",
    "f-related_activity",
    "f-objects-count",
    "f-objects-0-quota",
    "f-schedule-0-owner",
    "f-schedule-0-start",
    "f-budget_lines-0-qty",
    "f-budget_lines-0-unit_price",
    "head-unit",
    "head-secrecy",
    "head-urgency",
    "head-remark",
    "head-title",
    "head-attachments",
    "lock",
    "answer-²",
    "opinion",
    "go",
    "target",
    "mode",
    "ask-x",
    "add_row",
)
ROWS = {f"f-{one}-count": "1" for one in ("objects", "schedule", "staff", "budget_lines")}


@pytest.mark.parametrize("verb", ["autosave", "fill"])
def test_no_value_breaks_a_document(city: City, enter: Callable[..., Client], verb: str) -> None:
    client = enter("zhao", headers=SCRIPT)
    task = city.task(city.draft).pk
    address = f"/tasks/{task}/save/" if verb == "autosave" else f"/tasks/{task}/"
    for word in WORDS if verb == "autosave" else WORDS[::3]:
        fields = [field for field in DOCUMENT if verb == "fill" or not field.startswith("head-")]
        given = {**dict.fromkeys(fields, word), **ROWS, "verb": verb}
        safely(lambda: client.post(address, given), f"{verb} {word[:40]!r}")  # noqa: B023
    for field in ("head-unit", "head-secrecy", "head-urgency", "head-attachments", "f-objects-count", "lock"):
        for word in ("9" * 5_000, "²", "-1"):
            safely(lambda: client.post(address, {field: word, "verb": verb}), f"{verb} {field}={word[:9]!r}")  # noqa: B023


@pytest.mark.parametrize("verb", ["approve", "refuse", "nonsense"])
def test_no_value_breaks_a_decision(city: City, enter: Callable[..., Client], verb: str) -> None:
    client = enter("qian", headers=SCRIPT)
    task = city.task(city.plan).pk
    for word in ("a\0b", "\u202e", "x" * 5_000, "²", "9" * 5_000, "%s{0}"):
        given = {
            **dict.fromkeys(("opinion", "go", "target", "mode", "ask-x", "next", "lock"), word),
            "verb": verb,
        }
        safely(lambda: client.post(f"/tasks/{task}/", given), f"{verb} {word[:40]!r}")  # noqa: B023


BODIES = (
    b"",
    b"{",
    b"[]",
    b"1",
    b'"x"',
    b"[" * 200_000,
    b'{"username":' * 5_000,
    b'{"username": "\\u0000", "name": "n"}',
    b'{"username": "\\ud800", "name": "n"}',
    b'{"username": 1e999, "name": NaN}',
    b'{"username": {"a": 1}, "name": []}',
    b'{"username": "a", "name": "n", "password": "x"}',
    b'{"username": "a", "name": "n", "joined_on": "9999-12-31"}',
    b"\xff\xfe",
    b'{"username": "' + b"x" * 100_000 + b'", "name": "n"}',
)


def test_no_body_breaks_the_api(city: City, enter: Callable[..., Client]) -> None:
    client = enter("root")
    chen = stage.person("chen").pk
    for body in BODIES:
        for method, path in (("post", "/api/org/people/"), ("patch", f"/api/org/people/{chen}/")):
            for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
                ask = getattr(client, method)
                answer = safely(lambda: ask(path, body, content_type=kind), f"{method} {kind} {body[:40]!r}")  # noqa: B023
                assert answer.status_code < 300 or answer.headers["Content-Type"] == "application/json"


def test_an_unknown_field_is_400_in_the_api(enter: Callable[..., Client]) -> None:
    answer = enter("root").post(
        "/api/org/people/", {"username": "a", "name": "n", "password": "x"}, content_type="application/json"
    )
    assert answer.status_code == 400
    assert "password" in answer.json()["error"]["message"]


def test_too_many_fields_are_413(city: City, enter: Callable[..., Client]) -> None:
    fields = {f"f-{number}": "x" for number in range(20_001)}
    address = f"/tasks/{city.task(city.draft).pk}/save/"
    assert enter("zhao").post(address, fields).status_code == 413
    body = "&".join(f"{name}=x" for name in fields)
    answer = enter("zhao").post(address, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "太大" in answer.content.decode()


@pytest.mark.parametrize("who", ["", "zhao"])
def test_a_body_too_large_is_413_before_it_is_read(enter: Callable[..., Client], who: str) -> None:
    client = enter(who)
    for path in ("/sign-in/", "/files/", "/api/org/people/"):
        length = {"CONTENT_LENGTH": str(settings.LARGEST_BODY + 1)}
        assert client.post(path, {}, **length).status_code == 413, path
    form = b"text=" + b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    assert client.post("/sign-in/", form, content_type="application/x-www-form-urlencoded").status_code == 413


def test_a_table_of_2000_rows_is_kept(city: City, enter: Callable[..., Client]) -> None:
    task = city.task(city.draft)
    rows = {
        f"f-objects-{row}-{column}": "7"
        for row in range(2_000)
        for column in ("group", "description", "quota")
    }
    given = {**rows, "f-objects-count": "2000", "lock": str(task.document.lock)}
    answer = enter("zhao").post(f"/tasks/{task.pk}/save/", given)
    assert answer.status_code == 200
    assert len(Task.objects.get(pk=task.pk).document.data["objects"]) == 2_000
    more = {**given, "f-objects-count": "999999999", "lock": answer.headers["X-Draft-Lock"]}
    assert enter("zhao").post(f"/tasks/{task.pk}/save/", more).status_code == 200


def test_an_error_page_has_no_trace_but_the_requests_number(enter: Callable[..., Client]) -> None:
    from bihuan.process import queries

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "listed_cases", lambda viewer: 1 / 0)
        page = enter("zhao").get("/cases/", headers={"X-Request-ID": "a1b2c3d4e5"})
        data = enter("zhao").get("/cases/", headers={"accept": "application/json"})
    assert page.status_code == data.status_code == 500
    assert "a1b2c3d4e5" in page.content.decode()
    assert "ZeroDivision" not in page.content.decode() + data.content.decode()
    assert data.json()["error"]["request_id"] == data.headers["X-Request-ID"]
    odd = enter("zhao").get("/", headers={"X-Request-ID": "<script>alert(1)</script>"})
    assert "<script>" not in odd.headers["X-Request-ID"]
