"""闭环总览: the loop as a ring, and what stands in one stage."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from bihuan.home import loop
from bihuan.home.loop import Stage, Standing
from bihuan.home.ring import CENTRE, INNER, SIZE, arcs
from bihuan.kernel import clock
from bihuan.kit.access import viewer_of
from bihuan.kit.keyset import key_page
from bihuan.kit.ui.http import Request, render_page
from bihuan.process import public as process

SHOWING = ("running", "late", "mine")


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The six stages with what stands in each, and what presses: my tasks, my people's late ones, what comes."""
    viewer, now = viewer_of(request), clock.now()
    stages = loop.standings(viewer, now)
    late = loop.late_below(viewer, now) if viewer.inferiors else None
    context = {
        "title": gettext("闭环总览"),
        "segments": segments(stages),
        "size": SIZE,
        "centre": CENTRE,
        "hole": INNER - 16,
        "cases": sum(one.cases for one in stages),
        "late": sum(one.late for one in stages),
        "has_money": any(one.money for one in stages),
        "has_broken": any(one.broken for one in stages),
        "todo": process.inbox(_person(request))[: loop.SHOWN],
        "heads": late is not None,
        "late_below": late[: loop.SHOWN] if late is not None else (),
        "coming": loop.coming(viewer, now)[: loop.SHOWN],
    }
    return render_page(request, "home/loop.html", context)


def segments(stages: list[Standing]) -> list[dict[str, Any]]:
    """Each stage with its place on the ring, its address and how it is said."""
    page = loop.broken_page()
    return [
        {
            "standing": one,
            "stage": one.stage,
            "arc": arc,
            "url": reverse("home:stage", args=[one.stage.code]),
            "broken_url": reverse(page) if page else "",
            "tone": "late" if one.late or one.broken else "open" if one.cases else "quiet",
            "said": _said(one),
        }
        for one, arc in zip(stages, arcs(len(stages)), strict=True)
    ]


def _said(one: Standing) -> str:
    """The stage in one sentence, for those who hear the page."""
    said = gettext("{stage}：进行中{cases}项，逾期{late}项，我的待办{mine}项")
    return said.format(stage=gettext(one.stage.label), cases=one.cases, late=one.late, mine=one.mine)


@require_safe
def stage_page(request: HttpRequest, stage: str) -> HttpResponse:
    """What stands in one stage: `?show=running` (all), `late` or `mine`."""
    found = loop.stage_named(stage)
    show = request.GET.get("show", "")
    show = show if show in SHOWING else "running"
    context = _tasks(request, found) if show == "mine" else _cases(request, found, late=show == "late")
    context |= {
        "title": gettext(found.label),
        "subtitle": gettext(found.hint),
        "show": show,
        "breadcrumbs": [
            {"label": gettext("闭环总览"), "url": reverse("home:loop")},
            {"label": gettext(found.label), "url": ""},
        ],
        "tabs": _tabs(found, show),
    }
    return render_page(request, "home/stage.html", context)


def _cases(request: HttpRequest, found: Stage, *, late: bool) -> dict[str, Any]:
    rows = loop.cases_of(found, viewer_of(request), late_at=clock.now() if late else None)
    context = _page(request, rows.select_related("starter", "version"), ("-id",))
    context["handlers"] = process.handlers([case.pk for case in context["rows"]])
    return context


def _tasks(request: HttpRequest, found: Stage) -> dict[str, Any]:
    return _page(request, loop.tasks_of(found, _person(request)), ("due_at", "id"))


def _page(request: HttpRequest, rows: Any, order: tuple[str, ...]) -> dict[str, Any]:
    page = key_page(rows, order, request.GET.get("after", ""))
    given = request.GET.copy()
    given.pop("after", None)
    base = f"{request.path}?{given.urlencode()}"
    return {
        "rows": page.rows,
        "sources": process.source_titles(
            [getattr(row, "case", row) for row in page.rows], viewer_of(request)
        ),
        "next": f"{base}&after={page.next}" if page.next else "",
        "first": base if request.GET.get("after") else "",
    }


def _tabs(found: Stage, show: str) -> list[dict[str, Any]]:
    names = {"running": gettext("进行中"), "late": gettext("逾期"), "mine": gettext("我的待办")}
    here = reverse("home:stage", args=[found.code])
    return [
        {"label": label, "url": f"{here}?show={name}", "active": name == show}
        for name, label in names.items()
    ]


def _person(request: HttpRequest) -> int:
    return cast("int", cast("Request", request).actor.person)
