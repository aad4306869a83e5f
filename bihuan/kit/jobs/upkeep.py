"""The framework's own ticks: sealing the audit trail and keeping the queue in order."""

from __future__ import annotations

from datetime import datetime, timedelta

from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from bihuan.kernel.errors import text
from bihuan.kit import audit

from .models import JobState, QueuedJob
from .services import take_over
from .ticking import every

KEEP_DONE = timedelta(days=30)
KEEP_TRANSPORT = timedelta(days=2)


@every("minute", text("接管中断的作业"))
def take_over_jobs(at: datetime) -> None:
    """Jobs of dead workers go back into the queue."""
    take_over(at)


@every("hour", text("封存审计记录"))
def seal_audit(at: datetime) -> None:
    """All audit chains that grew are fixed in a checkpoint."""
    audit.seal(at)


@every("day 03:10", text("清理已完成的作业"))
def prune_jobs(at: datetime) -> None:
    """Forget what was done long ago; dead jobs stay until someone looks."""
    QueuedJob.objects.filter(state=JobState.DONE, finished_at__lt=at - KEEP_DONE).delete()
    finished = DBTaskResult.objects.filter(
        status__in=[TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED],
        finished_at__lt=at - KEEP_TRANSPORT,
    )
    finished.delete()
    abandoned = DBTaskResult.objects.filter(
        status=TaskResultStatus.RUNNING, started_at__lt=at - KEEP_TRANSPORT
    )
    abandoned.delete()
