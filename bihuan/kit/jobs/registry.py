"""`@job`: declares a function that workers run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

FIRST_DELAY = 30
LONGEST_DELAY = 900


@dataclass(frozen=True, slots=True)
class Job:
    """A registered function; calling it runs it here and now.

    `retries` is how often it is tried in all, `timeout` how many seconds one try may take.
    `atomic` jobs run in one transaction with the mark that they are done, so their effects in the
    database happen exactly once; jobs that talk to the outside say `atomic=False`, lest a slow
    server holds the database's locks. `on_dead` is called with the arguments after the last try.
    """

    name: str
    run: Callable[..., Any]
    retries: int
    timeout: int
    atomic: bool
    on_dead: Callable[..., Any] | None

    def __call__(self, **arguments: Any) -> Any:
        """Run the function directly."""
        return self.run(**arguments)

    def delay(self, tries: int) -> timedelta:
        """How long to wait after this many failed tries: 30 s, doubled up to 15 min."""
        return timedelta(seconds=min(FIRST_DELAY * 2 ** max(tries - 1, 0), LONGEST_DELAY))


_jobs: dict[str, Job] = {}


def job(
    name: str,
    *,
    retries: int = 5,
    timeout: int = 60,
    atomic: bool = True,
    on_dead: Callable[..., Any] | None = None,
) -> Callable[[Callable[..., Any]], Job]:
    """Register a function under a name that never changes; its arguments must be plain JSON values."""

    def register(run: Callable[..., Any]) -> Job:
        known = _jobs.get(name)
        if known is not None and known.run.__module__ != run.__module__:
            raise ValueError(f"two jobs are named {name}")
        _jobs[name] = Job(name, run, retries, timeout, atomic, on_dead)
        return _jobs[name]

    return register


def job_named(name: str) -> Job | None:
    """The job of this name, None if no installed app declares it."""
    return _jobs.get(name)
