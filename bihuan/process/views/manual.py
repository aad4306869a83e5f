"""流程手册: the processes in force, their steps, forms and releases, on pages and on paper."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET

from bihuan.documents.public import FormDefinition
from bihuan.kernel import clock
from bihuan.kernel.errors import NotFound, text
from bihuan.kernel.label import show
from bihuan.kit.paper import pdf_response
from bihuan.kit.ui.http import Request, render_page
from bihuan.packs import public as packs
from bihuan.process import presenting, queries
from bihuan.process.manual import book, contents, forms, history, staff
from bihuan.process.models import ProcessVersion
from bihuan.process.program import Program, program


@require_GET
def process_list(request: Request) -> HttpResponse:
    """All processes in force, and the manual of each pack as one document."""
    language = get_language() or "zh-hans"
    versions = list(queries.effective_versions())
    rows = [
        {
            "code": version.process.code,
            "name": show(version.names, language),
            "pack": version.release.pack,
            "version": history.version_text(version.release),
            "purpose": show(program(version.pk, version.digest).header.get("purpose", ""), language),
        }
        for version in versions
    ]
    known = {version.release.pack.code: version.release.pack for version in versions}
    context = {"title": gettext("流程手册"), "rows": rows, "packs": list(known.values())}
    return render_page(request, "process/processes.html", context)


@require_GET
def process_page(request: Request, code: str) -> HttpResponse:
    """One process: purpose, swimlane, steps with the people bound to them, forms, deadlines, KPIs, releases."""
    version = _version(code)
    plan = program(version.pk, version.digest)
    unit = staff.home_unit(request.actor)
    found = contents.contents_of(plan, staff.staff_of(contents.slots_of(plan), unit, clock.now()))
    context = {
        "title": f"{plan.code} {found.name}",
        "subtitle": f"{version.release.pack} {history.version_text(version.release)}",
        "plan": plan,
        "process": found,
        "unit": unit,
        "releases": history.releases_of(plan.pack, plan.code),
        "diagram": presenting.diagram(plan, {}, found.name),
        "breadcrumbs": _crumbs(plan.code),
    }
    return render_page(request, "process/process.html", context)


@require_GET
def form_page(request: Request, code: str) -> HttpResponse:
    """One form: all its fields, checks and the steps that use it."""
    form, plans = _form(code)
    found = forms.form_contents(form, plans)
    context = {
        "title": f"{found.code} {found.name}",
        "subtitle": found.kind,
        "form": found,
        "breadcrumbs": _crumbs(found.code),
    }
    return render_page(request, "process/form.html", context)


@require_GET
def print_process(request: Request, code: str) -> HttpResponse:
    """One process with its forms as PDF."""
    content, name = book.print_process(_version(code), by=request.actor)
    return pdf_response(content, name)


@require_GET
def print_pack(request: Request, code: str) -> HttpResponse:
    """The manual of a whole pack as one PDF (R-022)."""
    content, name = book.print_pack(code, by=request.actor)
    return pdf_response(content, name)


@require_GET
def bpmn(request: Request, code: str) -> HttpResponse:
    """The process as a BPMN 2.0 file."""
    version = _version(code)
    response = HttpResponse(program(version.pk, version.digest).bpmn, content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{version.process.code}.bpmn"'
    return response


def _crumbs(here: str) -> list[dict[str, Any]]:
    return [{"label": gettext("流程手册"), "url": reverse("process:processes")}, {"label": here, "url": ""}]


def _version(code: str) -> ProcessVersion:
    found = queries.effective_versions().filter(process__code=code).first()
    if found is None:
        raise NotFound(text("没有流程“{process}”"), process=code)
    return found


def _form(code: str) -> tuple[FormDefinition, list[Program]]:
    """A form in force, and the processes in force it may be used in."""
    versions = list(queries.effective_versions())
    for release in {version.release_id: version.release for version in versions}.values():
        found = packs.known(release).forms.get(code)
        if found is not None:
            return found, [program(version.pk, version.digest) for version in versions]
    raise NotFound(text("没有表单“{form}”"), form=code)
