"""Which requirements are proved: collects `@pytest.mark.req` outcomes per database and prints the table.

`python -m tests.harness.proofs` prints proved/total per module with test names and the unproved rows.
A requirement counts as proved when every test marked with it passed on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "var" / "proofs"
DOORS = {"web", "api", "cli", "scenario", "sign_in", "page", "run_scenario"}


def _database() -> str:
    return "postgresql" if os.environ.get("BIHUAN_DATABASE_URL", "").startswith("postgres") else "sqlite"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A proof must go through a door that a user uses."""
    for item in items:
        for mark in item.iter_markers("req"):
            if not re.fullmatch(r"R-\d{3}", mark.args[0]):
                raise pytest.UsageError(f"{item.nodeid}: {mark.args[0]} is no requirement number")
            if not DOORS & set(getattr(item, "fixturenames", ())):
                raise pytest.UsageError(
                    f"{item.nodeid}: a proof of {mark.args[0]} must use one of {sorted(DOORS)}"
                )
            item.user_properties.append(("req", mark.args[0]))


def pytest_configure(config: pytest.Config) -> None:
    """Collect in the controller only; workers report to it."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Collector(), "bihuan-proofs")


class _Collector:
    def __init__(self) -> None:
        self.outcomes: dict[str, dict[str, str]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for key, number in report.user_properties:
            if key == "req" and (report.when == "call" or report.outcome != "passed"):
                self.outcomes[number][report.nodeid] = report.outcome

    def pytest_sessionfinish(self) -> None:
        if not self.outcomes:
            return
        RESULTS.mkdir(parents=True, exist_ok=True)
        path = RESULTS / f"{_database()}.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        for number, tests in self.outcomes.items():
            known.setdefault(number, {}).update(tests)
        path.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True))


def _modules() -> dict[str, list[dict[str, str]]]:
    rows = json.loads((ROOT / "tests" / "handbook" / "requirements.json").read_text())
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        found[row["module"]].append(row)
    return found


def _state(number: str, results: list[dict[str, dict[str, str]]]) -> tuple[str, list[str]]:
    names: set[str] = set()
    complete = True
    for database in results:
        tests = database.get(number, {})
        names |= set(tests)
        complete = complete and bool(tests) and all(outcome == "passed" for outcome in tests.values())
    return ("proved" if complete else "partly" if names else "open"), sorted(names)


def main() -> int:
    """Print the table of all requirements."""
    results = []
    for name in ("sqlite", "postgresql"):
        path = RESULTS / f"{name}.json"
        results.append(json.loads(path.read_text()) if path.exists() else {})
    proved_all = total_all = 0
    for module, rows in _modules().items():
        states = {row["id"]: _state(row["id"], results) for row in rows}
        proved = sum(state == "proved" for state, _ in states.values())
        proved_all, total_all = proved_all + proved, total_all + len(rows)
        print(f"\n{module}: {proved}/{len(rows)}")
        for number, (state, names) in states.items():
            print(f"  {number} {state:7}{'  ' + ', '.join(n.split('/')[-1] for n in names) if names else ''}")
    print(f"\nproved {proved_all} of {total_all} requirements on SQLite and PostgreSQL")
    return 0


if __name__ == "__main__":
    sys.exit(main())
