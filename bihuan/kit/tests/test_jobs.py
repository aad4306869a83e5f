"""Jobs are kept with their transaction, tried again, buried visibly; ticks run once a period."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import RequestFactory
from django_tasks_db.models import DBTaskResult

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.clock import TZ, FixedClock
from bihuan.kernel.errors import Conflict, NotAllowed, NotFound
from bihuan.kit import audit, jobs
from bihuan.kit.jobs import JobState, QueuedJob, TickRun, ticking
from bihuan.kit.jobs.registry import _jobs
from bihuan.kit.jobs.upkeep import prune_jobs
from bihuan.kit.models import NumberSeries

from .races import alone, shared_database, together

AT = datetime(2026, 11, 21, 9, 30, tzinfo=TZ)
ADMIN = Actor(1, "管理员", admin=True)
ran: list[str] = []
buried: list[str] = []


@jobs.job("test.note", retries=3, timeout=1, on_dead=lambda **values: buried.append(values["word"]))
def note(word: str) -> None:
    """Writes a row, then does what its word says."""
    NumberSeries.objects.create(scope=f"{word}{len(ran)}", last=0)
    ran.append(word)
    if word == "bad":
        raise ValueError("坏\x00数据")
    if word == "endless":
        while True:
            try:
                time.sleep(0.01)
            except Exception:
                continue


@pytest.fixture(autouse=True)
def at_nine():
    ran.clear()
    buried.clear()
    with clock.use(FixedClock(AT)) as fixed:
        yield fixed


def state(row: QueuedJob) -> str:
    row.refresh_from_db()
    return row.state


@pytest.mark.django_db
def test_runs_once_with_its_arguments():
    row = jobs.enqueue(note, word="good")
    assert jobs.run_waiting() == 1
    assert jobs.run_waiting() == 0
    assert not jobs.run_job(row.pk)
    assert (ran, state(row)) == (["good"], JobState.DONE)


@pytest.mark.django_db(transaction=True)
def test_a_roll_back_takes_the_job_along():
    def change_their_mind():
        with transaction.atomic():
            jobs.enqueue(note, word="good")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        change_their_mind()
    assert not QueuedJob.objects.exists()
    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db
def test_a_key_makes_asking_twice_harmless():
    first = jobs.enqueue(note, key="k", word="good")
    assert jobs.enqueue(note, key="k", word="good") == first
    assert DBTaskResult.objects.count() == 1
    jobs.run_waiting()
    assert jobs.enqueue(note, key="k", word="good") == first
    jobs.run_waiting()
    assert ran == ["good"]


@pytest.mark.django_db
def test_not_before_it_is_due(at_nine):
    jobs.enqueue(note, due_at=AT + timedelta(hours=1), word="later")
    assert jobs.run_waiting() == 0
    at_nine.advance(timedelta(hours=1))
    assert jobs.run_waiting() == 1


@pytest.mark.django_db
def test_a_poisoned_job_is_tried_with_pauses_then_buried_and_blocks_nobody(at_nine):
    bad = jobs.enqueue(note, word="bad")
    jobs.enqueue(note, word="good")
    jobs.run_waiting()
    assert ran == ["bad", "good"]
    bad.refresh_from_db()
    assert (bad.state, bad.tries, bad.due_at - AT) == (JobState.WAITING, 1, timedelta(seconds=30))
    for seconds in (30, 60):
        assert jobs.run_waiting() == 0
        at_nine.advance(timedelta(seconds=seconds))
        assert jobs.run_waiting() == 1
    assert state(bad) == JobState.DEAD
    assert (bad.tries, bad.reason) == (3, "ValueError: 坏数据")
    assert buried == ["bad"]
    assert NumberSeries.objects.count() == 1  # what the failed tries wrote is gone


@pytest.mark.django_db
def test_a_dead_job_is_retried_by_hand():
    row = jobs.enqueue(note, word="bad")
    QueuedJob.objects.update(tries=2)
    jobs.run_waiting()
    assert state(row) == JobState.DEAD
    jobs.retry_job(job_id=row.pk, by=ADMIN, at=AT)
    assert (state(row), row.tries) == (JobState.WAITING, 0)
    assert audit.history("job", row.pk)[0].person_name == "管理员"
    with pytest.raises(Conflict):
        jobs.retry_job(job_id=row.pk, by=ADMIN, at=AT)
    with pytest.raises(NotFound):
        jobs.retry_job(job_id=999, by=ADMIN, at=AT)


@pytest.mark.django_db
def test_an_endless_job_is_stopped():
    row = jobs.enqueue(note, word="endless")
    jobs.run_waiting()
    assert state(row) == JobState.WAITING
    assert "超过1秒" in row.reason


@pytest.mark.django_db
def test_unknown_names_and_broken_arguments_are_buried_or_retried():
    gone = jobs.enqueue(note, word="good")
    QueuedJob.objects.filter(id=gone.pk).update(name="test.gone")
    broken = jobs.enqueue(note, word="good")
    QueuedJob.objects.filter(id=broken.pk).update(arguments="{")
    jobs.run_waiting()
    assert (state(gone), gone.reason) == (JobState.DEAD, "没有名为“test.gone”的作业")
    assert state(broken) == JobState.WAITING
    assert "JSON" in broken.reason


@pytest.mark.django_db
def test_jobs_of_a_dead_worker_are_taken_over(at_nine):
    row = jobs.enqueue(note, word="good")
    QueuedJob.objects.update(state=JobState.RUNNING, tries=1, lease_until=AT + timedelta(seconds=31))
    jobs.take_over(AT)
    assert state(row) == JobState.RUNNING
    at_nine.advance(timedelta(minutes=1))
    jobs.take_over(clock.now())
    assert state(row) == JobState.WAITING
    QueuedJob.objects.update(state=JobState.RUNNING, tries=3, lease_until=AT)
    jobs.take_over(clock.now())
    assert state(row) == JobState.DEAD  # it has brought three workers down


@pytest.mark.django_db
def test_a_job_the_transport_lost_is_dispatched_again(at_nine):
    jobs.enqueue(note, word="good")
    DBTaskResult.objects.all().delete()
    at_nine.advance(timedelta(minutes=3))
    jobs.take_over(clock.now())
    jobs.take_over(clock.now())
    assert DBTaskResult.objects.count() == 1


@pytest.mark.django_db(transaction=True)  # the worker closes connections between jobs
def test_the_librarys_worker_runs_it():
    from django_tasks_db.management.commands.db_worker import Worker

    row = jobs.enqueue(note, word="good")
    Worker(
        queue_names=["default"], interval=0, batch=True, backend_name="default", startup_delay=False,
        max_tasks=None, worker_id="t", excluded_queue_names=[],
    ).run()  # fmt: skip
    assert (state(row), ran) == (JobState.DONE, ["good"])


@pytest.mark.django_db
def test_old_work_is_forgotten_dead_work_is_not(at_nine):
    jobs.enqueue(note, word="good")
    dead = jobs.enqueue(note, word="x")
    jobs.run_waiting()
    QueuedJob.objects.filter(id=dead.pk).update(state=JobState.DEAD)
    prune_jobs(AT + timedelta(days=31))
    assert list(QueuedJob.objects.values_list("id", flat=True)) == [dead.pk]


@pytest.mark.django_db(transaction=True)
def test_many_workers_run_a_job_once(tmp_path):
    with shared_database(tmp_path):
        ids = alone(lambda: [jobs.enqueue(note, word=f"w{n}").pk for n in range(10)])
        results = together([lambda id=id: jobs.run_job(id) for id in ids for _ in range(3)])
        assert not [one for one in results if isinstance(one, Exception)]
        states = alone(lambda: set(QueuedJob.objects.values_list("state", "tries")))
    assert sorted(ran) == sorted(f"w{n}" for n in range(10))
    assert states == {(JobState.DONE, 1)}


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_they_do_not(tmp_path, monkeypatch):
    """The twin of the race above, its guard removed."""
    monkeypatch.setattr("bihuan.kit.jobs.services._claim", lambda row, lease: True)
    with shared_database(tmp_path):
        ids = alone(lambda: [jobs.enqueue(note, word=f"w{n}").pk for n in range(10)])
        together([lambda id=id: jobs.run_job(id) for id in ids for _ in range(3)])
    assert len(ran) > 10


# ── ticks ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def own_ticks(monkeypatch):
    monkeypatch.setattr(ticking, "_ticks", {})


def called(name: str) -> list[str]:
    return [word for word in ran if word == name]


@pytest.mark.django_db
def test_each_period_runs_once(own_ticks):
    for rhythm in ("minute", "hour", "day 09:31"):

        def run(at, rhythm=rhythm):
            ran.append(rhythm)

        run.__qualname__ = rhythm
        jobs.every(rhythm)(run)
    for second in range(0, 180, 20):
        jobs.run_ticks(AT + timedelta(seconds=second))
    assert len(called("minute")) == 3
    assert len(called("hour")) == 1
    assert len(called("day 09:31")) == 2  # yesterday's, made up for at the first start, and today's


@pytest.mark.django_db
def test_a_failing_tick_stops_no_other(own_ticks):
    @jobs.every("minute")
    def a_bad(at):
        raise RuntimeError("坏了")

    @jobs.every("minute")
    def b_good(at):
        ran.append("good")

    results = jobs.run_ticks(AT)
    assert [result.ok for result in results] == [False, True]
    assert ran == ["good"]
    assert TickRun.objects.get(name__endswith="a_bad").reason == "RuntimeError: 坏了"
    assert len(jobs.run_ticks(AT + timedelta(minutes=1))) == 2


@pytest.mark.django_db
def test_a_long_tick_is_not_started_twice_and_a_dead_one_is_taken_over(own_ticks):
    @jobs.every("minute")
    def long(at):
        ran.append("long")
        for minute in range(1, 4):
            assert jobs.run_ticks(at + timedelta(minutes=minute)) == []

    jobs.run_ticks(AT)
    assert ran == ["long"]
    TickRun.objects.update(finished_at=None)
    assert jobs.run_ticks(AT + timedelta(minutes=9)) == []
    TickRun.objects.update(started_at=AT - timedelta(minutes=2))

    jobs.every("minute")(lambda at: ran.append("again"))
    assert jobs.run_ticks(AT + timedelta(minutes=9))


@pytest.mark.django_db
def test_a_clock_that_ran_ahead_does_not_stop_the_ticks(own_ticks):
    @jobs.every("minute")
    def run(at):
        ran.append("run")

    jobs.run_ticks(AT + timedelta(days=400))
    jobs.run_ticks(AT)
    jobs.run_ticks(AT)
    jobs.run_ticks(AT + timedelta(minutes=1))
    assert len(ran) == 3


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_run_each_tick_once(own_ticks, tmp_path):
    @jobs.every("minute")
    def run(at):
        ran.append(at.isoformat())

    with shared_database(tmp_path):
        for minute in range(10):
            results = together([lambda at=AT + timedelta(minutes=minute): jobs.run_ticks(at)] * 4)
            assert not [one for one in results if isinstance(one, Exception)]
            assert sum(len(one) for one in results) == 1
    assert len(set(ran)) == len(ran) == 10


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_each_scheduler_runs_it(own_ticks, tmp_path, monkeypatch):
    """The twin of the race above, its guard removed."""
    monkeypatch.setattr(ticking, "_claim", lambda tick, at: True)
    jobs.every("minute")(lambda at: ran.append("x"))
    with shared_database(tmp_path):
        together([lambda: jobs.run_ticks(AT)] * 4)
    assert len(ran) == 4


def test_rhythms_are_checked():
    for rhythm in ("second", "day 24:00", "day 9:00", "day"):
        with pytest.raises(ValueError, match="rhythm"):
            jobs.every(rhythm)


def test_a_name_belongs_to_one_module():
    def other() -> None: ...

    other.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="two jobs"):
        jobs.job("test.note")(other)
    assert _jobs["test.note"].run.__module__ == __name__


@pytest.mark.django_db
def test_only_administrators_see_the_page():
    from bihuan.kit.jobs import views

    request = RequestFactory().get("/jobs/")
    request.actor = Actor(2, "李明")
    with pytest.raises(NotAllowed):
        views.job_list(request)
    request = RequestFactory().post("/jobs/1/retry/")
    request.actor = Actor(2, "李明")
    with pytest.raises(NotAllowed):
        views.job_retry(request, 1)


@pytest.mark.django_db
def test_the_page_names_failed_jobs_with_their_reason():
    from bihuan.kit.jobs import views

    jobs.enqueue(note, word="bad")
    jobs.run_waiting()
    QueuedJob.objects.update(state=JobState.DEAD, finished_at=AT)
    jobs.run_ticks(AT)
    request = RequestFactory().get("/jobs/")
    request.actor = ADMIN
    page = views.job_list(request).content.decode()
    assert "ValueError: 坏数据" in page
    assert f"/jobs/{QueuedJob.objects.get(state=JobState.DEAD).pk}/retry/" in page
    assert "bihuan.kit.jobs.upkeep.seal_audit" in page
    assert "<c-" not in page
