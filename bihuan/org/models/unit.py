"""Units and positions."""

from __future__ import annotations

from django.db import models


class UnitKind(models.TextChoices):
    """What a unit is; a document belongs to the nearest company above its author's unit."""

    GROUP = "group", "集团"
    COMPANY = "company", "公司"
    STORE = "store", "门店"
    DEPARTMENT = "department", "部门"
    TEAM = "team", "小组"


class Unit(models.Model):
    """A node of the organisation tree. `path` is "/<id>/<id>/" from the root, so a subtree is one prefix."""

    code = models.CharField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=80)
    name_pinyin = models.CharField("拼音", max_length=200, editable=False, default="")
    short_name = models.CharField("简称", max_length=20, blank=True, default="")
    kind = models.CharField("类型", max_length=12, choices=UnitKind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级单位"
    )
    path = models.CharField(max_length=200, editable=False, default="", db_index=True)
    company = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+")
    head = models.ForeignKey(
        "org.Position", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="负责岗位"
    )
    retired_at = models.DateTimeField("停用时间", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = ["path", "name_pinyin"]

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    """A real post of the company. Packs never name positions: slots are bound to them (R-001)."""

    code = models.CharField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=80)
    name_pinyin = models.CharField("拼音", max_length=200, editable=False, default="")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="positions", verbose_name="所属单位")
    superior = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="inferiors", verbose_name="上级岗位"
    )
    retired_at = models.DateTimeField("停用时间", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "岗位"
        ordering = ["name_pinyin", "id"]

    def __str__(self) -> str:
        return self.name
