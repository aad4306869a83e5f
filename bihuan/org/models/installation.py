"""What kind of database this is."""

from __future__ import annotations

from django.db import models


class Installation(models.Model):
    """The one row that says whether this database was created as a demo; absent means it was not."""

    demo = models.BooleanField("演示库", default=False)
    created_at = models.DateTimeField("创建时间")

    class Meta:
        verbose_name = verbose_name_plural = "安装"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="org_installation_one")]

    def __str__(self) -> str:
        return "演示库" if self.demo else "正式库"
