"""A page as the process app has one: shows the form, saves drafts, hands in. Only for tests."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.template import engines
from django.urls import include, path, reverse

from bihuan.documents.domain.rights import FILL
from bihuan.documents.filling import draft_response, form_context, posted
from bihuan.documents.models import Document
from bihuan.documents.queries import document_for
from bihuan.documents.services import save_draft, submit_document
from bihuan.kernel import clock
from bihuan.kernel.errors import Invalid
from bihuan.kit.access import viewer_of
from bihuan.kit.ui.http import Request

PAGE = engines["django"].from_string(
    '{% extends "kit/page.html" %}{% block content %}{% include "documents/_form.html" %}{% endblock %}'
)


def fill(request: Request, document_id: int) -> HttpResponse:
    document = document_for(viewer_of(request), document_id)
    if request.method == "GET":
        return _page(request, document)
    raw, head = posted(document, request.POST, FILL)
    common = {
        "document": document,
        "data": raw,
        "head": head,
        "rights": FILL,
        "by": request.actor,
        "at": clock.now(),
    }
    lock = int(request.POST["lock"])
    if request.POST.get("act") != "submit":
        save_draft(**common, lock=lock)
        return HttpResponseRedirect(request.path)
    try:
        submit_document(**common, lock=lock, process_code="SC-001")
    except Invalid as error:
        return _page(request, document, errors=error.fields, data=raw, status=422)
    return HttpResponseRedirect(reverse("documents:document", args=[document.pk]))


def _page(request: Request, document: Document, status: int = 200, **more: object) -> HttpResponse:
    context = form_context(
        document, FILL, by=request.actor, save_url=f"/autosave/{document.pk}/", process_code="SC-001", **more
    )
    page = PAGE.render({**context, "title": document.title}, request)
    return HttpResponse(page, status=status)


def autosave(request: Request, document_id: int) -> HttpResponse:
    document = document_for(viewer_of(request), document_id)
    raw, head = posted(document, request.POST, FILL)
    saved = save_draft(
        document=document, data=raw, head=head, lock=int(request.POST["lock"]), rights=FILL, by=request.actor,
        at=clock.now(),
    )  # fmt: skip
    return draft_response(request, saved, FILL, by=request.actor)


urlpatterns = [
    path("fill/<int:document_id>/", fill),
    path("autosave/<int:document_id>/", autosave),
    path("", include("bihuan.config.urls")),
]
