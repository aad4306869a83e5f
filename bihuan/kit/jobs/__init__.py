"""Background work: `@job` functions run by workers, `@every` ticks run by the clock.

Both live in a module named `jobs.py` of their app (any module imported at start will do).
"""

from . import upkeep
from .models import JobState, QueuedJob, TickRun
from .registry import Job, job, job_named
from .services import enqueue, retry_job, run_job, run_waiting, take_over
from .ticking import TickResult, every, run_ticks, ticks

__all__ = [
    "Job",
    "JobState",
    "QueuedJob",
    "TickResult",
    "TickRun",
    "enqueue",
    "every",
    "job",
    "job_named",
    "retry_job",
    "run_job",
    "run_ticks",
    "run_waiting",
    "take_over",
    "ticks",
    "upkeep",
]
