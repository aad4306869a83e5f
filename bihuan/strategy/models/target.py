"""Targets: one row a person, product and period, and the versions before it."""

from __future__ import annotations

from django.db import models

from bihuan.catalogue.models import Product
from bihuan.org.models import Person

from .versioned import VersionedRow


class Target(VersionedRow):
    """What a person is to sell of a product in a period, as signed (SC-004, F-023)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="targets", verbose_name="责任人")
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, related_name="targets", verbose_name="产品"
    )
    quantity = models.DecimalField("数量", max_digits=18, decimal_places=4, default=0)
    amount = models.DecimalField("金额（元）", max_digits=16, decimal_places=2, default=0)

    class Meta(VersionedRow.Meta):
        verbose_name = verbose_name_plural = "销售目标"

    def __str__(self) -> str:
        return f"{self.person} {self.product or ''} {self.period}"
