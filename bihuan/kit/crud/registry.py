"""From declarations to addresses, menu entries and REST."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.utils.module_loading import autodiscover_modules
from django.utils.text import format_lazy
from django.views.decorators.http import require_safe

from bihuan.kit.access import viewer_of
from bihuan.kit.crud import directory, saved, views
from bihuan.kit.crud.resource import Resource
from bihuan.kit.crud.rest import rest_api
from bihuan.kit.crud.rest_page import api_page
from bihuan.kit.once import once
from bihuan.kit.ui.menu import menu as side_menu

_SHOWING = {"list", "export", "template", "options", "detail", "history"}
Declared = TypeVar("Declared", bound=type[Resource[Any]])


def resource(
    *, menu: str, order: int = 100, name: str = "", in_menu: bool = True
) -> Callable[[Declared], Declared]:
    """Register the decorated Resource under `/<menu>/<name>/`, `/api/<menu>/<name>/` and in the side menu.

    `name` defaults to the class name in kebab case. People without the right to view don't see the entry.
    """

    def register(declared: Declared) -> Declared:
        made = declared()
        made.menu = menu
        made.name = name or re.sub(r"(?<!^)(?=[A-Z])", "-", declared.__name__).lower()
        directory.add(made)
        if in_menu:
            label = format_lazy("{}", made.model._meta.verbose_name_plural)
            url_name = f"crud:{menu}-{made.name}-list"
            side_menu.add(menu, label, url_name, made.icon, order, visible=partial(_visible, made))
        return declared

    return register


def _visible(made: Resource[Any], request: HttpRequest) -> bool:
    return made.may_view(viewer_of(request))


def register_urls() -> list[URLPattern | URLResolver]:
    """Find every app's `resources.py` and return the addresses of all registers and of their REST twins."""
    autodiscover_modules("resources")
    registers = directory.resources()
    pages = [pattern for found in registers for pattern in _pages(found)]
    api = rest_api(registers)
    return [
        path("", (pages, "crud", "crud")),
        path("api/", api.urls),
        path("api-docs/", api_page, {"api": api}, name="api_docs"),
    ]


def _pages(found: Resource[Any]) -> list[URLPattern]:
    routes: dict[str, tuple[str, Callable[..., HttpResponseBase]]] = {
        "list": ("", views.list_page),
        "new": ("new/", views.new_page),
        "bulk": ("bulk/", views.run_bulk),
        "export": ("export/", views.export),
        "import": ("import/", views.import_page),
        "template": ("import/template/", views.import_template),
        "options": ("options/<str:field>/", views.options),
        "view": ("views/", saved.keep_view),
        "detail": ("<int:row>/", views.detail_page),
        "edit": ("<int:row>/edit/", views.edit_page),
        "retire": ("<int:row>/retire/", views.retire_row),
        "history": ("<int:row>/history/", views.history_page),
    }
    base = f"{found.menu}/{found.name}/"
    return [
        path(base + tail, _guarded(page, partial(view, found)), name=f"{found.menu}-{found.name}-{page}")
        for page, (tail, view) in routes.items()
    ]


def _guarded(page: str, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Pages that only show answer 405 to a form; a new row is made once however often its form is sent."""
    if page == "new":
        return once(cast("Any", view))
    return require_safe(view) if page in _SHOWING else view
