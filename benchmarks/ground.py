"""The empty database that a benchmark fills."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKS = Path(__file__).resolve().parents[1] / "packs"


def options(described: str | None) -> argparse.ArgumentParser:
    """The command line every benchmark has: what its module says, and `--database`."""
    parser = argparse.ArgumentParser(
        description=described, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--database", default="", help="an empty PostgreSQL database; default: SQLite, WAL, NORMAL"
    )
    return parser


@contextmanager
def database(url: str) -> Iterator[str]:
    """Django set up on the migrated database at `url`, or on a SQLite file that is gone afterwards.

    Yields what kind it is ("sqlite", "postgresql"). Django's models can be imported inside only.
    """
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as home:
        os.environ |= {
            "BIHUAN_DATA_DIR": home,
            "BIHUAN_DATABASE_URL": url or f"sqlite:///{home}/bench.sqlite3",
            "BIHUAN_SQLITE_SYNCHRONOUS": "NORMAL",
            "DJANGO_SETTINGS_MODULE": "bihuan.config.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        if connection.vendor == "postgresql":
            connection.cursor().execute("SET statement_timeout = 0")  # filling it takes minutes a statement
        yield connection.vendor
        connection.close()
