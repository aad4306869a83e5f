"""A document on paper: PDF and Word."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_POST

from bihuan.kernel import clock
from bihuan.kernel.errors import Invalid, NotFound, text
from bihuan.kernel.label import show
from bihuan.kit.access import viewer_of
from bihuan.kit.files.services import open_file
from bihuan.kit.paper import content_disposition, pdf_response, safe_name
from bihuan.kit.ui.http import Request, render_page, whole_number

from . import printing, word, word_templates
from .definitions import definition_of
from .models import Document, DocumentVersion, Form, FormVersion, WordTemplate
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


@require_GET
def word_page(request: Request, document_id: int) -> HttpResponse:
    """The same in Word: in the form's own template where there is one, else plain."""
    document = document_for(viewer_of(request), document_id)
    version, draft = asked_version(request, document)
    content = printing.word_of(
        document, version, viewer=viewer_of(request), by=request.actor, working_copy=draft
    )
    note_reading(document=document, by=request.actor, at=clock.now())
    return _word(content, printing.file_name(document, version, ".docx"))


@require_GET
def template_list(request: Request) -> HttpResponse:
    """All forms with their Word templates, for administrators."""
    word_templates.need_admin(request.actor)
    language = get_language() or "zh-hans"
    newest = dict(FormVersion.objects.order_by("pk").values_list("form_id", "names"))
    forms = Form.objects.filter(kind=Form.Kind.DOCUMENT).select_related("word_template__file")
    rows = [
        {
            "code": one.code,
            "name": show(newest.get(one.pk, {}), language),
            "template": getattr(one, "word_template", None),
        }
        for one in forms
    ]
    return render_page(request, "documents/word_templates.html", {"title": gettext("Word模板"), "rows": rows})


@require_POST
def put_template(request: Request, code: str) -> HttpResponse:
    """Keep an uploaded template."""
    word_templates.need_admin(request.actor)
    found = request.FILES.get("file")
    if found is None or not found.name:
        raise Invalid(text("请选择要上传的文件"))
    if (found.size or 0) > word.MAX_TEMPLATE:
        raise Invalid(text("模板超过5MB"))
    word_templates.put_word_template(
        form=code, content=found.read(), name=found.name, by=request.actor, at=clock.now()
    )
    messages.success(request, gettext("模板已启用"))
    return redirect("documents:word_templates")


@require_POST
def remove_template(request: Request, code: str) -> HttpResponse:
    """Go back to plain Word."""
    word_templates.remove_word_template(form=code, by=request.actor, at=clock.now())
    messages.success(request, gettext("模板已停用"))
    return redirect("documents:word_templates")


@require_GET
def template_file(request: Request, code: str) -> HttpResponse:
    """The template in use, or one to begin with that names all fields."""
    word_templates.need_admin(request.actor)
    version = word_templates.newest_version(code)
    own = WordTemplate.objects.filter(form__code=code).select_related("file").first()
    if own is not None and "starter" not in request.GET:
        with open_file(own.file) as content:
            return _word(content.read(), own.file.name)
    name = safe_name(code, show(version.names, get_language() or "zh-hans"), gettext("模板"), suffix=".docx")
    return _word(word.starter(definition_of(version)), name)


def _word(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=word.DOCX_TYPE)
    response.headers["Content-Disposition"] = content_disposition(name)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


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
