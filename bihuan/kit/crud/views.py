"""The pages of every register. Each gets the Resource first; all writing goes through `commands`."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError, Invalid, NotFound, text
from bihuan.kit.access import viewer_of
from bihuan.kit.crud import commands, entry, pages
from bihuan.kit.crud.commands import Stale, stamp_of
from bihuan.kit.crud.exporting import export_rows, xlsx_response
from bihuan.kit.crud.importing import write_template
from bihuan.kit.crud.listing import page, parse
from bihuan.kit.crud.resource import Resource
from bihuan.kit.crud.upload import import_page
from bihuan.kit.ui.http import render_page, whole_number

__all__ = [
    "detail_page",
    "edit_page",
    "export",
    "history_page",
    "import_page",
    "import_template",
    "list_page",
    "new_page",
    "options",
    "retire_row",
    "run_bulk",
]
_MOST_TICKED = 500


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request."""
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def list_page(resource: Resource[Any], request: HttpRequest) -> HttpResponse:
    """The list: filters, search, sorting, columns, ticks for bulk actions."""
    viewer = viewer_of(request)
    resource.require_view(viewer)
    query = parse(resource, request.GET)
    found = page(resource, query, viewer)
    context = pages.list_context(resource, query, found, viewer)
    return render_page(request, "kit/crud/list.html", context)


def detail_page(resource: Resource[Any], request: HttpRequest, row: int) -> HttpResponse:
    """One row: its facts and its panels."""
    viewer = viewer_of(request)
    context = pages.detail_context(resource, resource.get(viewer, row), viewer)
    return render_page(request, "kit/crud/detail.html", context)


def history_page(resource: Resource[Any], request: HttpRequest, row: int) -> HttpResponse:
    """Everything that ever happened to one row."""
    viewer = viewer_of(request)
    found = resource.get(viewer, row)
    before = request.GET.get("before", "")
    number = whole_number(before)
    if before and number is None:
        raise DomainError(text("参数{name}的值无效"), name="before")
    context = pages.history_context(resource, found, viewer, number)
    return render_page(request, "kit/crud/history.html", context)


def new_page(resource: Resource[Any], request: HttpRequest) -> HttpResponse:
    """The empty form, and the creation. The address may preset fields (`?unit=3`)."""
    viewer = viewer_of(request)
    resource.require_edit(viewer, "create")
    if request.method != "POST":
        unknown = next((name for name in request.GET if name not in resource.shapes), None)
        if unknown is not None:
            raise DomainError(text("不认识的参数：{name}"), name=unknown)
        return _form(resource, request, entry.initial(resource, request.GET.dict()))
    given = entry.from_form(resource, request.POST, viewer)
    try:
        made = commands.create(resource, given.require(), by=actor_of(request), at=clock.now())
    except Invalid as error:
        return _form(resource, request, given.raw, problem=error)
    messages.success(request, gettext("已新建“%(name)s”") % {"name": made})
    return redirect(resource.url("detail", made.pk))


def edit_page(resource: Resource[Any], request: HttpRequest, row: int) -> HttpResponse:
    """The filled form, and the change; 409 with both versions when someone else was first."""
    viewer = viewer_of(request)
    found = resource.get(viewer, row)
    resource.require_edit(viewer, "change")
    if request.method != "POST":
        return _form(resource, request, entry.stored(resource, found), row=found)
    given = entry.from_form(resource, request.POST, viewer, found)
    stamp = request.POST.get("stamp", "")
    try:
        commands.change(
            resource, row, given.require(), viewer=viewer, stamp=stamp, by=actor_of(request), at=clock.now()
        )
    except Stale as stale:
        return _form(resource, request, given.raw, row=stale.row, problem=stale)
    except Invalid as error:
        return _form(resource, request, given.raw, row=found, problem=error, stamp=stamp)
    messages.success(request, gettext("已保存"))
    return redirect(resource.url("detail", row))


def _form(
    resource: Resource[Any],
    request: HttpRequest,
    raw: Mapping[str, str],
    *,
    row: Any = None,
    problem: DomainError | None = None,
    stamp: str = "",
) -> HttpResponse:
    viewer = viewer_of(request)
    stale = isinstance(problem, Stale)
    context = {
        **pages.head(resource, viewer, row, gettext("修改") if row is not None else gettext("新建")),
        "stamp": stamp or (stamp_of(row, resource.shapes.values()) if row is not None else ""),
        "problem": problem.text(gettext) if problem is not None else "",
        "stale": stale,
        "fields": entry.field_views(
            resource,
            raw,
            viewer,
            errors=problem.fields if problem is not None else None,
            warnings=pages.differences(resource, row, raw) if stale else None,
        ),
        "back": resource.url("detail", row.pk) if row is not None else resource.url(),
    }
    return render_page(request, "kit/crud/form.html", context, status=problem.status if problem else 200)


def retire_row(resource: Resource[Any], request: HttpRequest, row: int) -> HttpResponse:
    """Ask, then retire or remove a row."""
    viewer = viewer_of(request)
    found = resource.get(viewer, row)
    resource.require_edit(viewer, "retire")
    if request.method != "POST":
        context = {
            **pages.head(resource, viewer, found, resource.retiring),
            "back": resource.url("detail", row),
        }
        return render_page(request, "kit/crud/retire.html", context)
    name = str(found)
    commands.retire(resource, row, viewer=viewer, by=actor_of(request), at=clock.now())
    messages.success(request, gettext("%(name)s：已%(done)s") % {"name": name, "done": resource.retiring})
    return redirect(resource.url())


def run_bulk(resource: Resource[Any], request: HttpRequest) -> HttpResponseBase:
    """Run one declared action on the ticked rows; one refusal does not stop the others."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    viewer = viewer_of(request)
    resource.require_view(viewer)
    action = next(
        (one for one in pages.bulk_actions(resource, viewer) if one.code == request.POST.get("action")), None
    )
    ticked = [number for value in request.POST.getlist("row") if (number := whole_number(value)) is not None]
    if action is None or len(ticked) > _MOST_TICKED:
        raise DomainError(text("请选择要做的操作和记录"))
    done, refused = 0, []
    for number in ticked:
        try:
            commands.run_verb(
                resource, number, action.verb, viewer=viewer, by=actor_of(request), at=clock.now()
            )
            done += 1
        except DomainError as error:
            refused.append(f"#{number} {error.text(gettext)}")
    messages.success(
        request, gettext("%(action)s：%(done)d条") % {"action": gettext(action.label), "done": done}
    )
    if refused:
        messages.warning(
            request, gettext("有%(count)d条没有成功：") % {"count": len(refused)} + "；".join(refused[:5])
        )
    return redirect(resource.url())


def export(resource: Resource[Any], request: HttpRequest) -> HttpResponseBase:
    """The list as a file: `format` xlsx or csv, everything else as in the list's address."""
    viewer = viewer_of(request)
    resource.require_view(viewer)
    given = request.GET.copy()
    form = (given.pop("format", None) or ["xlsx"])[-1]
    if form not in {"xlsx", "csv"}:
        raise DomainError(text("参数{name}的值无效"), name="format")
    return export_rows(resource, parse(resource, given), viewer, cast("Any", form), clock.now())


def import_template(resource: Resource[Any], request: HttpRequest) -> HttpResponseBase:
    """An empty workbook to fill."""
    viewer = viewer_of(request)
    if resource.imports is None:
        raise NotFound(text("找不到这个页面"))
    resource.require_edit(viewer, "create")
    target = io.BytesIO()
    write_template(resource, viewer, target)
    target.seek(0)
    return xlsx_response(target, f"{resource.title}-{gettext('导入模板')}.xlsx")


def options(resource: Resource[Any], request: HttpRequest, field: str) -> HttpResponse:
    """Choices of a reference that has too many to list: JSON for the select's search."""
    viewer = viewer_of(request)
    resource.require_view(viewer)
    shape = resource.shapes.get(field)
    if shape is None or not shape.is_reference:
        raise NotFound(text("找不到这个页面"))
    found = pages.search_options(resource, field, request.GET.get("q", ""), viewer)
    return JsonResponse(
        {"results": [{"value": o.value, "label": o.label, "note": o.note, "search": o.search} for o in found]}
    )
