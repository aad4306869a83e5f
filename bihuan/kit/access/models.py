"""A grant: one person, position or unit subtree may read one object, for a reason and a time."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Grant(models.Model):
    """Permission to read one object (R-011). `unit_path` stands for the unit and all below it."""

    kind = models.CharField("对象类型", max_length=60)
    object_id = models.BigIntegerField("对象")
    person = models.BigIntegerField("人员", null=True)
    position = models.BigIntegerField("岗位", null=True)
    unit_path = models.CharField("单位", max_length=200, null=True)
    why = models.CharField("原因", max_length=200)
    until = models.DateTimeField("截止时间", null=True)
    granted_at = models.DateTimeField("授权时间")
    granted_by = models.BigIntegerField("授权人", null=True)
    granted_by_name = models.CharField("授权人姓名", max_length=80)
    revoked_at = models.DateTimeField("收回时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "授权"
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, position__isnull=True, unit_path__isnull=True)
                | Q(person__isnull=True, position__isnull=False, unit_path__isnull=True)
                | Q(person__isnull=True, position__isnull=True, unit_path__isnull=False),
                name="kit_grant_one_receiver",
            )
        ]
        indexes = [
            models.Index(fields=["kind", "object_id"], name="kit_grant_object"),
            models.Index(
                fields=["person", "kind"], name="kit_grant_person", condition=Q(person__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}: {self.person or self.position or self.unit_path}"
