"""发起流程: what a person may start, and starting it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bihuan.kernel import clock
from bihuan.kit.once import once
from bihuan.kit.ui.http import Request, render_page
from bihuan.process import services
from bihuan.process.models import Task
from bihuan.process.starting import startable_lines


@require_GET
def choose(request: Request) -> HttpResponse:
    """The processes this person may start, by pack, with what stands in the way."""
    lines = list(startable_lines(request.actor))
    return render_page(
        request,
        "process/start.html",
        {"title": gettext("发起流程"), "lines": lines, "admin": request.actor.admin},
    )


@require_POST
@once
def start(request: Request, code: str) -> HttpResponse:
    """Start a process and go on to its first task."""
    case = services.start_case(
        process=code, by=request.actor, at=clock.now(), entrance=request.POST.get("at", "")
    )
    task = Task.objects.filter(case=case, person=request.actor.person, state="open").order_by("id").first()
    if task is not None:
        return redirect("process:task", task_id=task.pk)
    return redirect("process:case", case_id=case.pk)
