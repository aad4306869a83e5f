"""The journal of postings: what was written to registers, each row with the way to its source."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from bihuan.kernel.errors import Invalid, text
from bihuan.kit.access import viewer_of
from bihuan.kit.keyset import key_page
from bihuan.kit.ui.http import Request, render_page, whole_number
from bihuan.process import presenting, queries
from bihuan.process.models import Posting
from bihuan.process.registers import offered

STATES = {"": text("全部"), "standing": text("有效"), "reversed": text("已冲销")}
FILTERS = frozenset({"register", "state", "q", "case", "document", "after"})


@require_GET
def posting_list(request: Request) -> HttpResponse:
    """Postings of what a person may read, newest first."""
    unknown = set(request.GET) - FILTERS
    if unknown:
        raise Invalid(text("没有这些筛选条件:{names}"), names="、".join(sorted(unknown)))
    viewer = viewer_of(request)
    found = _filtered(request, queries.visible_postings(viewer))
    page = key_page(found, ("-id",), request.GET.get("after", ""))
    given = request.GET.copy()
    given.pop("after", None)
    base = f"{reverse('process:postings')}?{given.urlencode()}"
    shown = Posting.objects.filter(pk__in=[one.pk for one in page.rows])
    context = {
        "title": gettext("过账记录"),
        "entries": presenting.posting_entries(shown, viewer),
        "registers": [(name, register.label) for name, register in sorted(offered().items())],
        "states": [
            (code, gettext(label), code == request.GET.get("state", "")) for code, label in STATES.items()
        ],
        "chosen": request.GET,
        "next": f"{base}&after={page.next}" if page.next else "",
        "first": base if request.GET.get("after") else "",
    }
    return render_page(request, "process/postings.html", context)


def _filtered(request: Request, found: QuerySet[Posting]) -> QuerySet[Posting]:
    chosen = request.GET
    if chosen.get("register"):
        found = found.filter(register=chosen["register"])
    if chosen.get("state") in ("standing", "reversed"):
        found = found.filter(reversed_at__isnull=chosen["state"] == "standing")
    for key in ("case", "document"):
        if chosen.get(key):
            found = found.filter(**{key: whole_number(chosen[key]) or 0})
    for word in chosen.get("q", "")[:100].split()[:5]:
        found = found.filter(
            Q(document__number__icontains=word)
            | Q(document__title__icontains=word)
            | Q(key__icontains=word)
            | Q(document__isnull=True, case__number__icontains=word)
        )
    return found
