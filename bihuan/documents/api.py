"""The API of documents: the list, what a document says, its versions and what changed between them.

Documents are written through tasks: their steps say who may write which fields.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Schema

from bihuan.kernel import clock
from bihuan.kernel.errors import DomainError, NotFound, text
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.access import viewer_of
from bihuan.kit.crud.rest import add_router
from bihuan.kit.crud.rest_router import ApiRouter, actor_of, refuse_unknown
from bihuan.kit.keyset import key_page
from bihuan.kit.ui.http import whole_number

from . import pages
from .keeping import content_of
from .models import Document, DocumentVersion, State
from .queries import (
    document_for,
    listed_for,
    may_read,
    newest_version,
    search_documents,
    title_for,
    with_heads,
)
from .services import note_reading

router = ApiRouter(tags=["单据"])
FILTERS = ("q", "form", "state", "mine", "after")


def register() -> None:
    """Called once when the app is ready."""
    add_router("/documents", router)


class DocumentHead(Schema):
    """What is known of a document without reading it."""

    id: int
    form: str
    number: str
    title: str
    state: str
    author: str
    unit: str
    secrecy: str
    urgency: str
    version: int
    process: str
    created_at: datetime
    submitted_at: datetime | None
    passed_at: datetime | None


class Page(Schema):
    """A page of heads; `next` is the `after` of the following one, "" at the end."""

    items: list[DocumentHead]
    next: str


class VersionLine(Schema):
    """A version: made at each hand-in, revised where a later step wrote fields."""

    id: int
    number: int
    revision: int
    made_by: str
    made_at: datetime
    root: str


class DocumentDetail(DocumentHead):
    """A document; of one that may be known but not read, the head alone."""

    readable: bool
    lock: int | None = None
    remark: str = ""
    attachments: list[dict[str, Any]] = Field(default_factory=list)
    data: dict[str, Any] = Field(default_factory=dict)
    versions: list[VersionLine] = Field(default_factory=list)


class VersionDetail(VersionLine):
    """What a version kept."""

    head: dict[str, Any]
    data: dict[str, Any]


class Line(Schema):
    """One difference, in words."""

    place: str
    change: str
    before: str
    after: str


class Compared(Schema):
    """The differences between two versions, by their ids."""

    older: int
    newer: int
    lines: list[Line]


@router.get(
    "/", response=Page, summary="单据",
    openapi_extra={
        "parameters": [
            {"in": "query", "name": name, "required": False, "schema": {"type": "string"}} for name in FILTERS
        ]
    },
)  # fmt: skip
def listing(request: HttpRequest) -> Any:
    """Documents whose titles one may read, newest first."""
    chosen = refuse_unknown(request, FILTERS)
    found = _filtered(request, listed_for(viewer_of(request)))
    page = key_page(found, ("-id",), chosen.get("after", ""), bring=with_heads)
    return {"items": [_head(one) for one in page.rows], "next": page.next}


def _filtered(request: HttpRequest, found: QuerySet[Document]) -> QuerySet[Document]:
    chosen = request.GET
    if chosen.get("q"):
        found = search_documents(found, chosen["q"][:100])
    if chosen.get("form"):
        found = found.filter(form_version__form__code=chosen["form"])
    if chosen.get("state"):
        if chosen["state"] not in State.values:
            raise DomainError(text("参数{name}的值无效"), name="state")
        found = found.filter(state=chosen["state"])
    if chosen.get("mine"):
        found = found.filter(author=actor_of(request).person)
    return found


@router.get(
    "/{int:document}/", response=DocumentDetail, summary="一份单据",
)  # fmt: skip
def detail(request: HttpRequest, document: int) -> Any:
    """The newest version; of a draft only its author reads the working copy."""
    refuse_unknown(request, ())
    viewer = viewer_of(request)
    found = title_for(viewer, document)
    head = _head(found) | {"readable": may_read(viewer, document)}
    if not head["readable"]:
        return head
    note_reading(document=found, by=actor_of(request), at=clock.now())
    own = found.author_id == actor_of(request).person
    drafting = own and found.state in (State.DRAFT, State.RETURNED, State.WITHDRAWN)
    newest = newest_version(found)
    data = found.data if drafting or newest is None else content_of(newest)["data"]
    return head | {
        "lock": found.lock,
        "remark": found.remark,
        "attachments": found.attachments,
        "data": data,
        "versions": [
            _version(one) for one in found.versions.select_related("made_by").order_by("-number", "-revision")
        ],
    }


@router.get(
    "/{int:document}/versions/{int:version}/", response=VersionDetail, summary="一个版本",
)  # fmt: skip
def version(request: HttpRequest, document: int, version: int) -> Any:
    """What one version kept, for good."""
    refuse_unknown(request, ())
    found = document_for(viewer_of(request), document)
    kept = found.versions.select_related("made_by").filter(pk=version).first()
    if kept is None:
        raise NotFound(text("找不到这个版本"))
    note_reading(document=found, by=actor_of(request), at=clock.now())
    return _version(kept) | content_of(kept)


@router.get(
    "/{int:document}/compare/", response=Compared, summary="修订对比",
    openapi_extra={
        "parameters": [
            {"in": "query", "name": name, "required": False, "schema": {"type": "integer"}}
            for name in ("older", "newer")
        ]
    },
)  # fmt: skip
def compare(request: HttpRequest, document: int) -> Any:
    """Two versions field by field, by default the newest and what was handed in before it."""
    chosen = refuse_unknown(request, ("older", "newer"))
    found = document_for(viewer_of(request), document)
    versions = list(found.versions.order_by("number", "revision"))
    if len(versions) < 2:
        raise NotFound(text("这份单据还没有两个版本"))
    earlier = [one for one in versions if one.number < versions[-1].number] or versions[:1]
    older = _chosen(versions, chosen.get("older", ""), earlier[-1])
    newer = _chosen(versions, chosen.get("newer", ""), versions[-1])
    lines = pages.compared(found, older, newer)
    return {
        "older": older.pk,
        "newer": newer.pk,
        "lines": [
            {"place": one.place, "change": one.change, "before": one.before, "after": one.after}
            for one in lines
        ],
    }


def _chosen(versions: list[DocumentVersion], asked: str, default: DocumentVersion) -> DocumentVersion:
    if not asked:
        return default
    found = next((one for one in versions if one.pk == whole_number(asked)), None)
    if found is None:
        raise NotFound(text("找不到这个版本"))
    return found


def _head(document: Document) -> dict[str, Any]:
    return {
        "id": document.pk,
        "form": document.form_version.form.code,
        "number": document.number,
        "title": document.title,
        "state": document.state,
        "author": document.author.name,
        "unit": document.unit.name,
        "secrecy": Secrecy(document.secrecy).label,
        "urgency": document.urgency,
        "version": document.version_number,
        "process": document.process_code,
        "created_at": document.created_at,
        "submitted_at": document.submitted_at,
        "passed_at": document.passed_at,
    }


def _version(version: DocumentVersion) -> dict[str, Any]:
    return {
        "id": version.pk,
        "number": version.number,
        "revision": version.revision,
        "made_by": version.made_by.name if version.made_by else "",
        "made_at": version.made_at,
        "root": version.root,
    }
