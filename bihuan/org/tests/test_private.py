"""Fields of a register that not everyone reads who sees the row: screens, history, export and API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.org import services
from bihuan.org.models import Person

NUMBER = "13811112222"


def test_a_mobile_number_is_for_the_person_those_above_and_administrators(
    rail: Any, web: Callable[[str], Any], api: Callable[..., Any]
) -> None:
    found = Person.objects.get(username="zhao")
    admin = Person.objects.create(username="root", name="管理员", is_admin=True)
    services.change_person(person=found, mobile=NUMBER, by=SYSTEM, at=clock.now())
    pages = ("", f"{found.pk}/", f"{found.pk}/history/", "export/?format=csv")

    def reads(username: str) -> list[bool]:
        client = web(username)
        answers = [client.get(f"/org/people/{page}") for page in pages]
        texts = [b"".join(one).decode() if one.streaming else one.content.decode() for one in answers]
        program = api(username)
        told = [program.get(f"/org/people/{found.pk}/"), *program.get("/org/people/?q=zhao")["items"]]
        return [NUMBER in one for one in [*texts, str(told)]]

    for username in ("zhao", "zhou", admin.username):
        assert reads(username) == [True] * 5, username
    assert reads("deng") == [False] * 5
    assert web("deng").get("/org/people/?q=" + NUMBER).content.decode().count("data-label") == 0
    assert web("deng").get("/org/people/?sort=mobile").status_code == 400
    assert Person.objects.get(pk=found.pk).mobile == NUMBER
