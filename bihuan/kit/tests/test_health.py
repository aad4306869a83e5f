"""What watchers see: /healthz, and log lines as JSON."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from bihuan.kernel import clock
from bihuan.kit import health
from bihuan.kit.jobs import run_ticks
from bihuan.kit.logs import JsonFormatter


@pytest.mark.django_db
def test_health_says_whether_database_and_worker_are_there(settings: Any, monkeypatch: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = Client()
    assert client.get("/healthz").json() == {"database": True, "worker": False}
    run_ticks(clock.now())
    answer = client.get("/healthz")
    assert (answer.json(), "no-store" in answer["Cache-Control"]) == (
        {"database": True, "worker": True},
        True,
    )

    def gone() -> None:
        raise OperationalError("secret host")

    monkeypatch.setattr(health, "worker_is_up", gone)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"database": False})


@pytest.mark.django_db
def test_a_request_leaves_one_line_with_its_id(caplog: Any) -> None:
    with caplog.at_level(logging.INFO, "bihuan.requests"):
        lines: list[str] = []
        catcher = logging.Handler()
        catcher.emit = lambda record: lines.append(JsonFormatter().format(record))  # type: ignore[method-assign]
        logging.getLogger("bihuan.requests").addHandler(catcher)
        try:
            Client().get("/healthz?token=secret", headers={"X-Request-ID": "abcdefgh-1"})
        finally:
            logging.getLogger("bihuan.requests").removeHandler(catcher)
    told = json.loads(lines[0])
    assert (told["message"], told["request"], told["level"]) == ("GET /healthz 200", "abcdefgh-1", "INFO")
    assert isinstance(told["ms"], int)
    assert "secret" not in lines[0]


def test_an_error_keeps_its_traceback_in_the_line() -> None:
    try:
        raise ValueError("坏了")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "坏%s", ("了",), (type(error), error, None))
    told = json.loads(JsonFormatter().format(record))
    assert (told["message"], told["request"]) == ("坏了", "")
    assert "ValueError: 坏了" in told["error"]
