"""The import page: choose a file, see what it would do, then take it."""

from __future__ import annotations

import io
from typing import Any, cast

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError, Invalid, NotFound, text
from bihuan.kit import files
from bihuan.kit.access import viewer_of
from bihuan.kit.crud.exporting import xlsx_response
from bihuan.kit.crud.importing import Importer, Report, write_problems
from bihuan.kit.crud.pages import head
from bihuan.kit.crud.resource import Resource
from bihuan.kit.ui.http import render_page

_SALT = "bihuan.kit.crud.import"
_MOST_SHOWN = 200
_TEMPLATE = "kit/crud/import.html"


def import_page(resource: Resource[Any], request: HttpRequest) -> HttpResponseBase:
    """Ask for a file; show its dry run; take it, or hand back its refused rows, when told to."""
    viewer = viewer_of(request)
    resource.require_view(viewer)
    if resource.imports is None:
        raise NotFound(text("找不到这个页面"))
    resource.require_edit(viewer, "create" if resource.allows("create") else "change")
    if request.method != "POST":
        return _page(resource, request)
    try:
        number, name = _kept(resource, request)
        return _act(resource, request, number, name)
    except Invalid as error:
        return _page(resource, request, problem=error.text(gettext), status=422)


def _act(resource: Resource[Any], request: HttpRequest, number: int, name: str) -> HttpResponseBase:
    action = request.POST.get("action", "check")
    by, at = cast("Actor", request.actor), clock.now()  # type: ignore[attr-defined]
    with files.open_file(number) as content:
        importer = Importer(resource, viewer_of(request), by, at)
        report = importer.run(content, name, dry=action != "take")
    if action == "problems":
        target = io.BytesIO()
        write_problems(report, target)
        target.seek(0)
        return xlsx_response(target, f"{resource.title}-{gettext('未导入的行')}.xlsx")
    if action == "take":
        messages.success(request, _summary(report))
        if not report.refused:
            return redirect(resource.url())
    token = _token(resource, request, number, name)
    return _page(resource, request, done=action == "take", report=report, token=token, file_name=name)


def _kept(resource: Resource[Any], request: HttpRequest) -> tuple[int, str]:
    """Number and name of the uploaded file: a new one, or the one this person uploaded before."""
    by = cast("Actor", request.actor)  # type: ignore[attr-defined]
    if token := request.POST.get("token"):
        try:
            found = signing.loads(token, salt=_SALT, max_age=3600)
        except signing.BadSignature as error:
            raise Invalid(text("文件已过期，请重新上传")) from error
        if found[:2] != [by.person, resource.kind]:
            raise DomainError(text("文件已过期，请重新上传"))
        return found[2], found[3]
    upload = request.FILES.get("file")
    if upload is None or not upload.name:
        raise Invalid(text("请选择要导入的文件"))
    kept = files.keep(upload, name=upload.name, by=by, at=clock.now())
    return kept.pk, upload.name


def _token(resource: Resource[Any], request: HttpRequest, number: int, name: str) -> str:
    by = cast("Actor", request.actor)  # type: ignore[attr-defined]
    return signing.dumps([by.person, resource.kind, number, name], salt=_SALT)


def _summary(report: Report) -> str:
    counts = {
        "new": report.created,
        "changed": report.changed,
        "same": report.unchanged,
        "bad": len(report.refused),
    }
    return gettext("导入完成：新建%(new)d条，修改%(changed)d条，未变%(same)d条，未导入%(bad)d行") % counts


def _page(
    resource: Resource[Any], request: HttpRequest, *, status: int = 200, **context: Any
) -> HttpResponse:
    report = context.get("report")
    shown = report.problems[:_MOST_SHOWN] if report is not None else []
    labels = [gettext(shape.label) for shape in resource.shapes.values()]
    keys = [gettext(resource.shapes[key].label) for key in cast("Any", resource.imports).keys]
    found = {
        **head(resource, viewer_of(request), here=gettext("导入")),
        "problems": shown,
        "labels": labels,
        "keys": keys,
        **context,
    }
    return render_page(request, _TEMPLATE, found, status=status)
