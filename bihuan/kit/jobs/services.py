"""Asking for jobs, running them, and what happens when one fails.

django-tasks carries the calls and gives the worker loop; our own row adds what it lacks: a key that
makes asking twice harmless, tries with growing pauses, and failed jobs that stay visible.
"""

from __future__ import annotations

import json
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, NotFound, text
from bihuan.kit import audit

from .models import JobState, QueuedJob
from .registry import Job, job_named

logger = logging.getLogger(__name__)

GRACE = timedelta(seconds=30)
"""How long past its timeout a running job is left alone before another worker takes it over."""
REASON_LENGTH = 2000


class TimedOut(BaseException):
    """A try took too long; no `except Exception` inside the job may swallow it."""


def enqueue(
    job: Job, *, key: str | None = None, due_at: datetime | None = None, **arguments: Any
) -> QueuedJob:
    """Ask for a job in the caller's transaction: it runs after that commits, or never.

    With a `key`, a second request for the same job and key returns the first and adds nothing.
    `due_at` is the earliest moment of the first try (default: at once).
    """
    at = clock.now()
    content = json.dumps(arguments, ensure_ascii=False, sort_keys=True)
    columns = {"arguments": content, "enqueued_at": at, "due_at": due_at or at}
    with transaction.atomic():
        if key is None:
            row, new = QueuedJob.objects.create(name=job.name, **columns), True
        else:
            row, new = QueuedJob.objects.get_or_create(name=job.name, key=key, defaults=columns)
        if new:
            _dispatch(row.pk, due_at)
    return row


def _dispatch(job_id: int, due_at: datetime | None) -> None:
    (run_queued.using(run_after=due_at) if due_at else run_queued).enqueue(job_id=job_id)


@task
def run_queued(job_id: int) -> None:
    """What the worker calls; never raises, so that the transport has nothing to report."""
    run_job(job_id)


def run_job(job_id: int) -> bool:
    """Try one job if it is still waiting; returns whether this call ran it."""
    row = QueuedJob.objects.filter(id=job_id, state=JobState.WAITING).first()
    if row is None:
        return False
    job = job_named(row.name)
    at = clock.now()
    lease = at + timedelta(seconds=job.timeout if job else 0) + GRACE
    if not _claim(row, lease):
        return False
    row.tries += 1
    if job is None:
        _bury(row, None, text("没有名为“{name}”的作业").format(name=row.name))
        return True
    try:
        _try(job, row)
    except (Exception, TimedOut) as error:
        logger.warning("job %s #%s failed, try %s", row.name, row.pk, row.tries, exc_info=True)
        _failed(job, row, f"{type(error).__name__}: {error}"[:REASON_LENGTH].replace("\x00", ""))
    return True


def _claim(row: QueuedJob, lease: datetime) -> bool:
    """Whether this process may run the job: one of all that ask."""
    waiting = QueuedJob.objects.filter(id=row.pk, state=JobState.WAITING, tries=row.tries)
    return bool(waiting.update(state=JobState.RUNNING, tries=F("tries") + 1, lease_until=lease))


def _try(job: Job, row: QueuedJob) -> None:
    with _time_limit(job.timeout), transaction.atomic() if job.atomic else nullcontext():
        job.run(**row.values)
        done = QueuedJob.objects.filter(id=row.pk, state=JobState.RUNNING, tries=row.tries)
        if not done.update(state=JobState.DONE, finished_at=clock.now(), reason="") and job.atomic:
            raise Conflict(text("另一个工作进程已接手这项作业"))


def _failed(job: Job, row: QueuedJob, reason: str) -> None:
    if row.tries >= job.retries:
        _bury(row, job, reason)
        return
    due = clock.now() + job.delay(row.tries)
    with transaction.atomic():
        mine = QueuedJob.objects.filter(id=row.pk, state=JobState.RUNNING, tries=row.tries)
        if mine.update(state=JobState.WAITING, reason=reason, due_at=due, lease_until=None):
            _dispatch(row.pk, due)


def _bury(row: QueuedJob, job: Job | None, reason: str) -> None:
    with transaction.atomic():
        mine = QueuedJob.objects.filter(id=row.pk, state=JobState.RUNNING, tries=row.tries)
        if not mine.update(state=JobState.DEAD, reason=reason, finished_at=clock.now(), lease_until=None):
            return
        if job and job.on_dead:
            job.on_dead(**row.values)
    logger.error("job %s #%s gave up after %s tries: %s", row.name, row.pk, row.tries, reason)


@transaction.atomic
def retry_job(*, job_id: int, by: Actor, at: datetime) -> None:
    """Give a dead job all its tries again. Raises NotFound, or Conflict when it is not dead."""
    dead = QueuedJob.objects.filter(id=job_id, state=JobState.DEAD)
    if not dead.update(state=JobState.WAITING, tries=0, due_at=at, finished_at=None):
        if QueuedJob.objects.filter(id=job_id).exists():
            raise Conflict(text("这项作业已在重试"))
        raise NotFound(text("找不到这项作业"))
    _dispatch(job_id, None)
    audit.record(kind="job", id=job_id, verb="retry", by=by, at=at)


def run_waiting(at: datetime | None = None, *, limit: int = 1000) -> int:
    """Run what is due here and now, without a worker; returns how many jobs were tried."""
    moment = at or clock.now()
    ran = 0
    while ran < limit:
        due = QueuedJob.objects.filter(state=JobState.WAITING, due_at__lte=moment).order_by("due_at", "id")
        batch = list(due.values_list("id", flat=True)[:100])
        if not batch:
            break
        ran += sum(run_job(job_id) for job_id in batch)
    return ran


def take_over(at: datetime) -> int:
    """Put back jobs whose worker died, and dispatch again those the transport lost; returns how many."""
    count = 0
    expired = QueuedJob.objects.filter(state=JobState.RUNNING, lease_until__lt=at)
    for row in expired.order_by("id")[:1000]:
        job = job_named(row.name)
        lost = text("执行中断：工作进程退出或超过时限")
        if job is None:
            _bury(row, None, lost)
        else:
            _failed(job, row, lost)
        count += 1
    overdue = QueuedJob.objects.filter(state=JobState.WAITING, due_at__lt=at - timedelta(minutes=2))
    if not _transport_has_work():
        for job_id in overdue.order_by("due_at").values_list("id", flat=True)[:1000]:
            _dispatch(job_id, None)
            count += 1
    return count


def _transport_has_work() -> bool:
    return bool(DBTaskResult.objects.ready().exists())


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """Stop the block after this time where the platform can: the main thread of a Unix process."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(signum: int, frame: object) -> None:
        raise TimedOut(text("超过{seconds}秒仍未完成").format(seconds=seconds))

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
