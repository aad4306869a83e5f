"""Every route × role × method: the status is the one in matrix.csv, and a refusal writes nothing.

Routes of registers stand there by kind (`kind_of`); one that answers otherwise has lines of its own.
A route missing from the file fails. After adding a route run
`BIHUAN_WRITE_MATRIX=1 pytest tests/trust/test_matrix.py` and read the difference before it is kept.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from bihuan.process.tests.stage import contents

from .conftest import ROLES, TOKENS, City
from .routes import Route, address, kind_of, register_of, routes

FILE = Path(__file__).parent / "matrix.csv"
HEADINGS = ["route", "method", *ROLES, *TOKENS]
MARKS = {
    "process_copy": "a case shown to someone was opened",
    "process_task": "a handler has seen his task",
    "documents_reading": "who read a document marked 秘密 or above",
    "kit_notice": "a notice was opened",
}
"""What a GET may write, and why: nothing but that someone has read something."""
SCRIPT = {"accept": "application/json", "HX-Request": "true", "HX-Request-Type": "partial"}
Key = tuple[str, str]
ALIKE = {
    "author": "employee",
    "handler": "employee",
    "superior": "employee",
    "deactivated": "anonymous",
}
"""Registers know nobody's part in a case: asking them once as an employee is enough."""
LOOSE = {
    "org:change_password": "Django's form views take PUT as POST, with the CSRF token",
    "org:sign_in": "the same",
    "set_language": "Django's view looks at POST only and leads back for all else",
}
"""Routes that do not answer 405 to a method they are not for."""


class Writes:
    """The tables that statements of a block have written to."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        words = sql.split(None, 3)
        if words[0].upper() in ("INSERT", "UPDATE", "DELETE"):
            self.tables.add(
                next(word for word in words[1:] if word.upper() not in ("INTO", "FROM")).strip('"')
            )
        return execute(sql, params, many, context)


@contextmanager
def undone() -> Iterator[Writes]:
    """Undo what the block does to the database; answers the tables written to."""
    writes = Writes()
    with transaction.atomic(), connection.execute_wrapper(writes):
        yield writes
        transaction.set_rollback(True)


def wanted() -> dict[Key, dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return {(line["route"], line["method"]): line for line in csv.DictReader(file)}


@pytest.fixture
def clients(enter: Callable[..., Client], city: City, settings: Any) -> dict[str, Client]:
    settings.API_REQUESTS_A_MINUTE = 1_000_000
    people = {role: enter(username) for role, username in ROLES.items()}
    return people | {role: program(city, role) for role in TOKENS}


def program(city: City, role: str) -> Client:
    """A program with one of the tokens."""
    headers = {"authorization": f"Bearer {city.secrets[role]}"}
    return Client(raise_request_exception=False, headers=headers)


class Look:
    """Asks every door and gathers what is wrong."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.before = contents()
        self.faults: list[str] = []

    def line(self, route: Route, method: str, clients: dict[str, Client]) -> dict[str, str]:
        """The status for every role; programs ask the API only."""
        alike = ALIKE if register_of(route) else {}
        others = () if route.pattern.startswith("/api/") else tuple(TOKENS)
        if not others and self.ask(route, method, "handler", clients["handler"]) == "405":
            closed = ("anonymous", "deactivated")  # what the route has not, nobody who is in may do
            return {
                role: self.ask(route, method, role, one) if role in closed else "405"
                for role, one in clients.items()
            }
        found = {
            role: self.ask(route, method, role, one)
            for role, one in clients.items()
            if role not in alike and role not in others
        }
        return {role: found.get(alike.get(role, role), "") for role in clients}

    def ask(self, route: Route, method: str, role: str, client: Client) -> str:
        """The status; a refusal that writes, and a GET that writes more than a mark, are faults."""
        door = f"{route.name} {method} as {role}"
        cookies = client.cookies.copy()  # signing out is undone as well
        with undone() as writes:
            status = self._status(route, method, client)
            tables = {one for one in writes.tables if not one.startswith("django_")}
            if status >= 500:
                self.faults.append(f"{door}: {status}")
            if status >= 400 and tables and contents() != self.before:
                self.faults.append(f"{door}: refused with {status} and wrote to {sorted(tables)}")
            if method in ("get", "head", "options", "put") and tables - set(MARKS):
                self.faults.append(f"{door}: it wrote to {sorted(tables)}")
        client.cookies = cookies
        return str(status)

    def _status(self, route: Route, method: str, client: Client) -> int:
        """Asked as a script asks: strangers get 401 instead of the way to the sign-in page, answers are short."""
        body = {"data": {}, "content_type": "application/json"} if route.name.startswith("/api/") else {}
        found = getattr(client, method)(
            address(route, self.city), headers=SCRIPT, **(body if method not in ("get", "head") else {})
        )
        return int(found.status_code)


def test_every_route_is_in_the_matrix(city: City) -> None:
    there = {key for route in routes() for key in _keys(route)}
    if not os.environ.get("BIHUAN_WRITE_MATRIX"):
        known = set(wanted())
        missing = [
            route.name for route in routes() for own, kind in [_both(route)] if not {own, kind} & known
        ]
        assert missing == [], "routes missing from matrix.csv"
        assert sorted(known - there) == [], "routes in matrix.csv that are gone"


def _both(route: Route) -> tuple[Key, Key]:
    """The route's own first line, and that of its kind."""
    register = register_of(route)
    own = (route.name, route.methods[0])
    return own, (kind_of(route, register), route.methods[0]) if register is not None else own


def _keys(route: Route) -> list[Key]:
    return [(name, method) for name, _ in _both(route) for method in route.methods]


@pytest.mark.parametrize("registers", [True, False], ids=["registers", "work"])
def test_every_door_answers_as_agreed(city: City, clients: dict[str, Client], registers: bool) -> None:
    look = Look(city)
    chosen = [route for route in routes() if (register_of(route) is not None) == registers]
    found = {
        (route, method): look.line(route, method, clients) for route in chosen for method in route.methods
    }
    if os.environ.get("BIHUAN_WRITE_MATRIX"):
        _write(found)
    assert look.faults == []
    known = wanted()
    assert [
        f"{route.name} {method} as {role}: {status}, agreed {line[role]}"
        for (route, method), answers in found.items()
        for line in [_agreed(known, route, method)]
        for role, status in answers.items()
        if line[role] != status
    ] == []


def _agreed(known: dict[Key, dict[str, str]], route: Route, method: str) -> dict[str, str]:
    """The route's own line, else the one of its kind."""
    register = register_of(route)
    own = known.get((route.name, method))
    return own if own is not None or register is None else known[kind_of(route, register), method]


def test_methods_that_no_route_is_for(city: City, clients: dict[str, Client]) -> None:
    """PUT is never taken, HEAD answers as GET does or not at all; neither they nor OPTIONS write."""
    look, wrong, known = Look(city), [], wanted()
    for route in routes():
        if route.name in LOOSE or (register_of(route) is not None and "calendar-days" not in route.pattern):
            continue
        fine = {
            "put": {"403", "404", "405"},
            "head": {_agreed(known, route, "get")["handler"], "405"},
            "options": {"200", "403", "404", "405"},
        }
        for method, statuses in fine.items():
            status = look.ask(route, method, "handler", clients["handler"])
            if status not in statuses:
                wrong.append(f"{route.name} {method}: {status}")
    assert (look.faults, wrong) == ([], [])


def test_a_token_opens_no_page(city: City, clients: dict[str, Client]) -> None:
    look = Look(city)
    pages = [route for route in routes() if not route.pattern.startswith("/api/")]
    found = {(route.name, look.ask(route, "get", "token", clients["token"])) for route in pages}
    assert {status for _, status in found} == {"401"}
    assert look.faults == []


def _write(found: dict[tuple[Route, str], dict[str, str]]) -> None:
    """Put these lines into the file, those of registers by kind; those of routes that are gone go."""
    lines: dict[Key, dict[str, str]] = {}
    for (route, method), line in found.items():
        register = register_of(route)
        kind = (kind_of(route, register), method) if register is not None else (route.name, method)
        if lines.setdefault(kind, line) != line:
            lines[route.name, method] = line
    asked = {key for route, _ in found for key in _keys(route)}
    there = {key for route in routes() for key in _keys(route)}
    kept = {key: line for key, line in wanted().items() if key in there - asked}
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADINGS, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        for (name, method), line in sorted({**kept, **lines}.items()):
            writer.writerow({**line, "route": name, "method": method})
