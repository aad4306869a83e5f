"""The doors a user goes through, as fixtures: web, API, command line, scenarios."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MONDAY = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - Asia/Shanghai, as scenarios write it


@pytest.fixture
def rail(db: None) -> Iterator[object]:
    """The rail pack in force with its demo company, at 09:00 on Monday 2 March 2026; yields the clock."""
    from bihuan.kernel import clock
    from bihuan.kernel.actor import SYSTEM
    from bihuan.packs import public as packs
    from bihuan.packs.organisation import build_organisation
    from tests.harness.stock import laid

    fixed = clock.FixedClock(MONDAY)
    with clock.use(fixed):
        source = _rail_source()

        def company() -> None:
            packs.install_pack(source, by=SYSTEM, at=fixed.now(), effective=True)
            build_organisation(source.entries["demo.yaml"][0].value, by=SYSTEM, at=fixed.now())

        laid("rail", company)
        yield fixed


_sources: dict[str, object] = {}


def _rail_source() -> object:
    from bihuan.packs import public as packs

    if "rail" not in _sources:
        _sources["rail"] = packs.load_pack(ROOT / "packs" / "rail", [ROOT / "packs"])
    return _sources["rail"]


@pytest.fixture
def sign_in(client_factory: Callable[[], object]) -> Callable[[str], object]:
    """Sign a person in by name; answers a test client."""

    def enter(username: str) -> object:
        from bihuan.org.models import Person

        client = client_factory()
        client.force_login(
            Person.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
        )
        return client

    return enter


@pytest.fixture
def client_factory() -> Callable[[], object]:
    """Makes test clients that check CSRF no differently from a browser but need no token."""
    from django.test import Client

    return Client


@pytest.fixture
def web(sign_in: Callable[[str], object]) -> Callable[[str], object]:
    """The web door: `web("zhao").get("/")`."""
    return sign_in


class Program:
    """A program with a person's access token: sends JSON to `/api/`, answers the response.

    Every write carries a new Idempotency-Key unless `key` gives one; paths begin after `/api`.
    """

    def __init__(self, client: Any, secret: str) -> None:
        self.client, self.secret, self.sent = client, secret, 0

    def __call__(self, method: str, path: str, body: object = None, *, key: str = "", **headers: str) -> Any:
        """Send one request."""
        headers = {"authorization": f"Bearer {self.secret}", **headers}
        if method != "get":
            self.sent += 1
            headers["Idempotency-Key"] = key or f"{id(self)}-{self.sent}"
        return self.client.generic(
            method.upper(), f"/api{path}", "" if body is None else json.dumps(body, default=str),
            content_type="application/json", headers=headers,
        )  # fmt: skip

    def get(self, path: str, status: int = 200) -> Any:
        """What stands there; fails the test for another status."""
        return self.told(self("get", path), status)

    def post(self, path: str, body: object = None, status: int = 200, **given: str) -> Any:
        """What writing answers; fails the test for another status."""
        return self.told(self("post", path, body if body is not None else {}, **given), status)

    def told(self, response: Any, status: int) -> Any:
        """The answer as data."""
        assert response.status_code == status, f"{response.status_code} {response.content.decode()[:2000]}"
        return response.json() if response.content else None


@pytest.fixture
def api(client_factory: Callable[[], object]) -> Callable[..., Program]:
    """The API door: `api("zhao")` is a program with a token of all scopes, `api("zhao", "read")` with one."""

    def enter(username: str, *scopes: str) -> Program:
        from bihuan.kernel import clock
        from bihuan.kit.access import Scope
        from bihuan.org.models import Person
        from bihuan.org.queries import actor_for
        from bihuan.org.services import issue_token

        by = actor_for(Person.objects.get(username=username))
        every = [scope for scope in Scope if scope != Scope.ADMIN or by.admin]
        _, secret = issue_token(name="脚本", scopes=scopes or every, days=90, by=by, at=clock.now())
        return Program(client_factory(), secret)

    return enter


@pytest.fixture
def cli(db: None) -> Callable[..., object]:
    """The command line: `cli("pack", "list")` answers exit code, stdout and stderr."""
    from typer.testing import CliRunner

    def run(*arguments: str) -> object:
        from bihuan.cli import app

        return CliRunner().invoke(app, list(arguments))

    return run


@pytest.fixture
def scenario(db: None, tmp_path: Path) -> Callable[..., object]:
    """Run a scenario given as text or file; fails the test at its first unmet line."""
    from bihuan.process.scenario.run import run_file

    def run(story: str | Path, *pack_dirs: Path) -> object:
        file = story
        if isinstance(story, str):
            file = tmp_path / "story.yaml"
            file.write_text(textwrap.dedent(story), encoding="utf-8")
        outcome = run_file(Path(file), pack_dirs)
        if outcome.error is not None:
            pytest.fail(str(outcome.error), pytrace=False)
        return outcome

    return run
