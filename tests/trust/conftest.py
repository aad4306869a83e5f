"""A small company at work, made once for all tests of this folder; each test runs on it and is rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.process.models import Case, Task
from bihuan.process.tests import stage

PACKS = Path(__file__).resolve().parents[2] / "packs"
MONDAY = clock.aware(stage.MONDAY)
BACKEND = "django.contrib.auth.backends.ModelBackend"
CANARY = "金丝雀"
"""Begins every text that only some may read; the level and the place follow."""
PASSWORD = "ein-langes-Wort-7"
ROLES = {
    "anonymous": "",
    "employee": "deng",
    "author": "zhao",
    "handler": "qian",
    "superior": "zhou",
    "admin": "root",
    "deactivated": "peng",
}
"""Role → sign-in name. zhao wrote the plans, qian reviews them, zhou stands above both, deng has no part in them."""
TOKENS = {"token": ("read", "documents:write", "work", "registers:write"), "read_token": ("read",)}
"""Role → scopes of an access token of the handler's, on the API only."""
LEVELS = ("内部", "秘密", "机密")


@dataclass(frozen=True, slots=True)
class City:
    """What the tests look at: one plan a secrecy level waiting for qian's review, and a draft."""

    plans: dict[str, Case]
    draft: Case
    file: int
    """A file of the 机密 plan."""
    notice: int
    """A notice of zhao's."""
    token: int
    """An access token of zhao's."""
    secrets: dict[str, str]
    """The tokens of `TOKENS`."""

    @property
    def plan(self) -> Case:
        """The plan of the usual level, 秘密."""
        return self.plans["秘密"]

    def task(self, case: Case) -> Task:
        """The first open task of a case."""
        return Task.objects.filter(case=case, state="open").order_by("id").first()


@pytest.fixture(scope="package")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[City]:
    """Committed once; emptied at the end."""
    with django_db_blocker.unblock(), clock.use(clock.FixedClock(MONDAY)):
        yield _build()
        call_command("flush", interactive=False, verbosity=0)


def _build() -> City:
    from bihuan.org import public as org
    from bihuan.org.models import Person
    from bihuan.org.services.people import set_password
    from bihuan.packs import public as packs
    from bihuan.packs.organisation import build_organisation

    source = packs.load_pack(PACKS / "rail", [PACKS])
    packs.install_pack(source, by=SYSTEM, at=clock.now(), effective=True)
    build_organisation(source.entries["demo.yaml"][0].value, by=SYSTEM, at=clock.now())
    root = org.open_person(username="root", name="管理员", is_admin=True, by=SYSTEM, at=clock.now())
    for person in (root, *Person.objects.filter(username__in=list(ROLES.values()))):
        set_password(person=person, password=PASSWORD, by=SYSTEM, at=clock.now())
    Person.objects.filter(username=ROLES["deactivated"]).update(is_active=False)
    _registers()
    plans = {level: _plan(level) for level in LEVELS}
    draft = stage.start_plan()
    _save(draft, "草稿", {"secrecy": "秘密"})
    return City(plans, draft, _file(plans["机密"]), _notice(), _token("zhao", "read")[0], _secrets())


def _registers() -> None:
    """One row in the registers that the demo company leaves empty."""
    from bihuan.org.models import CalendarDay, Deputy

    han, jiang = stage.person("han"), stage.person("jiang")
    Deputy.objects.create(person=han, deputy=jiang, since=date(2026, 3, 2), until=date(2026, 3, 6))
    CalendarDay.objects.create(date=date(2031, 1, 1), kind="off", name="元旦")


def _plan(level: str) -> Case:
    from bihuan.process import services

    case = stage.start_plan()
    task = stage.task_of(case, "draft")
    data = stage.auto_plan(task, title=f"{CANARY}{level}标题", purpose=f"{CANARY}{level}内容" + "目的" * 20)
    head = {"secrecy": level, "remark": f"{CANARY}{level}备注"}
    services.fill_task(
        task=task.pk, data=data, head=head, by=stage.handler_of(task), at=clock.now()
    )  # fmt: skip
    services.comment_case(case=case.pk, text_=f"{CANARY}{level}评论", by=stage.actor("zhao"), at=clock.now())
    case.refresh_from_db()
    return case


def _save(case: Case, mark: str, head: dict[str, Any]) -> None:
    from bihuan.process import services

    task = stage.task_of(case, "draft")
    data = {"title": f"{CANARY}{mark}标题", "purpose": f"{CANARY}{mark}内容"}
    services.save_task(task=task.pk, data=data, head=head, by=stage.handler_of(task), at=clock.now())


def _file(case: Case) -> int:
    from bihuan.kit import files

    kept = files.keep(CANARY.encode(), name=f"{CANARY}机密.txt", by=stage.actor("zhao"), at=clock.now())
    files.use_files([kept.pk], owner_kind="document", owner_id=case.main_document_id, by=stage.actor("zhao"))
    return kept.pk


def _token(username: str, *scopes: str) -> tuple[int, str]:
    from bihuan.org.services import issue_token

    token, secret = issue_token(name="脚本", scopes=scopes, days=90, by=stage.actor(username), at=clock.now())
    token.last_used_at = clock.now()  # so that using it writes nothing more
    token.save()
    return token.pk, secret


def _secrets() -> dict[str, str]:
    return {role: _token(ROLES["handler"], *scopes)[1] for role, scopes in TOKENS.items()}


def _notice() -> int:
    from bihuan.kit import notify
    from bihuan.kit.notify.models import Notice

    zhao = stage.actor("zhao")
    notify.notify(
        people=[zhao.person or 0], kind="urge", text="催办", url="/cases/", by=SYSTEM, at=clock.now()
    )
    return Notice.objects.filter(person=zhao.person).latest("id").pk


@pytest.fixture
def city(built: City, db: None) -> Iterator[City]:
    """The company, at 09:00 on Monday 2 March 2026; what a test does to it is undone."""
    with clock.use(clock.FixedClock(MONDAY)):
        yield built


@pytest.fixture
def enter(city: City) -> Callable[..., Client]:
    """A browser with someone signed in: `enter("qian")`; more arguments go to the client."""

    def sign_in(username: str, **options: Any) -> Client:
        client = Client(raise_request_exception=False, **options)
        if username:
            person = stage.person(username)
            client.force_login(person, backend=BACKEND)
        return client

    return sign_in
