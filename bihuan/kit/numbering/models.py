"""Where each number series stands."""

from __future__ import annotations

from django.db import models


class NumberSeries(models.Model):
    """The last number given in a scope; a scope holds the period, so a new month starts at 1."""

    scope = models.CharField("范围", max_length=200, unique=True)
    last = models.BigIntegerField("最后编号")

    class Meta:
        verbose_name = verbose_name_plural = "编号序列"

    def __str__(self) -> str:
        return f"{self.scope}: {self.last}"
