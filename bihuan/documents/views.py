"""Pages of documents: one document, two versions side by side, the list, and searches for fields."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from bihuan.kernel import clock
from bihuan.kernel.errors import Invalid, NotFound, text
from bihuan.kernel.period import Period
from bihuan.kit.access import viewer_of
from bihuan.kit.keyset import first_rows
from bihuan.kit.ui.field_view import Option
from bihuan.kit.ui.http import Request, render_page, whole_number
from bihuan.org.models import Person

from . import pages, registry
from .models import Document, DocumentVersion, Form, State
from .queries import (
    PASSED,
    document_for,
    listed_for,
    may_read,
    search_documents,
    title_for,
    visible_to,
    with_heads,
)
from .services import note_reading

PAGE = 30
MOST_FOUND = 20
FILTERS = frozenset({"q", "form", "state", "author", "period", "mine", "before", "after"})


@require_GET
def document_page(request: Request, document_id: int) -> HttpResponse:
    """One document as the viewer may read it; administrators may get no further than its head."""
    viewer = viewer_of(request)
    document = title_for(viewer, document_id)
    readable = may_read(viewer, document_id)
    context: dict[str, Any] = {
        "title": document.title,
        "subtitle": f"{pages.form_name(document)} {document.number}".strip(),
        "breadcrumbs": _crumbs(document.number or document.title),
        "document": document,
        "badge": pages.badge(document),
        "facts": pages.facts_of(document, readable=readable),
        "readable": readable,
    }
    if readable:
        note_reading(document=document, by=request.actor, at=clock.now())
        context |= _content(request, document)
    return render_page(request, "documents/document.html", context)


def _content(request: Request, document: Document) -> dict[str, Any]:
    versions = list(document.versions.select_related("made_by").order_by("-number", "-revision"))
    own = document.author_id == request.actor.person
    asked = request.GET.get("version", "")
    shown = next((one for one in versions if str(one.pk) == asked), None)
    panels = [panel for maker in registry.panels if (panel := maker(request, document)) is not None]
    drafting = pages.is_drafting(document, request.actor.person)
    return pages.read_context(document, version=shown, working_copy=drafting and shown is None) | {
        "versions": versions,
        "drafting": drafting and shown is None,
        "history": pages.history_of(document),
        "linked": pages.linked(document, viewer_of(request)),
        "panels": [panel for panel in panels if not panel.side],
        "side_panels": [panel for panel in panels if panel.side],
        "readings": document.readings.select_related("person")[:20] if own else [],
    }


@require_GET
def compare_page(request: Request, document_id: int) -> HttpResponse:
    """修订对比: two versions field by field, by default the newest and what was handed in before it."""
    document = document_for(viewer_of(request), document_id)
    versions = list(document.versions.order_by("number", "revision"))
    if len(versions) < 2:
        raise NotFound(text("这份单据还没有两个版本"))
    newest = versions[-1]
    handed_in = [one for one in versions if one.number < newest.number]
    older = _version(document, request.GET.get("older", ""), handed_in[-1] if handed_in else versions[0])
    newer = _version(document, request.GET.get("newer", ""), newest)
    context = {
        "title": gettext("修订对比"),
        "subtitle": f"{document.number} {document.title}",
        "breadcrumbs": _crumbs(gettext("修订对比"), document),
        "document": document,
        "versions": versions,
        "older": older,
        "newer": newer,
        "lines": pages.compared(document, older, newer),
    }
    return render_page(request, "documents/compare.html", context)


def _version(document: Document, asked: str, default: DocumentVersion) -> DocumentVersion:
    if not asked:
        return default
    return get_object_or_404(document.versions, pk=whole_number(asked))


def _crumbs(here: str, document: Document | None = None) -> list[dict[str, str]]:
    crumbs = [{"label": gettext("单据"), "url": reverse("documents:list")}]
    if document is not None:
        url = reverse("documents:document", args=[document.pk])
        crumbs.append({"label": document.number or document.title, "url": url})
    return [*crumbs, {"label": here, "url": ""}]


@require_GET
def list_page(request: Request) -> HttpResponse:
    """All documents whose titles the viewer may read, newest first, with filters and keyset pages."""
    unknown = set(request.GET) - FILTERS
    if unknown:
        raise Invalid(text("没有这些筛选条件：{names}"), names="、".join(sorted(unknown)))
    found = _filtered(request, listed_for(viewer_of(request)))
    rows, previous, following = _page(request, found)
    context = {
        "title": gettext("单据"),
        "lines": list(pages.lines_of(rows)),
        "previous": previous,
        "next": following,
        "chosen": request.GET,
        "forms": pages.forms_in_use(),
        "states": State.choices,
        "periods": _periods(),
        "filtered": any(request.GET.get(key) for key in FILTERS - {"before", "after"}),
    }
    return render_page(request, "documents/list.html", context)


def _filtered(request: Request, found: QuerySet[Document]) -> QuerySet[Document]:
    chosen = request.GET
    if chosen.get("q"):
        found = search_documents(found, chosen["q"][:100])
    if chosen.get("form"):
        found = found.filter(form_version__form__code=chosen["form"])
    if chosen.get("state") in State.values:
        found = found.filter(state=chosen["state"])
    if chosen.get("author"):
        name = chosen["author"][:40]
        found = found.filter(Q(author__name__icontains=name) | Q(author__name_pinyin__contains=name.lower()))
    if chosen.get("mine"):
        found = found.filter(author=request.actor.person)
    if chosen.get("period"):
        period = Period.parse(chosen["period"])
        found = found.filter(created_at__gte=_midnight(period.start))
        if period.end < date.max:
            found = found.filter(created_at__lt=_midnight(period.end) + timedelta(days=1))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=clock.TZ)


def _periods() -> list[tuple[str, str]]:
    month = Period.of(clock.today(), "month")
    months = [month, month.previous(), month.previous().previous()]
    years = [Period.of(clock.today(), "year"), Period.of(clock.today(), "year").previous()]
    return [(one.code, one.code) for one in [*months, *years]]


def _page(request: Request, found: QuerySet[Document]) -> tuple[list[Document], str, str]:
    """One page by key: `before` and `after` are ids; addresses of the pages beside it."""
    before, after = (whole_number(request.GET.get(key, "")) for key in ("before", "after"))
    if before:
        found = found.filter(pk__lt=before)
    if after:
        found = found.filter(pk__gt=after)
    rows = list(first_rows(found, ("id" if after else "-id",), PAGE + 1, with_heads))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if after:
        rows.reverse()
    if not rows:
        return [], "", ""
    newer = _address(request, after=rows[0].pk) if (more if after else before) else ""
    older = _address(request, before=rows[-1].pk) if (True if after else more) else ""
    return rows, newer, older


def _address(request: Request, **key: int) -> str:
    kept = {name: value for name, value in request.GET.items() if value and name not in ("before", "after")}
    return f"?{urlencode({**kept, **key})}"


@require_GET
def people(request: Request) -> JsonResponse:
    """Active people by name, pinyin or initials, for `user` fields."""
    words = request.GET.get("q", "").strip()[:40]
    found = Person.objects.filter(is_active=True)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(name_pinyin__contains=words.lower()))
    options = (
        Option(str(one.pk), one.name, one.name_pinyin, _posts(one))
        for one in found.prefetch_related("positions__unit")[:MOST_FOUND]
    )
    return _results(options)


def _posts(person: Person) -> str:
    return "、".join(f"{position.unit.name}{position.name}" for position in person.positions.all()[:2])


@require_GET
def references(request: Request, to: str) -> JsonResponse:
    """Passed documents and register rows the viewer may see, for `ref` fields; `to` as in the form."""
    words = request.GET.get("q", "").strip()[:100]
    names = [] if to == "any" else to.split(",")
    viewer = viewer_of(request)
    options: list[Option] = []
    forms = []
    for name in names:
        source = registry.reference_source(name)
        if source is None:
            forms.append(name.split(".")[0])
            continue
        found = source.search(words, viewer, MOST_FOUND)
        options += [Option(f"{name}:{one.value}", one.label, one.search, one.note) for one in found]
    if forms or not names:
        documents = visible_to(viewer).exclude(state=State.VOID)
        documents = documents.filter(Q(state__in=PASSED) | ~Q(form_version__form__kind=Form.Kind.DOCUMENT))
        if forms:
            documents = documents.filter(form_version__form__code__in=forms)
        documents = search_documents(documents, words).select_related("form_version__form").order_by("-id")
        options += [
            Option(str(one.pk), f"{one.number} {one.title}".strip(), one.title_pinyin, pages.form_name(one))
            for one in documents[:MOST_FOUND]
        ]
    return _results(options)


def _results(options: Iterable[Option]) -> JsonResponse:
    found = [
        {"value": one.value, "label": one.label, "note": one.note, "search": one.search} for one in options
    ]
    return JsonResponse({"results": found})
