"""What was achieved: one row a person, product and period, and the reports before it."""

from __future__ import annotations

from django.db import models

from bihuan.catalogue.models import Product
from bihuan.kernel.money import show
from bihuan.org.models import Person

from .versioned import VersionedRow


class Achievement(VersionedRow):
    """What a person had sold in a period up to a day, as reported on his task (SC-004 step 5, F-024).

    Each report is the next version.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="achievements", verbose_name="责任人")
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, related_name="achievements", verbose_name="产品"
    )
    amount = models.DecimalField("累计完成（元）", max_digits=16, decimal_places=2)
    rate = models.DecimalField("完成率（%）", max_digits=9, decimal_places=2, null=True)
    day = models.DateField("截至", null=True)

    class Meta(VersionedRow.Meta):
        verbose_name = verbose_name_plural = "完成情况"

    def __str__(self) -> str:
        """郑北行 2026-05 ¥90,000.00 90.0%."""
        parts = [str(self.person), str(self.product or ""), self.period, show(self.amount)]
        return " ".join(filter(None, [*parts, f"{self.rate:.1f}%" if self.rate is not None else ""]))
