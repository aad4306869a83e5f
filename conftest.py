"""Puts the harness's databases in place of pytest-django's: only a conftest comes before an installed plugin."""

from tests.harness.plugin import django_db_setup, worker_name

__all__ = ["django_db_setup", "worker_name"]
