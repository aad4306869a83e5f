"""The register `target`: what signed plans promise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import text
from bihuan.process.public import Post

from . import services
from .models import Target

_VALUES = frozenset(
    {"lines", "owner", "person", "plan_month", "period", "product", "qty", "quantity", "amount"}
)


class TargetRegister:
    """`target.write` (a signed F-023, whole or row by row) and `target.adjust` (its next version)."""

    name = "target"
    label = text("销售目标")
    words: Mapping[str, str] = {"write": text("写入目标"), "adjust": text("调整目标")}
    actions: Mapping[str, frozenset[str]] = {"write": _VALUES, "adjust": _VALUES | {"target_ref"}}

    def post(self, post: Post, *, by: Actor, at: datetime) -> None:
        """Write rows, replacing those in force."""
        services.write_targets(post=post, by=by, at=at, whole=post.action == "adjust")

    def reverse(self, posting: int, *, by: Actor, at: datetime) -> None:
        """Withdraw them; what they replaced is in force again."""
        services.take_back_targets(posting=posting, by=by, at=at)

    def rows(self, kind: str) -> QuerySet[Target] | None:
        """`target.row`: what is in force; `target.version`: every version."""
        if kind in ("", "row"):
            return Target.objects.filter(state=Target.State.CURRENT)
        return Target.objects.all() if kind == "version" else None

    def plain(self, row: Target) -> Mapping[str, Any]:
        """A row's values."""
        return {
            "id": row.pk, "person": row.person_id, "product": row.product_id, "period": row.period,
            "quantity": row.quantity, "amount": row.amount, "version": row.version, "state": row.state,
            "unit": row.unit_id, "document": row.document_id,
        }  # fmt: skip
