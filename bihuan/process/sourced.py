"""Lists of rows that came from documents: who sees them, and the way to the source."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse

from bihuan.documents import public as documents
from bihuan.kit.access import Viewer
from bihuan.kit.crud import Resource
from bihuan.process.registers import Source

Row = TypeVar("Row", bound=models.Model)
_BULKY = ("data", "unread", "attachments")


def source_visible(viewer: Viewer, *, but: Q | None = None) -> Q:
    """The rows whose source document the viewer may read; `but` opens others as well (a right of the register)."""
    found = Q(documents.seen_through(viewer, "document"))
    return found | but if but is not None else found


def source_link(row: Any) -> str:
    """The address of the document a row came from; empty where there is none."""
    return reverse("documents:document", args=[row.document_id]) if row.document_id else ""


class SourcedResource(Resource[Row]):
    """A read-only list of rows that postings wrote; each leads to its source document."""

    panels = ()
    create = change = retire = None
    readers = "all"

    def visible_to(self, viewer: Viewer) -> QuerySet[Any]:
        """The rows whose source document the viewer may read."""
        return self.model._default_manager.filter(source_visible(viewer))

    def decorate(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Bring the documents' titles, but not all that stands in them."""
        return rows.select_related("document").defer(*(f"document__{name}" for name in _BULKY))

    def link(self, name: str, row: Any) -> str:
        """To the source document."""
        return source_link(row) if name == "document" else ""


def origin_of(source: Source) -> dict[str, Any]:
    """The columns that a SourcedRow keeps of a posting's source."""
    return {
        "company_id": source.company,
        "unit_id": source.unit,
        "document_id": source.document,
        "version_id": source.version,
        "secrecy": source.secrecy,
    }
