"""A draft that goes from one pair of hands to another before it is handed in."""

from __future__ import annotations

from datetime import datetime

from bihuan.kernel.actor import Actor
from bihuan.kit import audit

from .models import Document
from .queries import KIND


def take_over_draft(*, document: Document, by: Actor, at: datetime) -> None:
    """Make the one who fills a draft its author; a document once handed in keeps its own.

    A step of several holders opens a draft for the first of them; whoever fills it is the author.
    """
    if document.version_number or document.author_id == by.person or by.person is None:
        return
    before = document.author_id
    Document.objects.filter(pk=document.pk, version_number=0).update(
        author=by.person, author_position=by.position
    )
    document.author_id, document.author_position_id = by.person, by.position
    audit.record(
        kind=KIND, id=document.pk, verb="take_over", by=by, at=at, changes={"author": (before, by.person)},
        company=document.company_id,
    )  # fmt: skip
