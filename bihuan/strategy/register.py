"""The register `target`: what signed plans promise, and what has been achieved of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import text
from bihuan.kernel.period import Period
from bihuan.kit.access import Viewer
from bihuan.kit.ui.field_view import Option
from bihuan.process.public import Post

from . import queries, services
from .models import Achievement, Target

ACHIEVED = "target.achieved"
"""What expressions and view fields call a report of what was achieved."""
_VALUES = frozenset(
    {"lines", "owner", "person", "plan_month", "period", "product", "qty", "quantity", "amount"}
)


class TargetRegister:
    """`target.write` (a signed F-023, whole or row by row), `target.adjust` (its next version), `target.achieved`.

    The last one is the newest report of a person and period: `person period amount`, and if known
    `product rate day`.
    """

    name = "target"
    label = text("销售目标")
    words: Mapping[str, str] = {
        "write": text("写入目标"),
        "adjust": text("调整目标"),
        "achieved": text("记录完成"),
    }
    actions: Mapping[str, frozenset[str]] = {
        "write": _VALUES,
        "adjust": _VALUES | {"target_ref"},
        "achieved": frozenset({"person", "period", "product", "amount", "rate", "day"}),
    }

    def post(self, post: Post, *, by: Actor, at: datetime) -> None:
        """Write rows, replacing those in force."""
        if post.action == "achieved":
            services.write_achievement(post=post, by=by, at=at)
        else:
            services.write_targets(post=post, by=by, at=at, whole=post.action == "adjust")

    def reverse(self, posting: int, *, by: Actor, at: datetime) -> None:
        """Withdraw them; what they replaced is in force again."""
        services.take_back_targets(posting=posting, by=by, at=at)
        services.take_back_achievement(posting=posting, by=by, at=at)

    def rows(self, kind: str) -> QuerySet[Any] | None:
        """`target.row`: what is in force; `target.version`: every version; `target.achieved`: the newest reports."""
        if kind in ("", "row"):
            return Target.objects.filter(state=Target.State.CURRENT)
        if kind == "achieved":
            newest = Achievement.objects.filter(state=Achievement.State.CURRENT)
            return newest.select_related("person", "product")
        return Target.objects.all() if kind == "version" else None

    def plain(self, row: Target | Achievement) -> Mapping[str, Any]:
        """A row's values."""
        return achieved(row) if isinstance(row, Achievement) else _promised(row)


def _promised(row: Target) -> Mapping[str, Any]:
    return {
        "id": row.pk, "person": row.person_id, "product": row.product_id, "period": row.period,
        "quantity": row.quantity, "amount": row.amount, "version": row.version, "state": row.state,
        "unit": row.unit_id, "document": row.document_id,
    }  # fmt: skip


def achieved(row: Achievement) -> Mapping[str, Any]:
    """A report's values; `followed_by` is the period after its own, to find last month's from this month's plan."""
    return {
        "id": row.pk, "person": row.person_id, "product": row.product_id, "period": row.period,
        "followed_by": Period.parse(row.period).next().code, "amount": row.amount, "rate": row.rate,
        "day": row.day, "version": row.version, "state": row.state, "unit": row.unit_id,
        "document": row.document_id,
    }  # fmt: skip


class AchievementReference:
    """Reports as what view fields show (`{find: target.achieved}`)."""

    def search(self, text: str, viewer: Viewer, limit: int) -> Iterable[Option]:
        """Nobody chooses a report: a process names it."""
        return []

    def find(self, raw: object, viewer: Viewer | None) -> dict[str, Any] | None:
        """The report by its id, for a viewer only one that he may see."""
        seen = Achievement.objects.all() if viewer is None else queries.visible_achievements(viewer)
        number = str(raw)
        found = (
            seen.select_related("person", "product").filter(pk=number).first() if number.isdecimal() else None
        )
        return (
            None
            if found is None
            else {"id": found.pk, "number": "", "title": str(found), "version": found.version}
        )

    def values(self, id: int) -> Mapping[str, Any]:
        """The report's values, as it was made; empty where it is gone."""
        found = Achievement.objects.filter(pk=id).first()
        return achieved(found) if found is not None else {}

    def url(self, id: int) -> str:
        """The report's page."""
        return reverse("crud:strategy-achievements-detail", args=[id])
