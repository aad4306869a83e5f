"""The page 后台作业 for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bihuan.kernel import clock
from bihuan.kernel.errors import text
from bihuan.kit.access import require, signed_in
from bihuan.kit.ui.http import Request, render_page

from . import queries
from .services import retry_job

_ADMINS_ONLY = text("只有系统管理员可以查看后台作业")


@require_GET
@signed_in
def job_list(request: Request) -> HttpResponse:
    """Counts, failed jobs with their reason, and when each tick last ran."""
    require(request.actor.admin, _ADMINS_ONLY)
    context = {
        "title": gettext("后台作业"),
        "counts": queries.counts(),
        "dead": queries.dead_jobs(),
        "failing": queries.failing_jobs(),
        "ticks": queries.tick_lines(),
    }
    return render_page(request, "kit/jobs/list.html", context)


@require_POST
@signed_in
def job_retry(request: Request, job_id: int) -> HttpResponse:
    """Give a failed job all its tries again."""
    require(request.actor.admin, _ADMINS_ONLY)
    retry_job(job_id=job_id, by=request.actor, at=clock.now())
    messages.success(request, gettext("已重新排队，稍后自动执行"))
    return redirect("jobs:list")
