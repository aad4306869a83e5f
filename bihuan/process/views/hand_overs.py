"""交接失败: what could not be brought to a case, with its reason, and another try."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bihuan.kernel import clock
from bihuan.kit.ui.http import Request, render_page
from bihuan.process import queries, services
from bihuan.process.services import handing


@require_GET
def hand_over_list(request: Request) -> HttpResponse:
    """The failed hand-overs that this person may try again, the newest first."""
    rows = handing.broken_for(request.actor, clock.now())
    return render_page(request, "process/hand_overs.html", {"title": gettext("交接失败"), "rows": rows})


@require_POST
def retry(request: Request, hand_over_id: int) -> HttpResponse:
    """Try one again."""
    sender = services.retry_hand_over(hand_over=hand_over_id, by=request.actor, at=clock.now())
    messages.success(request, gettext("已重新交接"))
    if sender is not None and queries.can_see(sender, request.actor):
        return redirect("process:case", case_id=sender)
    return redirect(reverse("process:hand_overs"))
