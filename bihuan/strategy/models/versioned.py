"""What is in force of a target or of what was achieved, and the versions before it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bihuan.process.models import SourcedRow


class VersionedRow(SourcedRow):
    """A row of a `person`, `product` and period: in force until another posting writes the next version.

    Without a product it is the whole of the period. `replaced_by` is that posting; a row whose own posting
    is taken back is withdrawn. Both stay readable. `retired_at` is when the row ceased to be in force.
    """

    class State(models.TextChoices):
        """Whether the row counts."""

        CURRENT = "current", "有效"
        REPLACED = "replaced", "已有新版"
        WITHDRAWN = "withdrawn", "已撤销"

    period = models.CharField("期间", max_length=8)
    version = models.PositiveIntegerField("版本", default=1)
    state = models.CharField("状态", max_length=10, choices=State, default=State.CURRENT)
    replaced_by = models.BigIntegerField(null=True, db_index=True, editable=False)
    retired_at = models.DateTimeField("失效时间", null=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["-period", "person", "product"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "person", "product", "period"], name="%(app_label)s_%(class)s_once",
                condition=Q(state="current", product__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["company", "person", "period"], name="%(app_label)s_%(class)s_whole_once",
                condition=Q(state="current", product__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(state="current", retired_at__isnull=True)
                | (~Q(state="current") & Q(retired_at__isnull=False)),
                name="%(app_label)s_%(class)s_in_force",
            ),
        ]  # fmt: skip
