"""Whether this server can work, for load balancers and watchers: `GET /healthz`, without signing in."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bihuan.kernel import clock
from bihuan.kit.jobs import TickRun

logger = logging.getLogger(__name__)
QUIET = timedelta(minutes=5)
"""Ticks come every minute; after this long without one the worker is taken to be down."""


def worker_is_up() -> bool:
    """Whether a tick ran lately."""
    return TickRun.objects.filter(started_at__gt=clock.now() - QUIET).exists()


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, else 503; `worker` says whether ticks come, and decides nothing.

    It names nothing that an outsider could use: no version, no error.
    """
    try:
        worker = worker_is_up()
    except DatabaseError:
        logger.exception("the database does not answer")
        return JsonResponse({"database": False}, status=503)
    return JsonResponse({"database": True, "worker": worker})
