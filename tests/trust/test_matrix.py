"""Every route × role × method: the status is the one in matrix.csv, and a refusal writes nothing.

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

from .conftest import ROLES, City
from .routes import Route, address, routes

FILE = Path(__file__).parent / "matrix.csv"
HEADINGS = ["route", "method", *ROLES]
MARKS = {
    "process_copy": "a case shown to someone was opened",
    "process_task": "a handler has seen his task",
    "documents_reading": "who read a document marked 秘密 or above",
    "kit_notice": "a notice was opened",
}
"""What a GET may write, and why: nothing but that someone has read something."""
SCRIPT = {"accept": "application/json", "HX-Request": "true", "HX-Request-Type": "partial"}
Key = tuple[str, str]
ALIKE = {"author": "employee", "handler": "employee", "superior": "employee"}
"""Registers know nobody's part in a case: asking them once as an employee is enough."""


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
def clients(enter: Callable[..., Client]) -> dict[str, Client]:
    return {role: enter(username) for role, username in ROLES.items()}


class Look:
    """Asks every door and gathers what is wrong."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.before = contents()
        self.faults: list[str] = []

    def line(self, route: Route, method: str, clients: dict[str, Client]) -> dict[str, str]:
        """The status for every role."""
        alike = ALIKE if is_register(route) else {}
        found = {
            role: self.ask(route, method, role, one) for role, one in clients.items() if role not in alike
        }
        return {role: found[alike.get(role, role)] for role in clients}

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
            if method == "get" and tables - set(MARKS):
                self.faults.append(f"{door}: a GET wrote to {sorted(tables)}")
        client.cookies = cookies
        return str(status)

    def _status(self, route: Route, method: str, client: Client) -> int:
        """Asked as a script asks: strangers get 401 instead of the way to the sign-in page, answers are short."""
        body = {"data": {}, "content_type": "application/json"} if route.name.startswith("/api/") else {}
        found = getattr(client, method)(
            address(route, self.city), headers=SCRIPT, **(body if method != "get" else {})
        )
        return int(found.status_code)


def is_register(route: Route) -> bool:
    """Whether the route is one of a register's pages or of the REST interface."""
    return route.name.startswith(("crud:", "/api/"))


def test_every_route_is_in_the_matrix() -> None:
    there = {(route.name, method) for route in routes() for method in route.methods}
    if not os.environ.get("BIHUAN_WRITE_MATRIX"):
        assert sorted(there - set(wanted())) == [], "routes missing from matrix.csv"
        assert sorted(set(wanted()) - there) == [], "routes in matrix.csv that are gone"


@pytest.mark.parametrize("registers", [True, False], ids=["registers", "work"])
def test_every_door_answers_as_agreed(city: City, clients: dict[str, Client], registers: bool) -> None:
    look = Look(city)
    found = {
        (route.name, method): look.line(route, method, clients)
        for route in routes()
        if is_register(route) == registers
        for method in route.methods
    }
    if os.environ.get("BIHUAN_WRITE_MATRIX"):
        _write(found)
    assert look.faults == []
    known = wanted()
    assert [
        f"{key[0]} {key[1]} as {role}: {status}, agreed {known[key][role]}"
        for key, line in found.items()
        for role, status in line.items()
        if known[key][role] != status
    ] == []


def _write(found: dict[Key, dict[str, str]]) -> None:
    """Put these lines into the file; those of routes that are gone go."""
    there = {(route.name, method) for route in routes() for method in route.methods}
    kept = {key: {role: line[role] for role in ROLES} for key, line in wanted().items() if key in there}
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADINGS)
        writer.writerows([*key, *line.values()] for key, line in sorted({**kept, **found}.items()))
