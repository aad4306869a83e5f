"""Breaks the process app on purpose, one rule at a time, and asks whether its test turns red.

`python -m tests.mutants.process [NAME…]` works on a copy of the checkout. A mutant that survives, or
whose place is gone from the source, ends the run with exit code 1.

Last result: all 14 killed (SQLite). "No lock on load" is no mutant here: on SQLite the transaction itself
excludes others; `test_races.py::test_without_the_lock_both_decide` stands for it on both databases.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = "bihuan/process/tests"
PATIENCE = 600  # seconds
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "node_modules", "var", "__pycache__", ".*_cache")


@dataclass(frozen=True)
class Mutant:
    """One rule taken out: `old` becomes `new` in `file`; `test` must fail."""

    name: str
    file: str
    old: str
    new: str
    test: str


MUTANTS = (
    Mutant(
        "own document is decided by its author",
        "bihuan/process/people.py",
        "while chair.person in own:",
        "while False:",
        "test_people.py::test_ones_own_document_goes_to_the_superior",
    ),
    Mutant(
        "a deputy decides on his own document",
        "bihuan/process/people.py",
        "deputy is None or deputy in own or",
        "deputy is None or",
        "test_people.py::test_a_deputy_does_not_decide_on_his_own_document_either",
    ),
    Mutant(
        "no reason is asked for",
        "bihuan/process/services/work.py",
        "< MIN_REASON:",
        "< 0:",
        "test_deciding.py::test_a_refusal_needs_a_reason_of_five_characters",
    ),
    Mutant(
        "answers to opinions are not owed",
        "bihuan/process/services/work.py",
        "    if missing:\n",
        "    if False:\n",
        "test_deciding.py::test_a_new_version_answers_every_opinion_and_keeps_the_old",
    ),
    Mutant(
        "alarms are claimed by everyone who read them",
        "bihuan/process/services/timers.py",
        "    if not claimed:\n        return 0\n",
        "",
        "test_time.py::test_two_workers_ring_an_alarm_once",
    ),
    Mutant(
        "settled seats stay alive",
        "bihuan/process/store/seats.py",
        "    if seats:\n        marks",
        "    if False:\n        marks",
        "test_replay.py",
    ),
    Mutant(
        "a straight back gives no new alarm",
        "bihuan/process/store/seats.py",
        '    alarm = task.next_alarm_at if seat.state == "open" else None\n',
        "    alarm = None\n",
        "test_replay.py",
    ),
    Mutant(
        "a seat's person is not looked at again after the lock",
        "bihuan/process/services/work.py",
        "if seat.person != by.person:",
        "if False:",
        "test_people.py::test_a_task_given_away_before_the_lock_is_not_decided_for_its_new_person",
    ),
    Mutant(
        "rebinding leaves open tasks where they are",
        "bihuan/process/services/rebinding.py",
        "    if seat.person in {chair.person for chair in wanted}:\n        return\n",
        "    return\n",
        "test_people.py::test_binding_another_position_moves_open_tasks",
    ),
    Mutant(
        "unbound slots do not hold up a start",
        "bihuan/process/services/start.py",
        "    if unbound:\n",
        "    if False:\n",
        "test_people.py::test_a_start_is_refused_while_a_slot_is_unbound",
    ),
    Mutant(
        "everyone may remind",
        "bihuan/process/services/supervise.py",
        "if by.person not in {found.case.starter_id, *leads} and not by.admin:",
        "if False:",
        "test_around_a_case.py::test_reminding_is_for_starter_and_lead_and_not_too_often",
    ),
    Mutant(
        "a withdrawal is possible after a decision",
        "bihuan/process/services/supervise.py",
        'raise Conflict(text("后面的人已经处理,不能撤回"))',
        "pass",
        "test_around_a_case.py::test_withdrawing_is_for_the_author_until_somebody_decides",
    ),
    Mutant(
        "urgency shortens nothing",
        "bihuan/process/deadlines.py",
        "if latest and not by_urgency:",
        "if False:",
        "test_time.py::test_urgency_shortens_what_is_due",
    ),
    Mutant(
        "what a gate read is not kept",
        "bihuan/process/env.py",
        "json_ready(compiled.inputs(roots))",
        "{}",
        "test_deciding.py::test_a_gate_keeps_its_decision_and_what_it_read",
    ),
)


def run(copy: Path, tests: Iterable[str]) -> int:
    """The exit code of pytest on these tests of a copy; 124 when they did not end."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-p",
        "no:cacheprovider",
        *(f"{TESTS}/{test}" for test in tests),
    ]
    try:
        return subprocess.run(
            command, cwd=copy, capture_output=True, check=False, timeout=PATIENCE
        ).returncode
    except subprocess.TimeoutExpired:
        return 124


def survives(mutant: Mutant, copy: Path) -> str:
    """Why a mutant counts as alive; "" if its test turned red (or never ends: then it is seen, too)."""
    source = copy / mutant.file
    sound = source.read_text(encoding="utf-8")
    if mutant.old not in sound:
        return "its place is gone from the source"
    source.write_text(sound.replace(mutant.old, mutant.new, 1), encoding="utf-8")
    code = run(copy, [mutant.test])
    source.write_text(sound, encoding="utf-8")
    return "" if code in (1, 124) else f"pytest answered {code}"


def main(names: list[str]) -> int:
    """Try all mutants, or those whose names hold one of the given words."""
    chosen = [one for one in MUTANTS if not names or any(name in one.name for name in names)]
    alive = 0
    with tempfile.TemporaryDirectory(prefix="bihuan-mutants-") as home:
        copy = Path(home) / "bihuan"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        if code := run(copy, dict.fromkeys(mutant.test for mutant in chosen)):
            print(f"the tests are red without any mutant: pytest answered {code}")
            return 1
        for mutant in chosen:
            why = survives(mutant, copy)
            alive += bool(why)
            print(f"{'ALIVE' if why else 'killed':7} {mutant.name}{': ' + why if why else ''}", flush=True)
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
