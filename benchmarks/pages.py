"""What pages cost among many cases: `python -m benchmarks.pages [--database URL] [--tasks 10000 1000000]`.

Builds a database of its own (or fills the empty one given) with that many tasks of 200 people by copies
made in SQL, measures every page for one person, grows it to the next size and measures again.
"""

from __future__ import annotations

import argparse
import gc
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PEOPLE = 200
OPENED = 10
"""Cases of the person that are looked at; all others only stand around."""


def main() -> None:
    """Set up, grow, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--database", default="", help="an empty PostgreSQL database; default: SQLite, WAL, NORMAL"
    )
    parser.add_argument("--tasks", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--slow", type=float, default=0, help="also print statements slower than this, in ms")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as home:
        os.environ |= {
            "BIHUAN_DATA_DIR": home,
            "BIHUAN_DATABASE_URL": chosen.database or f"sqlite:///{home}/bench.sqlite3",
            "BIHUAN_SQLITE_SYNCHRONOUS": "NORMAL",
            "DJANGO_SETTINGS_MODULE": "bihuan.config.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from bihuan.kernel import clock
        from bihuan.process.tests import stage

        call_command("migrate", verbosity=0)
        with clock.use(clock.FixedClock(stage.MONDAY)):
            stage.open_company(ROOT / "packs")
            print(f"{connection.vendor}, {PEOPLE} people, medians of {chosen.rounds}")
            _report(list(measure(chosen.tasks, chosen.rounds, chosen.slow)))
        connection.close()


Cost = tuple[int, float, float]
"""Queries of a page, its median milliseconds by the wall clock and by the CPU of this process."""
Found = tuple[int, dict[str, Cost]]
"""How many tasks there were, and the cost of every page."""


def measure(sizes: list[int], rounds: int, slow: float) -> Iterator[Found]:
    """Grow the company to each size and look at its pages."""
    from bihuan.process.models import Task
    from bihuan.process.tests import stage
    from bihuan.process.tests.bulk import analyse, copies

    origin = stage.plan_at("head")
    reader = stage.handler_of(stage.task_of(origin, "head")).person
    assert reader is not None
    first = _people(reader)
    looked_at = copies(origin, OPENED)
    for size in sizes:
        started, there = time.perf_counter(), Task.objects.count()
        per_case = Task.objects.filter(case=origin).count()
        grown = copies(origin, max(1, (size - there) // per_case), slim=True)
        _share(grown[0], first)
        analyse()
        print(f"{Task.objects.count()} tasks after {time.perf_counter() - started:.0f} s")
        yield size, _pages(reader, looked_at, rounds, slow)


def _people(reader: int) -> int:
    """Add people until there are `PEOPLE`; returns the first id of a row of as many."""
    from django.db.models import Max

    from bihuan.org.models import Person
    from bihuan.process.tests.bulk import copy_rows, go_on_numbering

    last = int(Person.objects.aggregate(last=Max("pk"))["last"])
    new = f"{last} + series.n"
    copy_rows(Person, reader, PEOPLE - 1, {"id": new, "username": f"'person' || ({new})"})
    go_on_numbering(Person)
    return last + 1


def _share(from_case: int, first: int) -> None:
    """Give the copies and a notice of each to the people in turn; one in `PEOPLE` stays with the reader."""
    from django.db import connection

    def person(number: str, own: str) -> str:
        return f"CASE WHEN ({number}) % {PEOPLE} = 0 THEN {own} ELSE {first} + ({number}) % {PEOPLE} - 1 END"

    with connection.cursor() as cursor:
        for table, column, key, number in (
            ("process_task", "person_id", "case_id", "case_id"),
            ("process_case", "starter_id", "id", "id + 77"),
            ("documents_document", "author_id", "id", "id + 77"),
        ):
            since = from_case if table != "documents_document" else _document_of(from_case)
            cursor.execute(f"UPDATE {table} SET {column} = {person(number, column)} WHERE {key} >= {since}")
        cursor.execute(
            "INSERT INTO kit_notice (person, kind, text, url, about_kind, about_id, at, by_name, in_app, mail_state,"
            " read_at) SELECT person_id, 'task', name, '/', 'case', case_id, opened_at, '', in_app.yes, 'none',"
            " CASE WHEN case_id % 2 = 0 THEN opened_at END"
            f" FROM process_task, (SELECT live AS yes FROM process_task WHERE live LIMIT 1) in_app"
            f" WHERE case_id >= {from_case} AND state = 'open'"
        )


def _document_of(case: int) -> int:
    from bihuan.process.models import Case

    return int(Case.objects.values_list("main_document_id", flat=True).get(pk=case))


def _pages(reader: int, cases: list[int], rounds: int, slow: float) -> dict[str, Cost]:
    """Queries and median milliseconds of every page."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from bihuan.org.models import Person
    from bihuan.process.models import Task

    client = Client(headers={"host": "localhost"})
    client.force_login(Person.objects.get(pk=reader))
    case = cases[0]
    task = Task.objects.get(case=case, state="open").pk
    found = {}
    for name, address in {
        "inbox": "/",
        "done": "/done/",
        "task": f"/tasks/{task}/",
        "case": f"/cases/{case}/",
        "document": f"/documents/{_document_of(case)}/",
        "cases": "/cases/",
        "documents": "/documents/",
        "notices": "/notices/",
        "register": "/org/people/",
        "manual": "/processes/SC-001/",
    }.items():
        for _ in range(2):
            answer = client.get(address)
            if answer.status_code != 200:
                raise SystemExit(f"{address}: {answer.status_code}")
        with CaptureQueriesContext(connection) as told:
            client.get(address)
        for query in told.captured_queries:
            if slow and float(query["time"]) * 1000 > slow:
                print(f"{name}: {float(query['time']) * 1000:.0f} ms: {query['sql']}")
        found[name] = (len(told), *_times(client, address, rounds))
    return found


def _times(client: Any, address: str, rounds: int) -> tuple[float, float]:
    wall, cpu = [], []
    gc.collect()
    for _ in range(rounds):
        started, busy = time.perf_counter(), time.process_time()
        client.get(address)
        wall.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - busy) * 1000)
    return sorted(wall)[rounds // 2], sorted(cpu)[rounds // 2]


def _report(found: list[Found]) -> None:
    """Medians at each size; CPU tells growth from other work on the machine (SQLite: its work is in it)."""
    small, large = found[0][1], found[-1][1]
    sizes = "".join(f"{f'at {size}':>12}" for size, _ in found)
    print(f"\n{'page':<11}{'queries':>8}  wall ms{sizes}   ratio   CPU ms{sizes}   ratio")
    for name, (queries, wall, cpu) in small.items():
        then, later, busier = large[name]
        walls = "".join(f"{pages[name][1]:>12.1f}" for _, pages in found)
        busy = "".join(f"{pages[name][2]:>12.1f}" for _, pages in found)
        more = "" if then == queries else f"  ({then} queries)"
        print(
            f"{name:<11}{queries:>8}         {walls}{later / wall:>8.2f}         {busy}{busier / cpu:>8.2f}{more}"
        )


if __name__ == "__main__":
    main()
