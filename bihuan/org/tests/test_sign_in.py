"""The doors: sign-in, lock-out, demo, sign-out, password, acting position."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client, override_settings

from bihuan.kernel.actor import SYSTEM
from bihuan.kit.audit import history
from bihuan.org import services
from bihuan.org.models import Installation, Person
from bihuan.org.services.people import set_password
from bihuan.org.tests import make

pytestmark = pytest.mark.django_db
WORD = "ein-langes-Wort-7"


@pytest.fixture
def zhao() -> Person:
    _, _, department = make.company()
    first, second = make.position("a", "市场经理", department), make.position("b", "市场专员", department)
    person = make.person("zhao", "赵一鸣", first, second, admin=True)
    set_password(person=person, password=WORD, by=SYSTEM, at=make.AT)
    return person


def _sign_in(client: Client, word: str = WORD) -> int:
    return client.post("/sign-in/", {"username": "ZHAO", "password": word, "next": "/org/units/"}).status_code


def _demo(client: Client, person: Person, **headers: str) -> int:
    return client.post("/sign-in/demo/", {"person": person.pk}, **headers).status_code


def test_everything_needs_sign_in(zhao: Person, client: Client) -> None:
    assert client.get("/org/units/").headers["Location"] == "/sign-in/?next=/org/units/"
    assert (
        client.get("/org/units/", headers={"HX-Request": "true", "HX-Request-Type": "partial"}).status_code
        == 401
    )
    assert client.get("/api/openapi.json").status_code == 401
    assert client.get("/sign-in/").status_code == 200


def test_sign_in_goes_on_to_where_one_wanted(zhao: Person, client: Client) -> None:
    answer = client.post("/sign-in/", {"username": "zhao", "password": WORD, "next": "/org/units/"})
    assert answer.headers["Location"] == "/org/units/"
    assert client.get("/org/units/").status_code == 200


def test_a_wrong_word_and_an_unknown_name_read_the_same(zhao: Person, client: Client) -> None:
    pages = [
        client.post("/sign-in/", {"username": name, "password": "falsch"}).context["form"].non_field_errors()
        for name in ("zhao", "nobody")
    ]
    assert pages[0] == pages[1]


@override_settings(AXES_ENABLED=True, AXES_LOCKOUT_CALLABLE="bihuan.org.views.locked_out")
def test_too_many_wrong_words_lock_the_name_out(zhao: Person, client: Client) -> None:
    assert [_sign_in(client, "falsch") for _ in range(9)][-1] == 429
    answer = client.post("/sign-in/", {"username": "zhao", "password": WORD})
    assert answer.status_code == 429
    assert "被锁定" in answer.content.decode()


def test_who_left_is_out_at_the_next_click(zhao: Person, client: Client) -> None:
    _sign_in(client)
    make.person("second", "副管", admin=True)
    services.close_person(person=zhao, by=SYSTEM, at=make.AT)
    assert client.get("/org/units/").status_code == 302
    assert _sign_in(client) == 200


def test_a_new_password_ends_the_other_sessions(zhao: Person, client: Client) -> None:
    other = Client()
    assert [_sign_in(client), _sign_in(other)] == [302, 302]
    typed = {"old_password": WORD, "new_password1": f"{WORD}-neu", "new_password2": f"{WORD}-neu"}
    assert client.post("/me/password/", typed).status_code == 302
    assert client.get("/me/password/").status_code == 200
    assert other.get("/org/units/").status_code == 302
    assert history("org.person", zhao.pk)[0].verb == "set_password"
    assert WORD not in str(history("org.person", zhao.pk)[0].changes)


def test_sign_out_by_post_only(zhao: Person, client: Client) -> None:
    _sign_in(client)
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert client.get("/org/units/").status_code == 302


@override_settings(ALLOWED_HOSTS=["*"])
def test_demo_sign_in_only_in_a_demo_and_from_this_machine(zhao: Person, client: Client) -> None:
    local = {"HTTP_HOST": "127.0.0.1:8000"}
    assert _demo(client, zhao, **local) == 404
    Installation.objects.create(demo=True, created_at=make.AT)
    for strange in (
        {"HTTP_HOST": "bihuan.example.cn"},
        {**local, "REMOTE_ADDR": "10.0.0.7"},
        {**local, "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
    ):
        assert _demo(client, zhao, **strange) == 404
        assert "演示库" not in client.get("/sign-in/", **strange).content.decode()
    assert "赵一鸣" in client.get("/sign-in/demo/", **local).content.decode()
    assert _demo(client, zhao, **local) == 302
    assert client.get("/org/units/", **local).status_code == 200


@pytest.mark.req("R-007")
def test_two_posts_union_of_rights_and_the_chosen_post_acts(
    zhao: Person, sign_in: Callable[[str], Client]
) -> None:
    client = sign_in("zhao")
    page = client.get("/org/units/")
    assert [one["label"] for one in page.context["person_menu"]["positions"]] == [
        "市场经理（产品市场部）",
        "市场专员（产品市场部）",
    ]
    second = zhao.positions.get(code="b")
    answer = client.post("/me/position/", {"position": second.pk, "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"
    client.post("/org/units/new/", {"code": "x", "name": "新部门", "kind": "department"})
    made = history("org.unit", make.Unit.objects.get(code="x").pk)[0]
    assert (made.position, made.position_name) == (second.pk, "市场专员")
    viewer = client.get("/org/units/").wsgi_request.viewer
    assert len(viewer.positions) == 2
    foreign = make.position("c", "总经理", second.unit)
    assert client.post("/me/position/", {"position": foreign.pk}).status_code == 422
