"""Two people act on one case at the same moment, a hundred times each, with real commits."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.errors import Conflict, DomainError
from bihuan.kit.audit import Entry
from bihuan.org import public as org
from bihuan.process import services, store
from bihuan.process.models import Case, CaseEvent, Task
from bihuan.process.tests import stage
from bihuan.process.tests.bulk import copies

TIMES = 100
PACKS = Path(__file__).resolve().parents[3] / "packs"
MONDAY = clock.FixedClock(clock.aware(stage.MONDAY))
Outcome = Exception | None
Act = Callable[[int], None]


@pytest.fixture(scope="module")
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Case]]:
    """Plans at their review by either of two people, and one signature short of two; committed, then emptied."""
    with django_db_blocker.unblock(), clock.use(MONDAY):
        stage.open_company(PACKS)
        signed = stage.plan_at("sign", level="常规")
        for username in ("qian", "zhou"):
            stage.agree(signed, "sign", username)
        office = org.Position.objects.get(code="pos.pm_mgr")
        org.hold_position(person=stage.person("chen"), position=office, by=SYSTEM, at=clock.now())
        reviewed = stage.plan_at("head")
        yield {"head": reviewed, "sign": signed}
        call_command("flush", interactive=False, verbosity=0)


def race(
    cases: list[int], first: Act, second: Act, prepare: Act | None = None
) -> list[tuple[Outcome, Outcome]]:
    """Both act on each case in turn, together; what each got: None or the exception."""
    start = threading.Barrier(2)
    found: list[list[Outcome]] = [[], []]

    def run(number: int, act: Act) -> None:
        with clock.use(MONDAY):
            for case in cases:
                if prepare is not None:
                    prepare(case)
                start.wait(timeout=60)
                try:
                    act(case)
                    found[number].append(None)
                except Exception as error:
                    found[number].append(error)
        connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate((first, second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(zip(*found, strict=True))


def approving(node: str, username: str) -> Act:
    """Agree at a step as this person; who sits where is read before the race."""
    with clock.use(MONDAY):
        by = stage.actor(username)

    def act(case: int) -> None:
        task = Task.objects.get(case=case, node=node, person=by.person)
        services.approve_task(task=task.pk, by=by, at=clock.now())

    return act


def assert_one_decided(case: int, outcomes: tuple[Outcome, Outcome], before: int) -> None:
    """One got through, the other learns who it was, and nothing is written twice."""
    won = [name for name, outcome in zip(("钱多思", "陈示范"), outcomes, strict=True) if outcome is None]
    assert len(won) == 1, outcomes
    lost = next(outcome for outcome in outcomes if outcome is not None)
    assert isinstance(lost, Conflict), lost
    assert f"已由{won[0]}处理" in lost.text()
    assert CaseEvent.objects.filter(case=case).count() == before + 1
    assert Entry.objects.filter(kind="case", object_id=case).count() == before + 1
    done = Task.objects.filter(case=case, node="head", state="done")
    assert [task.person.name for task in done] == won
    assert Task.objects.filter(case=case, node="head", state="closed", reason="decided").count() == 1
    assert Task.objects.filter(case=case, node="budget").count() == 1
    stage.assert_sound(case)


def test_two_holders_of_one_slot_decide_at_once(committed: dict[str, Case]) -> None:
    cases = copies(committed["head"], TIMES)
    before = CaseEvent.objects.filter(case=committed["head"]).count()
    outcomes = race(cases, approving("head", "qian"), approving("head", "chen"))
    for case, pair in zip(cases, outcomes, strict=True):
        assert_one_decided(case, pair, before)
    assert {pair[0] is None for pair in outcomes} <= {True, False}


def test_without_the_lock_both_decide(committed: dict[str, Case], monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: with the case read before the others act, the proof above must fail."""
    cases = copies(committed["head"], 5)
    before = CaseEvent.objects.filter(case=committed["head"]).count()
    real, read = store.load, threading.local()

    def remember(case: int) -> None:
        read.case = copy.deepcopy(real(case))

    monkeypatch.setattr(store, "load", lambda case: read.case)
    monkeypatch.setattr(connection.features.__class__, "has_select_for_update", False)
    outcomes = race(cases, approving("head", "qian"), approving("head", "chen"), prepare=remember)
    monkeypatch.undo()
    for case, pair in zip(cases, outcomes, strict=True):
        with pytest.raises(AssertionError):
            assert_one_decided(case, pair, before)


def test_the_last_two_signatures_end_the_case_once(committed: dict[str, Case]) -> None:
    cases = copies(committed["sign"], TIMES)
    outcomes = race(cases, approving("sign", "li"), approving("sign", "wu"))
    assert set(outcomes) == {(None, None)}
    signers = {stage.person(one).pk for one in ("qian", "zhou", "li", "wu")}
    for case in cases:
        found = Case.objects.select_related("main_document").get(pk=case)
        assert (found.state, found.outcome, found.passed) == ("ended", "已签准", True)
        assert found.main_document is not None
        assert found.main_document.state == "passed"
        assert {row["user"] for row in found.main_document.data["joint_signs"]} == signers
        told = [one for event in CaseEvent.objects.filter(case=case) for one in event.events]
        assert sum(one["event"] == "CaseEnded" for one in told) == 1
        assert (
            Entry.objects.filter(
                kind="document", object_id=found.main_document_id, verb="state.passed"
            ).count()
            == 1
        )
        stage.assert_sound(case)


def test_approval_against_withdrawal(committed: dict[str, Case]) -> None:
    cases = copies(committed["head"], TIMES)
    with clock.use(MONDAY):
        author = stage.actor("zhao")

    def withdraw(case: int) -> None:
        services.withdraw_case(case=case, by=author, at=clock.now())

    for case, (approved, withdrawn) in zip(
        cases, race(cases, approving("head", "qian"), withdraw), strict=True
    ):
        assert (approved is None) is not (withdrawn is None), (approved, withdrawn)
        lost = approved or withdrawn
        assert isinstance(lost, DomainError)
        assert lost.status == 409
        open_nodes = list(Task.objects.filter(case=case, state="open").values_list("node", flat=True))
        assert open_nodes == (["budget"] if approved is None else ["draft"])
        stage.assert_sound(case)
