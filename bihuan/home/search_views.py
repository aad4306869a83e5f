"""The search page, which needs no script, and the hits under the palette's field (Ctrl-K)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from bihuan.home.search import search
from bihuan.kernel import clock
from bihuan.kit.ui.http import render_page

IN_PALETTE, ON_PAGE = 5, 20
"""Hits of each kind."""


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Everything that fits `?q=`, by kind."""
    words = request.GET.get("q", "").strip()
    groups = search(request, words, most=ON_PAGE, everywhere=True, at=clock.now())
    return render_page(
        request, "home/search.html", {"title": gettext("查找"), "words": words, "groups": groups}
    )


@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """The first hits of each kind, as a list to choose from with the keyboard."""
    words = request.GET.get("q", "").strip()
    groups = search(request, words, most=IN_PALETTE, everywhere=False, at=clock.now())
    return render(request, "home/_palette.html", {"words": words, "groups": groups})
