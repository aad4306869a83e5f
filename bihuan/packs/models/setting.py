"""Settings that packs declare and units may change."""

from __future__ import annotations

from django.db import models

from bihuan.org.models import Unit


class Setting(models.Model):
    """The value of a declared setting for a unit and all below it; without a row the default holds."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="settings", verbose_name="单位")
    key = models.CharField("设置项", max_length=80)
    value = models.JSONField("值")

    class Meta:
        verbose_name = verbose_name_plural = "设置"
        constraints = [models.UniqueConstraint(fields=["unit", "key"], name="packs_setting_once")]

    def __str__(self) -> str:
        return f"{self.key} · {self.unit}"
