"""What the kit itself adds to the shell of every page: the bell and the administrators' job page."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bihuan.kit.access import viewer_of
from bihuan.kit.files import api
from bihuan.kit.jobs.queries import dead_count
from bihuan.kit.notify.views import bell
from bihuan.kit.ui.context import provide
from bihuan.kit.ui.menu import menu


def connect() -> None:
    """Called once when the app is ready."""
    provide("notices", bell)
    api.register()
    menu.group("system", _("系统"), "settings", 950)
    menu.add("system", _("后台作业"), "jobs:list", "clock", 90, visible=_admin, count=_dead)


def _admin(request: HttpRequest) -> bool:
    return viewer_of(request).admin


def _dead(request: HttpRequest) -> int:
    return dead_count()
