"""What the page 后台作业 shows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext

from .models import JobState, QueuedJob, TickRun
from .ticking import ticks

SHOWN = 200


@dataclass(frozen=True, slots=True)
class TickLine:
    """A tick in words and its newest run, None if it never ran."""

    name: str
    label: str
    rhythm: str
    run: TickRun | None


def counts() -> list[tuple[str, int]]:
    """Label of each state and how many jobs are in it."""
    found = dict(QueuedJob.objects.order_by().values_list("state").annotate(count=Count("id")))
    return [(state.label, found.get(state.value, 0)) for state in JobState]


def dead_count() -> int:
    """How many jobs wait for a person."""
    return QueuedJob.objects.filter(state=JobState.DEAD).count()


def dead_jobs() -> list[QueuedJob]:
    """Jobs that have used all tries, newest first."""
    return list(QueuedJob.objects.filter(state=JobState.DEAD).order_by("-finished_at", "-id")[:SHOWN])


def failing_jobs() -> list[QueuedJob]:
    """Jobs that failed and will be tried again, next one first."""
    failing = QueuedJob.objects.filter(state=JobState.WAITING, tries__gt=0)
    return list(failing.order_by("due_at", "id")[:SHOWN])


def tick_lines() -> list[TickLine]:
    """All ticks with their newest run."""
    runs = {run.name: run for run in TickRun.objects.all()}
    return [
        TickLine(tick.name, gettext(tick.label), _rhythm(tick.rhythm), runs.get(tick.name))
        for tick in ticks()
    ]


def _rhythm(code: str) -> str:
    if code == "minute":
        return gettext("每分钟")
    return (
        gettext("每小时") if code == "hour" else gettext("每天{time}").format(time=code.removeprefix("day "))
    )
