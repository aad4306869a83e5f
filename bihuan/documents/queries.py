"""Reading documents: default deny, one condition for every door (design.md §9, rules.md §26)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from bihuan.kernel.errors import NotFound, text
from bihuan.kernel.period import Period
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.access import Viewer, granted, granted_ids
from bihuan.kit.keyset import among

from . import registry
from .models import Document, DocumentField, DocumentVersion, State

KIND = "document"
"""What documents are called in grants, links, files and the audit trail."""

PASSED = (State.PASSED, State.RUNNING, State.CLOSED, State.ARCHIVED)
"""States in which a document counts as passed."""


def visible_to(viewer: Viewer) -> QuerySet[Document]:
    """The documents whose content the viewer may read.

    The author, who takes part in its work, superiors of the author (up to 秘密, once handed in) and
    holders of a grant. What is marked 机密 or above opens to a grant by name only, never by post or unit.
    """
    if viewer.person is None:
        return Document.objects.none()
    open_to = Q(author=viewer.person) | _takes_part(viewer)
    named = Viewer(viewer.person)
    open_to |= Q(granted(viewer, KIND), secrecy__lte=Secrecy.CONFIDENTIAL) | Q(granted(named, KIND))
    if viewer.inferiors:
        ceiling = min(Secrecy.CONFIDENTIAL, viewer.clearance)
        below = Q(author__in=viewer.inferiors, secrecy__lte=ceiling)
        open_to |= below & Q(version_number__gt=0)
    return Document.objects.filter(open_to)


def seen_through(viewer: Viewer, document: str) -> Exists:
    """Whether the viewer may read the document of a row; `document` names its column.

    Asked row by row: `document__in=visible_to(…)` would work out all the documents of the company first.
    """
    return Exists(visible_to(viewer).filter(pk=OuterRef(document)))


def titled_to(viewer: Viewer) -> QuerySet[Document]:
    """The documents whose titles the viewer may read: administrators see those up to 内部 as well."""
    found = visible_to(viewer)
    if not viewer.admin:
        return found
    return found | Document.objects.filter(secrecy__lte=Secrecy.INTERNAL).exclude(version_number=0)


def listed_for(viewer: Viewer) -> QuerySet[Document]:
    """The same documents for a list, which must find them among all; single ones are asked of `titled_to`."""
    found = titled_to(viewer)
    return found.filter(among("pk", _near(viewer))) if viewer.sees_few else found


def _near(viewer: Viewer) -> QuerySet[Document, Any]:
    """Ids of all documents that can be visible to somebody who sees few, found by index."""
    own = Document.objects.filter(author__in=[viewer.person, *viewer.inferiors]).order_by().values("pk")
    return own.union(
        granted_ids(viewer, KIND), *(nearby(viewer) for nearby in registry.participants.values())
    )


def with_heads(documents: QuerySet[Document]) -> QuerySet[Document]:
    """With the form, unit and author that a line of a list names."""
    return documents.select_related("form_version__form", "unit", "author")


def _takes_part(viewer: Viewer) -> Q:
    conditions = [Q(source(viewer, "pk")) for source in registry.participants]
    return reduce(or_, conditions, Q(pk__in=()))


def document_for(viewer: Viewer, document_id: int) -> Document:
    """The document, if the viewer may read it; raises NotFound."""
    return _one(visible_to(viewer), document_id)


def title_for(viewer: Viewer, document_id: int) -> Document:
    """The document, if the viewer may at least read its title; raises NotFound."""
    return _one(titled_to(viewer), document_id)


def _one(documents: QuerySet[Document], document_id: int) -> Document:
    related = ("form_version__form", "unit", "company", "author", "author_position")
    found = documents.select_related(*related).filter(pk=document_id).first()
    if found is None:
        raise NotFound(text("找不到这份单据"))
    return found


def may_read(viewer: Viewer, document_id: int) -> bool:
    """Whether the viewer may read the content."""
    return visible_to(viewer).filter(pk=document_id).exists()


def newest_version(document: Document) -> DocumentVersion | None:
    """What others than those who write read."""
    return document.versions.order_by("-number", "-revision").first()


def search_documents(documents: QuerySet[Document], words: str) -> QuerySet[Document]:
    """Those whose number, title or the title's pinyin (also initials) holds every word."""
    for word in words.split()[:5]:
        plain = word.lower()
        documents = documents.filter(
            Q(number__icontains=plain) | Q(title__icontains=word) | Q(title_pinyin__contains=plain)
        )
    return documents


def passed_documents(
    form_code: str, where: Mapping[str, Any] | None = None, *, company_id: int | None = None
) -> QuerySet[Document]:
    """Passed documents of a form with these indexed values, newest first (`{find, where}`, formats.md).

    A list as a value means any of them.
    """
    found = Document.objects.filter(form_version__form__code=form_code, state__in=PASSED)
    if company_id is not None:
        found = found.filter(company_id=company_id)
    for key, value in (where or {}).items():
        found = found.filter(has_value(key, value))
    return found.order_by("-passed_at", "-id")


def has_value(key: str, value: Any) -> Exists:
    """The condition that a document's indexed field has this value, or one of a list."""
    wanted = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    conditions = (Q(**{column: one}) for column, one in map(index_value, wanted))
    rows = DocumentField.objects.filter(document=OuterRef("pk"), key=key)
    return Exists(rows.filter(reduce(or_, conditions, Q(pk__in=()))))


def index_value(value: Any) -> tuple[str, Any]:
    """The column of the index and what stands there for one typed value."""
    match value:
        case bool():
            return "text", "true" if value else "false"
        case int() | Decimal():
            return "number", value
        case date():
            return "date", value.date() if hasattr(value, "date") else value
        case Period():
            return "text", value.code
        case Mapping() if "start" in value:
            return index_value(value["start"])
        case _ if hasattr(value, "keys") or hasattr(value, "ref"):
            return "ref", int(value["id"])
    return "text", str(value)[:200]
