"""Typed edges between two records at fixed versions: the golden thread is made of them."""

from __future__ import annotations

from django.db import models


class Link(models.Model):
    """From a source to a target; version 0 stands for records that have no versions."""

    kind = models.CharField("关系", max_length=60)
    source_kind = models.CharField("来源类型", max_length=60)
    source_id = models.BigIntegerField("来源")
    source_version = models.PositiveIntegerField("来源版本", default=0)
    target_kind = models.CharField("目标类型", max_length=60)
    target_id = models.BigIntegerField("目标")
    target_version = models.PositiveIntegerField("目标版本", default=0)
    made_at = models.DateTimeField("建立时间")
    made_by = models.BigIntegerField("建立人", null=True)
    made_by_name = models.CharField("建立人姓名", max_length=80)

    class Meta:
        verbose_name = verbose_name_plural = "关联"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "source_kind", "source_id", "source_version",
                    "kind", "target_kind", "target_id", "target_version",
                ],
                name="kit_link_once",
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["target_kind", "target_id"], name="kit_link_target")]

    def __str__(self) -> str:
        return f"{self.source_kind} {self.source_id} —{self.kind}→ {self.target_kind} {self.target_id}"
