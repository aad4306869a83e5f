"""发起流程: what a person may start, and starting it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_POST

from bihuan.kernel import clock
from bihuan.kernel.errors import Invalid
from bihuan.kernel.label import show
from bihuan.kit.once import once
from bihuan.kit.ui.http import Request, render_page
from bihuan.org import public as org
from bihuan.process import services
from bihuan.process.models import Task
from bihuan.process.program import program
from bihuan.process.queries import effective_versions
from bihuan.process.services.start import may_start, refuse_unbound


@require_GET
def choose(request: Request) -> HttpResponse:
    """The processes this person may start, by pack, with what stands in the way."""
    lines = list(_lines(request))
    return render_page(
        request,
        "process/start.html",
        {"title": gettext("发起流程"), "lines": lines, "admin": request.actor.admin},
    )


def _lines(request: Request) -> Any:
    unit = org.unit_of(request.actor.position)
    language = get_language() or "zh-hans"
    for version in effective_versions():
        plan = program(version.pk, version.digest)
        if unit is None:
            continue
        entrances = may_start(plan, request.actor, unit, clock.now())
        if not entrances:
            continue
        yield {
            "code": plan.code,
            "name": show(plan.names, language),
            "purpose": show(plan.header.get("purpose", ""), language),
            "pack": version.release.pack,
            "entrances": [
                {
                    "at": item.get("at", ""),
                    "name": show(item["name"], language) if item.get("name") else gettext("发起"),
                }
                for _, item in entrances
            ],
            "blocked": _blocked(plan, unit),
        }


def _blocked(plan: Any, unit: int) -> str:
    """Why the process cannot start now, "" if it can (R-002)."""
    try:
        refuse_unbound(plan, unit)
    except Invalid as error:
        return error.text(gettext)
    return ""


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
