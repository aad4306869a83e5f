"""The page 通知: list, bell, settings."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.kernel import clock
from bihuan.kit.access import signed_in
from bihuan.kit.ui.http import Request, render_page, whole_number

from . import services
from .models import MailWish, Preference
from .registry import kinds

PAGE = 50


def _person(request: Request) -> int:
    return cast("int", request.actor.person)


def bell(request: HttpRequest) -> dict[str, object]:
    """The shell's part `notices`: how many are unread, and where they stand."""
    person = request.actor.person  # type: ignore[attr-defined]
    return {
        "count": services.unread_count(person),
        "url": reverse("notify:list"),
        "count_url": reverse("notify:count"),
        "settings_url": reverse("notify:preferences"),
    }


@require_GET
@signed_in
def notice_list(request: Request) -> HttpResponse:
    """A person's notices, newest first; `?unread=1` leaves out those read."""
    unread = request.GET.get("unread") == "1"
    found = services.notices_of(
        _person(request),
        unread=unread,
        before=whole_number(request.GET.get("before", "")),
        limit=PAGE + 1,
    )
    more = len(found) > PAGE
    following = f"?{'unread=1&' if unread else ''}before={found[PAGE - 1].pk}" if more else ""
    context = {"title": gettext("通知"), "entries": found[:PAGE], "unread": unread, "next": following}
    return render_page(request, "kit/notify/list.html", context)


@require_GET
@signed_in
def notice_count(request: Request) -> HttpResponse:
    """The bell's number as a fragment, asked for from time to time."""
    return render(request, "kit/notify/count.html", {"count": services.unread_count(_person(request))})


@require_GET
@signed_in
def notice_open(request: Request, notice_id: int) -> HttpResponse:
    """Mark a notice as read and go where it leads."""
    found = services.read_notice(notice_id=notice_id, person=_person(request), at=clock.now())
    return redirect(found.url or reverse("notify:list"))


@require_POST
@signed_in
def notice_read(request: Request, notice_id: int) -> HttpResponse:
    """Mark a notice as read and stay."""
    services.read_notice(notice_id=notice_id, person=_person(request), at=clock.now())
    return redirect("notify:list")


@require_POST
@signed_in
def notice_read_all(request: Request) -> HttpResponse:
    """Mark everything as read."""
    services.read_all(person=_person(request), at=clock.now())
    return redirect("notify:list")


@require_http_methods(["GET", "POST"])
@signed_in
def preferences(request: Request) -> HttpResponse:
    """How one wants each kind of notice."""
    person = _person(request)
    if request.method == "POST":
        wishes = {
            kind.code: services.Wish(
                request.POST.get(f"app-{kind.code}") == "on", request.POST.get(f"mail-{kind.code}", "")
            )
            for kind in kinds()
        }
        services.set_preferences(person=person, wishes=wishes)
        messages.success(request, gettext("通知设置已保存"))
        return redirect("notify:preferences")
    chosen = {row.kind: row for row in Preference.objects.filter(person=person)}
    lines = [
        {"kind": kind, "label": gettext(kind.label), "wish": chosen.get(kind.code, kind)} for kind in kinds()
    ]
    context = {
        "title": gettext("通知设置"),
        "breadcrumbs": [{"label": gettext("通知"), "url": reverse("notify:list")}],
        "lines": lines,
        "mail_choices": MailWish.choices,
        "mail_on": services.mail_is_set_up(),
    }
    return render_page(request, "kit/notify/preferences.html", context)
