"""Access tokens: made on one's page and shown once, narrower than the person, refused in time, traced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from bihuan.kernel import clock
from bihuan.kit.audit import Entry
from bihuan.org.models import Person, Token

GIVEN = {"name": "月报脚本", "scopes": ["read", "registers:write"], "days": "30"}


def made(client: Client) -> str:
    """A token made on the page; answers its secret."""
    page = client.post("/me/tokens/", GIVEN)
    assert page.status_code == 200
    return str(page.content.decode().partition('id="secret" value="')[2].partition('"')[0])


def ask(secret: str, path: str = "/api/me/", client: Client | None = None, **given: Any) -> Any:
    return (client or Client()).get(path, headers={"authorization": f"Bearer {secret}"}, **given)


def test_a_token_is_shown_once_and_kept_as_a_digest(rail: Any, web: Callable[[str], Client]) -> None:
    client = web("zhao")
    secret = made(client)
    assert secret.startswith("bht_")
    assert len(secret) > 40
    page = client.get("/me/tokens/").content.decode()
    assert "月报脚本" in page
    assert secret[:10] in page
    assert secret not in page
    token = Token.objects.get()
    assert secret not in str(vars(token))
    assert "月报脚本" not in web("qian").get("/me/tokens/").content.decode()


def test_a_wrong_form_makes_none(rail: Any, web: Callable[[str], Client]) -> None:
    for wrong in ({"name": " "}, {"scopes": []}, {"scopes": ["root"]}, {"days": "100000"}):
        assert web("zhao").post("/me/tokens/", {**GIVEN, **wrong}).status_code == 422, wrong
    assert web("zhao").post("/me/tokens/", {**GIVEN, "scopes": ["admin"]}).status_code == 403
    assert not Token.objects.exists()


def test_a_token_opens_the_api_and_nothing_else(rail: Any, web: Callable[[str], Client]) -> None:
    secret = made(web("zhao"))
    assert ask(secret, "/api/org/units/").status_code == 200
    assert Token.objects.get().last_used_at == clock.now()
    assert ask(secret, "/cases/").status_code == 401
    assert ask("bht_wrong", "/api/org/units/").status_code == 401
    assert ask("", "/api/org/units/").status_code == 401


def test_a_bad_token_never_falls_back_to_the_session(rail: Any, web: Callable[[str], Client]) -> None:
    client = web("zhao")
    assert client.get("/api/org/units/").status_code == 200
    answer = ask("bht_wrong", "/api/org/units/", client)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert client.get("/api/org/units/", headers={"authorization": "Basic emhhbzp6aGFv"}).status_code == 401


@pytest.mark.parametrize("end", ["revoked", "expired", "left"])
def test_an_ended_token_opens_nothing(rail: Any, web: Callable[[str], Client], end: str) -> None:
    client = web("zhao")
    secret = made(client)
    assert ask(secret, "/api/org/units/").status_code == 200
    if end == "revoked":
        assert client.post(f"/me/tokens/{Token.objects.get().pk}/revoke/").status_code == 302
        assert client.post(f"/me/tokens/{Token.objects.get().pk}/revoke/").status_code == 409
    elif end == "expired":
        rail.advance(timedelta(days=30))
    else:
        Person.objects.filter(username="zhao").update(is_active=False)
    assert ask(secret, "/api/org/units/").status_code == 401


def test_nobody_revokes_a_strangers_token(rail: Any, web: Callable[[str], Client]) -> None:
    secret = made(web("zhao"))
    assert web("qian").post(f"/me/tokens/{Token.objects.get().pk}/revoke/").status_code == 404
    assert ask(secret, "/api/org/units/").status_code == 200


def test_a_token_grants_no_more_than_its_scopes_and_its_person(
    rail: Any, api: Callable[..., Any], web: Callable[[str], Client]
) -> None:
    Person.objects.filter(username="zhou").update(is_admin=True)
    day = {"date": "2031-01-02", "kind": "off"}
    assert api("qian", "read", "registers:write")("post", "/org/calendar-days/", day).status_code == 403
    assert api("zhou", "read", "admin")("post", "/org/calendar-days/", day).status_code == 403
    assert api("zhou", "registers:write")("post", "/org/calendar-days/", day).status_code == 403
    assert api("zhou", "registers:write")("get", "/org/calendar-days/").status_code == 403
    assert api("zhou")("post", "/org/calendar-days/", day).status_code == 201


def test_what_a_token_writes_is_traced_to_it(rail: Any, api: Callable[..., Any]) -> None:
    Person.objects.filter(username="zhou").update(is_admin=True)
    row = api("zhou").post("/org/calendar-days/", {"date": "2031-01-02", "kind": "off"}, status=201)
    entry = Entry.objects.get(kind="org.calendarday", object_id=row["id"])
    assert (entry.person_name, entry.note) == (Person.objects.get(username="zhou").name, "经令牌 脚本")


def test_too_many_requests_have_to_wait(rail: Any, api: Callable[..., Any], settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 3
    program, other = api("zhao"), api("zhao")
    rail.advance(timedelta(seconds=20))
    for _ in range(3):
        assert program("get", "/org/units/").status_code == 200
    refused = program("get", "/org/units/")
    assert (refused.status_code, refused["Retry-After"]) == (429, "40")
    assert other("get", "/org/units/").status_code == 200
    rail.advance(timedelta(seconds=40))
    assert program("get", "/org/units/").status_code == 200


def test_writes_need_the_csrf_token_of_a_session_and_none_of_a_program(
    rail: Any, api: Callable[..., Any]
) -> None:
    person = Person.objects.get(username="zhou")
    Person.objects.filter(pk=person.pk).update(is_admin=True)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    day = {"date": "2031-01-02", "kind": "off"}
    assert browser.post("/api/org/calendar-days/", day, content_type="application/json").status_code == 403
    program = api("zhou")
    program.client = Client(enforce_csrf_checks=True)
    assert program("post", "/org/calendar-days/", day).status_code == 201
