"""流程手册: the processes in force, their steps and their diagram."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET

from bihuan.kernel.errors import NotFound, text
from bihuan.kernel.label import show
from bihuan.kit.ui.http import Request, render_page
from bihuan.process import presenting, queries
from bihuan.process.models import ProcessVersion
from bihuan.process.program import program


@require_GET
def process_list(request: Request) -> HttpResponse:
    """All processes in force."""
    language = get_language() or "zh-hans"
    rows = [
        {
            "code": version.process.code,
            "name": show(version.names, language),
            "pack": version.release.pack,
            "version": version.release.version,
            "purpose": show(program(version.pk, version.digest).header.get("purpose", ""), language),
        }
        for version in queries.effective_versions()
    ]
    return render_page(request, "process/processes.html", {"title": gettext("流程手册"), "rows": rows})


@require_GET
def process_page(request: Request, code: str) -> HttpResponse:
    """One process: purpose, swimlane, steps with people, forms, deadlines and cautions."""
    version = _version(code)
    plan = program(version.pk, version.digest)
    language = get_language() or "zh-hans"
    context = {
        "title": f"{plan.code} {show(plan.names, language)}",
        "subtitle": f"{version.release.pack} {version.release.version}",
        "plan": plan,
        "purpose": show(plan.header.get("purpose", ""), language),
        "metrics": plan.header.get("metrics", ()),
        "steps": presenting.step_rows(plan),
        "diagram": presenting.diagram(plan, {}, show(plan.names, language)),
        "breadcrumbs": [
            {"label": gettext("流程手册"), "url": "/processes/"},
            {"label": plan.code, "url": ""},
        ],
    }
    return render_page(request, "process/process.html", context)


@require_GET
def bpmn(request: Request, code: str) -> HttpResponse:
    """The process as a BPMN 2.0 file."""
    version = _version(code)
    response = HttpResponse(program(version.pk, version.digest).bpmn, content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{version.process.code}.bpmn"'
    return response


def _version(code: str) -> ProcessVersion:
    found = queries.effective_versions().filter(process__code=code).first()
    if found is None:
        raise NotFound(text("没有流程“{process}”"), process=code)
    return found
