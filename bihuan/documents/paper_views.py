"""A document on paper: PDF and Word."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from bihuan.kernel import clock
from bihuan.kernel.errors import NotFound, text
from bihuan.kit.access import viewer_of
from bihuan.kit.paper import pdf_response
from bihuan.kit.ui.http import Request, whole_number

from . import printing
from .models import Document, DocumentVersion
from .pages import is_drafting
from .queries import document_for, newest_version
from .services import note_reading


@require_GET
def print_page(request: Request, document_id: int) -> HttpResponse:
    """打印: the PDF of the version that the page shows, for whoever may read the page."""
    document = document_for(viewer_of(request), document_id)
    version, draft = asked_version(request, document)
    content = printing.print_document(
        document, version, viewer=viewer_of(request), by=request.actor, working_copy=draft
    )
    note_reading(document=document, by=request.actor, at=clock.now())
    return pdf_response(content, printing.file_name(document, version, ".pdf"))


def asked_version(request: Request, document: Document) -> tuple[DocumentVersion | None, bool]:
    """The version named in the address, else the newest or, for its author, the draft; raises NotFound."""
    asked = request.GET.get("version", "")
    if asked:
        found = document.versions.filter(pk=whole_number(asked) or 0).first()
        if found is None:
            raise NotFound(text("这份单据没有这个版本"))
        return found, False
    if is_drafting(document, request.actor.person):
        return None, True
    newest = newest_version(document)
    return newest, newest is None and document.author_id == request.actor.person
