"""`bihuan worker`: keeps worker processes alive and calls the ticks each minute.

Jobs run in child processes (the worker of django-tasks-db), so a job that eats all memory or crashes
the interpreter takes only its own process with it: the supervisor starts another one, and the tick
`take_over_jobs` puts the job back into the queue.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from types import FrameType

from django.db import close_old_connections

from bihuan.kernel import clock

from .ticking import run_ticks

logger = logging.getLogger(__name__)

PATIENCE = 90
"""Seconds that running jobs get to finish when the worker is told to stop."""


class Supervisor:
    """Owns the worker processes; `run` returns after SIGTERM, SIGINT or `stop`."""

    def __init__(self, *, processes: int, interval: float, memory: int) -> None:
        """`interval` in seconds, `memory` in MiB (0: no limit)."""
        self.processes = processes
        self.interval = interval
        self.memory = memory
        self._stopping = threading.Event()
        self._children: list[subprocess.Popen[bytes]] = []

    def stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        """Ask for an orderly end."""
        self._stopping.set()

    def run(self) -> None:
        """Watch the children and call the ticks until stopped."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.stop)
        ticked = ""
        try:
            while not self._stopping.is_set():
                self._revive()
                now = clock.now()
                minute = f"{now:%Y-%m-%d %H:%M}"
                if minute != ticked:
                    ticked = minute
                    self._tick()
                self._stopping.wait(1)
        finally:
            self._end()

    def _tick(self) -> None:
        close_old_connections()
        try:
            run_ticks(clock.now())
        except Exception:
            logger.exception("ticks failed, trying again in a minute")
        finally:
            close_old_connections()

    def _revive(self) -> None:
        for child in self._children:
            if child.poll() is not None:
                logger.error("worker process %s ended with %s, starting another", child.pid, child.returncode)
        self._children = [child for child in self._children if child.returncode is None]
        while len(self._children) < self.processes:
            self._children.append(self._start())

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "django", "db_worker", "--no-reload"]
        command += ["--interval", str(self.interval)]
        # Own session: Ctrl-C reaches the supervisor only, which then ends the children in order.
        child = subprocess.Popen(command, env=os.environ.copy(), start_new_session=True)  # noqa: S603
        if self.memory and sys.platform == "linux":
            import resource

            limit = self.memory * 2**20
            resource.prlimit(child.pid, resource.RLIMIT_AS, (limit, limit))
        return child

    def _end(self) -> None:
        for child in self._children:
            child.terminate()
        for child in self._children:
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
