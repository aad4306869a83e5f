"""Slots of the packs, the positions bound to them, and deputies."""

from __future__ import annotations

from django.db import models

from .person import Person
from .unit import Position, Unit


class Slot(models.Model):
    """A role that processes name (岗位槽). `code` is unique over all packs; `names` is a label map."""

    code = models.CharField("代码", max_length=40, unique=True)
    names = models.JSONField("名称", default=dict)
    pack = models.CharField("流程包", max_length=40)
    external = models.BooleanField("外部方", default=False)
    via = models.CharField("经办槽位", max_length=40, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "岗位槽"
        ordering = ["pack", "id"]

    def __str__(self) -> str:
        return str(self.names.get("zh-Hans", self.code))


class Binding(models.Model):
    """A position that fills a slot within a unit and all below it; the nearest unit with a binding wins (R-001)."""

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="bindings", verbose_name="岗位槽")
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="bindings", verbose_name="适用单位")
    position = models.ForeignKey(Position, models.PROTECT, related_name="bindings", verbose_name="岗位")

    class Meta:
        verbose_name = verbose_name_plural = "岗位绑定"
        constraints = [models.UniqueConstraint(fields=["slot", "unit", "position"], name="org_binding_once")]

    def __str__(self) -> str:
        return f"{self.slot} → {self.position}"


class Deputy(models.Model):
    """Someone acts for someone else from a day to a day, for some processes or all (F-115, rules.md §27 delegate)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="deputies", verbose_name="委托人")
    deputy = models.ForeignKey(Person, models.CASCADE, related_name="deputises", verbose_name="代理人")
    since = models.DateField("开始日期")
    until = models.DateField("结束日期")
    processes = models.JSONField("适用流程", default=list, blank=True, help_text="为空表示全部流程")
    reason = models.CharField("原因", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "代理授权"
        ordering = ["-since", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(until__gte=models.F("since")), name="org_deputy_dates"),
            models.CheckConstraint(condition=~models.Q(person=models.F("deputy")), name="org_deputy_other"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} 代 {self.person}"
