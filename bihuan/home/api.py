"""The API of one's own work: the inbox and its neighbours."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Schema

from bihuan.kernel import clock
from bihuan.kit.access import viewer_of
from bihuan.kit.crud.rest import add_router
from bihuan.kit.crud.rest_router import ApiRouter, actor_of, refuse_unknown
from bihuan.process import public as process

router = ApiRouter(tags=["我的工作"])
AFTER = process.parameter("after")


def register() -> None:
    """Called once when the app is ready."""
    add_router("/mine", router)


class Inbox(process.Rows[process.WorkLine]):
    """What waits, with how many in all and how many past their time."""

    total: int
    overdue: int


class CopyLine(Schema):
    """A case shown to me."""

    case: process.CaseLine
    by: str
    note: str
    at: datetime
    read_at: datetime | None


@router.get(
    "/inbox/", response=Inbox, summary="我的待办", openapi_extra=AFTER,
)  # fmt: skip
def inbox(request: HttpRequest) -> Any:
    """What waits for me, the most urgent first."""
    refuse_unknown(request, ("after",))
    person = actor_of(request).someone
    waiting = process.inbox(person)
    found = process.rows_page(request, waiting, ("due_at", "id"), process.work_line)
    return {
        **found,
        "total": waiting.count(),
        "overdue": process.overdue_count(person, clock.now()),
    }


@router.get(
    "/done/", response=process.Rows[process.WorkLine], summary="已办", openapi_extra=AFTER,
)  # fmt: skip
def done(request: HttpRequest) -> Any:
    """What I have done, the latest first."""
    refuse_unknown(request, ("after",))
    rows = process.done(actor_of(request).someone)
    return process.rows_page(request, rows, ("-acted_at", "-id"), process.work_line)


@router.get(
    "/started/", response=process.Rows[process.CaseLine], summary="我发起", openapi_extra=AFTER,
)  # fmt: skip
def started(request: HttpRequest) -> Any:
    """Cases I started, the newest first."""
    refuse_unknown(request, ("after",))
    rows = process.started(actor_of(request).someone).select_related("starter")
    return process.rows_page(request, rows, ("-id",), process.case_line)


@router.get(
    "/copies/", response=process.Rows[CopyLine], summary="抄送我", openapi_extra=AFTER,
)  # fmt: skip
def copies(request: HttpRequest) -> Any:
    """Cases shown to me to read."""
    refuse_unknown(request, ("after",))
    return process.rows_page(request, process.copied(viewer_of(request)), ("-id",), _copy_line)


def _copy_line(copy: process.Copy) -> dict[str, Any]:
    return {
        "case": process.case_line(copy.case),
        "by": copy.by.name if copy.by else "",
        "note": copy.note,
        "at": copy.at,
        "read_at": copy.read_at,
    }


@router.get(
    "/drafts/", response=process.Rows[process.WorkLine], summary="草稿", openapi_extra=AFTER,
)  # fmt: skip
def drafts(request: HttpRequest) -> Any:
    """Papers I have begun and not handed in."""
    refuse_unknown(request, ("after",))
    rows = process.drafts(actor_of(request).someone)
    return process.rows_page(request, rows, ("-id",), process.work_line)
