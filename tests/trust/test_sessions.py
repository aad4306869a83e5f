"""Signing in and out, forged requests, ways out of the program, and what follows a person who leaves."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client, override_settings

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.org.models import Person
from bihuan.org.services.people import set_password
from bihuan.process.tests import stage

from .conftest import PASSWORD, City
from .routes import address, routes

GOOD = {"username": "zhao", "password": PASSWORD}


def sign_in(client: Client, **given: str) -> int:
    return int(client.post("/sign-in/", {**GOOD, **given}).status_code)


def test_signing_in_gives_a_new_session_and_signing_out_ends_it(city: City) -> None:
    client = Client()
    client.get("/sign-in/")
    client.cookies["session"] = "0123456789abcdef0123456789abcdef"  # planted by someone else
    assert sign_in(client) == 302
    first = client.cookies["session"].value
    assert first != "0123456789abcdef0123456789abcdef"
    assert client.cookies["session"]["httponly"]
    assert client.cookies["session"]["samesite"] == "Lax"
    assert client.get("/").status_code == 200
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    client.cookies["session"] = first
    assert client.get("/").status_code == 302


def test_who_leaves_is_out_at_the_next_request(city: City, enter: Callable[..., Client]) -> None:
    client = enter("zhao")
    assert client.get("/").status_code == 200
    Person.objects.filter(username="zhao").update(is_active=False)
    assert client.get("/").status_code == 302
    assert client.get("/api/org/people/").status_code == 401
    assert client.post(f"/tasks/{city.task(city.draft).pk}/save/", {}).status_code == 302
    assert sign_in(Client()) == 200


def test_rights_taken_away_are_gone_at_the_next_request(city: City, enter: Callable[..., Client]) -> None:
    client = enter("root")
    assert client.get("/jobs/").status_code == 200
    Person.objects.filter(username="root").update(is_admin=False)
    assert client.get("/jobs/").status_code == 403
    assert client.get("/org/bindings/").status_code == 404


def test_a_new_password_ends_the_other_sessions(city: City) -> None:
    here, elsewhere = Client(), Client()
    assert (sign_in(here), sign_in(elsewhere)) == (302, 302)
    new = "ein-anderes-Wort-8"
    changed = here.post(
        "/me/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    )
    assert changed.status_code == 302
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    set_password(person=stage.person("zhao"), password=PASSWORD, by=SYSTEM, at=clock.now())
    assert here.get("/").status_code == 302


def test_a_wrong_name_and_a_wrong_password_look_alike(city: City) -> None:
    texts = set()
    for given in ({"username": "nobody"}, {"password": "x"}, {"username": "peng"}):
        answer = Client().post("/sign-in/", {**GOOD, "password": "wrong", **given})
        assert answer.status_code == 200
        said = answer.content.decode().partition('role="alert"')[2].partition("</div>\n</div>")[0]
        texts.add(said.partition("<form")[0][:200])
    assert len(texts) == 1


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"])
def test_a_wrong_name_takes_as_long_as_a_wrong_password(city: City) -> None:
    work: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        plain = Argon2PasswordHasher.encode
        patch.setattr(Argon2PasswordHasher, "encode", lambda *given: work.append(1) or plain(*given))
        set_password(person=stage.person("zhao"), password=PASSWORD, by=SYSTEM, at=clock.now())
        times = {}
        for name in ("zhao", "nobody", "he"):  # with a password, unknown, without a password
            started = time.perf_counter()
            for _ in range(3):
                assert sign_in(Client(), username=name, password="wrong") == 200
            times[name] = time.perf_counter() - started
    assert max(times.values()) < 4 * min(times.values()), times
    assert work


@override_settings(AXES_ENABLED=True)
def test_guessing_is_stopped(city: City) -> None:
    client = Client(REMOTE_ADDR="192.0.2.7")
    answers = [sign_in(client, password=f"wrong{number}") for number in range(9)]
    assert answers[-1] == 429
    assert sign_in(client) == 429
    assert sign_in(client, username="ZHAO") == 429
    assert sign_in(Client(REMOTE_ADDR="192.0.2.8")) == 302


OUTSIDE = (
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "\x08//evil.example",
    " //evil.example",
    "https:///evil.example",
    "http://testserver@evil.example/",
)


@pytest.mark.parametrize("target", OUTSIDE)
def test_nothing_leads_out_of_the_program(city: City, enter: Callable[..., Client], target: str) -> None:
    answers = [
        Client().post("/sign-in/", {**GOOD, "next": target}),
        Client().post(f"/sign-in/?next={target}", GOOD),
        enter("zhao").get("/sign-in/", {"next": target}),
        enter("han").post("/me/position/", {"position": _position("han"), "next": target}),
        Client().post("/language/", {"language": "en", "next": target}),
        Client().get("/language/", {"next": target}, headers={"referer": "https://evil.example/"}),
    ]
    for answer in answers:
        assert answer.status_code == 302
        assert "evil" not in answer["Location"]
        assert "javascript" not in answer["Location"]


def _position(username: str) -> int:
    return int(stage.person(username).positions.order_by("id").values_list("pk", flat=True)[0])


def test_every_form_wants_its_token(city: City, enter: Callable[..., Client]) -> None:
    """A forged POST is refused before anything is read: 403, also for strangers."""
    signed_in, stranger = enter("root", enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    wrong = []
    with stage.nothing_written():
        for route in routes():
            for method in ("post", *(one for one in route.methods if one in ("patch", "delete"))):
                for who, client in (("root", signed_in), ("stranger", stranger)):
                    ask = getattr(client, method)
                    kind = {"content_type": "application/json"} if route.name.startswith("/api/") else {}
                    answer = ask(address(route, city), headers={"accept": "application/json"}, **kind)
                    if answer.status_code not in (401, 403, 404, 405) and route.name not in HARMLESS:
                        wrong.append(f"{method} {route.name} as {who}: {answer.status_code}")
    assert wrong == []


HARMLESS = {"/api/openapi.json": "shows the same whatever the method", "/api/": "leads to no page"}


def test_headers_of_every_answer(city: City, enter: Callable[..., Client]) -> None:
    for answer in (Client().get("/sign-in/"), enter("zhao").get("/"), enter("zhao").get("/nowhere/")):
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe-eval" not in policy
        assert "object-src 'none'" in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_kept_file_cannot_act(city: City, enter: Callable[..., Client]) -> None:
    for path in ("", "preview/"):
        answer = enter("zhao").get(f"/files/{city.file}/{path}")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer.headers["Cache-Control"]
