"""Packs and their releases."""

from __future__ import annotations

from django.db import models

from bihuan.org.models import Unit


class Pack(models.Model):
    """An industry pack by its code."""

    code = models.CharField("代码", max_length=40, unique=True)
    names = models.JSONField("名称", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "流程包"
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.names.get("zh-Hans", self.code))


class PackRelease(models.Model):
    """What was tested and jointly signed together; a case pins one. `source` keeps the files as read."""

    class State(models.TextChoices):
        """Only an effective release starts new cases (SC-000)."""

        DRAFT = "draft", "草案"
        EFFECTIVE = "effective", "已生效"
        HISTORIC = "historic", "历史版本"

    pack = models.ForeignKey(Pack, models.PROTECT, related_name="releases", verbose_name="流程包")
    version = models.CharField("版本", max_length=20)
    revision = models.PositiveIntegerField("修订", default=1)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    digest = models.CharField("摘要", max_length=64)
    source = models.JSONField(default=dict)
    requires = models.JSONField(default=list)
    installed_at = models.DateTimeField("安装时间")
    installed_by = models.CharField("安装人", max_length=40)
    effective_at = models.DateTimeField("生效时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "流程包版本"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["pack", "version", "revision"], name="packs_release_once"),
            models.UniqueConstraint(
                fields=["pack"], condition=models.Q(state="effective"), name="packs_release_one_effective"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pack} {self.version}"


class PackUse(models.Model):
    """A pack switched on for a unit and all below it (R-003)."""

    pack = models.ForeignKey(Pack, models.CASCADE, related_name="uses", verbose_name="流程包")
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="pack_uses", verbose_name="单位")
    on = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "流程包启用"
        constraints = [models.UniqueConstraint(fields=["pack", "unit"], name="packs_use_once")]

    def __str__(self) -> str:
        return f"{self.pack} · {self.unit}"
