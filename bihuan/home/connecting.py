"""What this app adds to the shell: the menu of one's own work."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bihuan.home import api, digest, figures
from bihuan.kit.access import viewer_of
from bihuan.kit.keyset import count_up_to
from bihuan.kit.ui.context import provide
from bihuan.kit.ui.menu import menu
from bihuan.process import public as process


def connect() -> None:
    """Fill the menu; called once when the app is ready."""
    api.register()
    menu.group("mine", _("我的工作"), "inbox", 0)
    digest.connect()
    figures.connect()
    provide("palette", lambda request: {"url": reverse("home:palette"), "page": reverse("home:search")})
    provide("home", lambda request: reverse("home:loop"))
    menu.add("mine", _("我的待办"), "home:inbox", "inbox", 10, count=_open, main=True)
    menu.add("mine", _("发起流程"), "process:start", "plus", 20, main=True)
    menu.add("mine", _("已办"), "home:done", "check", 30, main=True)
    menu.add("mine", _("我发起"), "home:started", "send", 40, main=True)
    menu.add("mine", _("抄送我"), "home:copies", "copy", 50, count=_unread_copies)
    menu.add("mine", _("草稿"), "home:drafts", "pencil", 60)
    menu.add("mine", _("闭环总览"), "home:loop", "refresh", 70)


def _person(request: HttpRequest) -> int:
    return int(request.actor.person)  # type: ignore[attr-defined]


def _open(request: HttpRequest) -> int:
    return count_up_to(process.inbox(_person(request)))


def _unread_copies(request: HttpRequest) -> int:
    return count_up_to(process.copied(viewer_of(request)).filter(read_at=None))
