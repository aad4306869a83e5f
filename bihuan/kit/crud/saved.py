"""Saved views of a list: keep, offer, drop. Each belongs to one person and holds no data, only an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext

from bihuan.kernel.errors import Invalid, NotAllowed, text
from bihuan.kit.access import Viewer, viewer_of
from bihuan.kit.crud.listing import parse
from bihuan.kit.crud.models import SavedView
from bihuan.kit.crud.resource import Resource
from bihuan.kit.ui.http import whole_number

_MOST = 20


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A saved view as the list offers it."""

    id: int
    name: str
    url: str


def shortcuts(resource: Resource[Any], viewer: Viewer) -> list[Shortcut]:
    """The person's views of this register, by name."""
    found = _own(resource, viewer).order_by("name")
    return [Shortcut(view.pk, view.name, f"{resource.url()}{view.query}") for view in found]


def _own(resource: Resource[Any], viewer: Viewer) -> QuerySet[SavedView]:
    if viewer.person is None:
        return SavedView.objects.none()
    return SavedView.objects.filter(person=viewer.person, register=resource.kind)


def keep_view(resource: Resource[Any], request: HttpRequest) -> HttpResponseBase:
    """Keep the address of the list under a name (the same name is replaced), or drop one."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    viewer = viewer_of(request)
    resource.require_view(viewer)
    if (dropped := whole_number(request.POST.get("drop", ""))) is not None:
        _own(resource, viewer).filter(pk=dropped).delete()
        return redirect(resource.url())
    return _keep(resource, request, viewer)


def _keep(resource: Resource[Any], request: HttpRequest, viewer: Viewer) -> HttpResponse:
    if viewer.person is None:
        raise NotAllowed(text("请先登录"))
    own = _own(resource, viewer)
    name = request.POST.get("name", "").strip()[:40]
    query = parse(resource, QueryDict(request.POST.get("query", "").lstrip("?"))).address()
    if not name:
        raise Invalid(text("请给视图起个名字"))
    if own.exclude(name=name).count() >= _MOST:
        raise Invalid(text("最多保存{number}个视图，请先删除不用的"), number=_MOST)
    SavedView.objects.update_or_create(
        person=viewer.person, register=resource.kind, name=name, defaults={"query": query[:2000]}
    )
    messages.success(request, gettext("已保存视图“%(name)s”") % {"name": name})
    return redirect(f"{resource.url()}{query}")
