"""Processes and their versions."""

from __future__ import annotations

from django.db import models

from bihuan.packs.models import PackRelease


class Process(models.Model):
    """A process by its code (SC-001)."""

    code = models.CharField("代号", max_length=20, unique=True)
    pack = models.CharField("流程包", max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "流程"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class ProcessVersion(models.Model):
    """One version: the BPMN is what runs and is drawn, the outline what it was written as. Never changed."""

    process = models.ForeignKey(Process, models.PROTECT, related_name="versions", verbose_name="流程")
    release = models.ForeignKey(
        PackRelease, models.PROTECT, related_name="process_versions", verbose_name="流程包版本"
    )
    names = models.JSONField("名称", default=dict)
    outline = models.JSONField(default=dict)
    bpmn = models.TextField()
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "流程版本"
        constraints = [models.UniqueConstraint(fields=["process", "release"], name="process_version_once")]

    def __str__(self) -> str:
        return f"{self.process_id} {self.names.get('zh-Hans', '')}"
