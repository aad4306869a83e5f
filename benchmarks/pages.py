"""What pages cost among many cases: `python -m benchmarks.pages [--database URL] [--tasks 10000 1000000]`.

Builds a database of its own (or fills the empty one given) with that many tasks of 200 people by copies
made in SQL, measures every page for one person, grows it to the next size and measures again.

The reader heads a department. So that his pages are full at every size, the first `OWN` cases and one in
200 of all others are his: he started some, has done a step and has the next one to do. The rest belongs
to the other people in turn. With his share grows what is behind his pages (at a million tasks some
thousands are his own), never what stands on them; the report gives the size of every page as a proof.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from benchmarks.ground import PACKS, database, options

PEOPLE = 200
OPENED = 10
"""Cases of the person that are looked at; all others only stand around."""
OWN = 60
"""The reader's share at the beginning: more than the longest page shows."""


def main() -> None:
    """Set up, grow, measure, print."""
    parser = options(__doc__)
    parser.add_argument("--tasks", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--slow", type=float, default=0, help="also print statements slower than this, in ms")
    chosen = parser.parse_args()
    with database(chosen.database) as vendor:
        from bihuan.kernel import clock
        from bihuan.process.tests import stage

        with clock.use(clock.FixedClock(stage.MONDAY)):
            stage.open_company(PACKS)
            print(f"{vendor}, {PEOPLE} people, medians of {chosen.rounds}")
            _report(list(measure(chosen.tasks, chosen.rounds, chosen.slow)))


class Cost(NamedTuple):
    """A page: its queries, its median milliseconds by the wall clock and by the CPU of this process, its bytes."""

    queries: int
    wall: float
    cpu: float
    size: int


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
    others = _people(reader)
    looked_at = copies(origin, OPENED)
    own_up_to = looked_at[-1] + OWN
    for size in sizes:
        started, there = time.perf_counter(), Task.objects.count()
        per_case = Task.objects.filter(case=origin).count()
        grown = copies(origin, max(1, (size - there) // per_case), slim=True)
        _share(grown[0], own_up_to, reader, others)
        analyse()
        print(f"{Task.objects.count()} tasks after {time.perf_counter() - started:.0f} s", flush=True)
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


def _share(since: int, own_up_to: int, reader: int, others: int) -> None:
    """Give the cases from `since` on, and a notice of each, to the reader (his share) or to the others in turn.

    Who works on a case started another one, except among the reader's first.
    """
    from django.db import connection

    def person(case: str, shift: int = 0) -> str:
        own = f"{case} <= {own_up_to} OR ({case} + {shift}) % {PEOPLE} = 0"
        return f"CASE WHEN {own} THEN {reader} ELSE {others} + ({case} + {shift}) % {PEOPLE} - 1 END"

    document = _document_of(since)
    author = person(f"(id - {document - since})", 77)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE process_task SET person_id = {person('case_id')} WHERE case_id >= {since}")
        cursor.execute(f"UPDATE process_case SET starter_id = {person('id', 77)} WHERE id >= {since}")
        cursor.execute(f"UPDATE documents_document SET author_id = {author} WHERE id >= {document}")
        cursor.execute(
            "INSERT INTO kit_notice (person, kind, text, url, about_kind, about_id, at, by_name, in_app, mail_state,"
            " read_at) SELECT person_id, 'task', name, '/', 'case', case_id, opened_at, '', in_app.yes, 'none',"
            f" CASE WHEN (case_id + case_id / {PEOPLE}) % 2 = 0 THEN opened_at END"
            f" FROM process_task, (SELECT live AS yes FROM process_task WHERE live LIMIT 1) in_app"
            f" WHERE case_id >= {since} AND state = 'open'"
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
        found[name] = Cost(len(told), *_times(client, address, rounds), len(answer.content))
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
    print(f"\n{'page':<11}{'queries':>8}  KB{sizes}  wall ms{sizes}   ratio  CPU ms{sizes}   ratio")
    for name, first in small.items():
        last = large[name]
        kilobytes = "".join(f"{pages[name].size / 1000:>12.1f}" for _, pages in found)
        walls = "".join(f"{pages[name].wall:>12.1f}" for _, pages in found)
        busy = "".join(f"{pages[name].cpu:>12.1f}" for _, pages in found)
        more = "" if last.queries == first.queries else f"  ({last.queries} queries)"
        print(
            f"{name:<11}{first.queries:>8}    {kilobytes}         {walls}{last.wall / first.wall:>8.2f}"
            f"        {busy}{last.cpu / first.cpu:>8.2f}{more}"
        )


if __name__ == "__main__":
    main()
