"""我的待办 and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from bihuan.kernel import clock
from bihuan.kit.access import viewer_of
from bihuan.kit.keyset import key_page
from bihuan.kit.ui.http import Request, render_page
from bihuan.process import public as process


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for me, the most urgent first."""
    person = _person(request)
    context = _list(request, process.inbox(person), ("due_at", "id"), "inbox")
    now = clock.now()
    waiting = process.inbox(person)
    context["today"] = now
    context["total"] = waiting.count()
    context["overdue"] = process.overdue_count(person, now)
    context["due_today"] = waiting.filter(due_at__gte=now, due_at__lte=_midnight(now)).count()
    return render_page(request, "home/inbox.html", {**context, "title": gettext("我的待办")})


@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """What I have done, the latest first."""
    context = _list(request, process.done(_person(request)), ("-acted_at", "-id"), "done")
    return render_page(request, "home/done.html", {**context, "title": gettext("已办")})


@require_safe
def started(request: HttpRequest) -> HttpResponse:
    """Cases I started."""
    context = _list(request, process.started(_person(request)), ("-id",), "started")
    context["handlers"] = process.handlers([case.pk for case in context["rows"]])
    return render_page(request, "home/started.html", {**context, "title": gettext("我发起")})


@require_safe
def copies(request: HttpRequest) -> HttpResponse:
    """Cases shown to me to read."""
    context = _list(request, process.copied(viewer_of(request)), ("-id",), "copies")
    return render_page(request, "home/copies.html", {**context, "title": gettext("抄送我")})


@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    """Papers I have begun and not handed in."""
    context = _list(request, process.drafts(_person(request)), ("-id",), "drafts")
    return render_page(request, "home/drafts.html", {**context, "title": gettext("草稿")})


def _list(request: HttpRequest, rows: QuerySet[Any], order: Sequence[str], name: str) -> dict[str, Any]:
    page = key_page(rows, order, request.GET.get("after", ""))
    here = reverse(f"home:{name}")
    cases = [getattr(row, "case", row) for row in page.rows]
    return {
        "rows": page.rows,
        "sources": process.source_titles(cases, viewer_of(request)),
        "next": f"{here}?after={page.next}" if page.next else "",
        "first": f"{here}" if request.GET.get("after") else "",
        "tabs": _tabs(name),
    }


def _tabs(active: str) -> list[dict[str, Any]]:
    names = {
        "inbox": gettext("待办"),
        "done": gettext("已办"),
        "started": gettext("我发起"),
        "copies": gettext("抄送我"),
        "drafts": gettext("草稿"),
    }
    return [
        {"label": label, "url": reverse(f"home:{name}"), "active": name == active}
        for name, label in names.items()
    ]


def _midnight(now: datetime) -> datetime:
    """The end of the day."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _person(request: HttpRequest) -> int:
    return cast("int", cast("Request", request).actor.person)
