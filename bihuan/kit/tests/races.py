"""Many threads at once on a real database: each with a connection of its own, all let go together."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections


@contextmanager
def shared_database(folder: Path) -> Iterator[None]:
    """For tests marked `django_db(transaction=True)`: a database that threads can share.

    PostgreSQL and SQLite files are one already; an in-memory SQLite database is copied to a file
    that new threads then use.
    """
    if connection.vendor != "sqlite" or not connection.is_in_memory_db():
        yield
        return
    connection.ensure_connection()
    path = folder / "race.sqlite3"
    with sqlite3.connect(path) as target:
        connection.connection.backup(target)
    target.close()
    known = connections.settings["default"]["NAME"]
    connections.settings["default"]["NAME"] = str(path)
    try:
        yield
    finally:
        connections.settings["default"]["NAME"] = known


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all calls at the same moment; their results, or the exceptions they raised, in order."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait(30)
            results[place] = call()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


def alone(call: Callable[[], Any]) -> Any:
    """Run one call in a thread: it sees the database that `together` used."""
    (result,) = together([call])
    if isinstance(result, Exception):
        raise result
    return result
