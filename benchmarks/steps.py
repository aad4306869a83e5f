"""What one durable step costs: `python -m benchmarks.steps [--database URL] [--steps 200]`.

Three ways to take the same decision (a review, and a budget approval that writes fields), each one
transaction, measured in turn within one run, CPU of this process and wall clock per step:

floor  the same rows by bare SQL: every statement our step sends (identical reads once), replayed by
       the driver on a case in the same position
ours   `services.approve_task`: task, tokens, event, audit, notices, document, version, index
spiff  SpiffWorkflow on the same flow, its state loaded from and saved to one row
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.ground import PACKS, database, options


def main() -> None:
    """Set up a database of its own (or the empty one given), measure, print."""
    parser = options(__doc__)
    parser.add_argument("--steps", type=int, default=200)
    chosen = parser.parse_args()
    with database(chosen.database) as vendor:
        print(f"{vendor}, {chosen.steps} steps each")
        for name, step in (("review", "head"), ("budget approval", "budget")):
            _report(name, measure(step, chosen.steps))


class Meter:
    """CPU and wall seconds of some pieces of work."""

    def __init__(self) -> None:
        self.cpu: list[float] = []
        self.wall: list[float] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure the block."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu.append(time.process_time() - cpu)
        self.wall.append(time.perf_counter() - wall)

    @staticmethod
    def middle(values: list[float]) -> float:
        """The median in milliseconds: other work on the machine disturbs the mean."""
        return sorted(values)[len(values) // 2] * 1000


def measure(node: str, steps: int) -> dict[str, Meter]:
    """Take the step on `steps` cases each way, one after the other."""
    from benchmarks.spiff import Rival
    from bihuan.kernel import clock
    from bihuan.process import services
    from bihuan.process.models import Case, Task
    from bihuan.process.tests import stage
    from bihuan.process.tests.bulk import analyse, copies

    with clock.use(clock.FixedClock(stage.MONDAY)):
        if not Case.objects.exists():
            stage.open_company(PACKS)
        ids = copies(stage.plan_at(node), 2 * steps + 10)
        analyse()
        tasks = dict(Task.objects.filter(case__in=ids, state="open").values_list("case_id", "pk"))
        by = stage.handler_of(Task.objects.get(pk=tasks[ids[0]]))

        def ours(case: int) -> None:
            services.approve_task(task=tasks[case], opinion="同意", by=by, at=clock.now())

        rival = Rival(node)
        found = {"floor": Meter(), "ours": Meter(), "spiff": Meter()}
        for case in ids[:10]:
            ours(case)
        for mine, other in zip(ids[10 : 10 + steps], ids[10 + steps :], strict=True):
            bare = captured(lambda case=other: ours(case))
            with found["floor"].running():
                replay(bare)
            with found["ours"].running():
                ours(mine)
            rival.prepare()
            with found["spiff"].running():
                rival.step()
    return found


def captured(work: Callable[[], None]) -> list[tuple[str, Any]]:
    """The statements a piece of work sends, identical reads once; the work itself is undone."""
    from django.db import connection, transaction

    told: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        for one in params if many else [params]:
            told.append((sql, one))
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(listen):
            work()
        transaction.set_rollback(True)
    kept, seen = [], set()
    for sql, params in told:
        word = sql.split(" ", 1)[0]
        if word in ("SAVEPOINT", "RELEASE") or (word == "SELECT" and (sql, repr(params)) in seen):
            continue
        seen.add((sql, repr(params)))
        kept.append((sql.replace("%s", "?") if connection.vendor == "sqlite" else sql, params))
    return kept


def replay(statements: list[tuple[str, Any]]) -> None:
    """Send them through the driver in one transaction."""
    from django.db import connection

    driver = connection.connection
    cursor = driver.cursor()
    cursor.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
    for sql, params in statements:
        cursor.execute(sql, params)
        if cursor.description:
            cursor.fetchall()
    cursor.execute("COMMIT")


def _report(name: str, found: dict[str, Meter]) -> None:
    ours = found["ours"]
    print(f"\n{name:<18}{'CPU ms':>9}{'wall ms':>9}{'CPU, ours = 1':>16}")
    for way, meter in found.items():
        cpu = meter.middle(meter.cpu)
        print(f"{way:<18}{cpu:>9.2f}{meter.middle(meter.wall):>9.2f}{cpu / ours.middle(ours.cpu):>16.2f}")


if __name__ == "__main__":
    main()
