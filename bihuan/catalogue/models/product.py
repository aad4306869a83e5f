"""What we sell, and the stage each product has reached."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bihuan.org.models import Unit
from bihuan.process.models import SourcedRow


class Stage(models.TextChoices):
    """The stage of a product's life; the department's focus changes with it (SC-D06)."""

    INTRODUCTION = "导入期", "导入期"
    GROWTH = "成长期", "成长期"
    MATURITY = "成熟期", "成熟期"
    DECLINE = "衰退期", "衰退期"


class Product(models.Model):
    """A product or model; `code` is unique over the whole database, `company` sells it."""

    company = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="+",
        blank=True,
        verbose_name="公司",
        help_text="为空时取本人所在公司",
    )
    code = models.CharField("产品代码", max_length=40, unique=True)
    name = models.CharField("产品名称", max_length=120)
    name_pinyin = models.CharField("拼音", max_length=200, editable=False, default="")
    category = models.CharField("类别", max_length=40, blank=True, default="")
    measure = models.CharField("计量单位", max_length=20, blank=True, default="")
    stage = models.CharField("产品阶段", max_length=10, choices=Stage, blank=True, default="")
    list_price = models.DecimalField("目录价（元）", max_digits=16, decimal_places=2, null=True, blank=True)
    note = models.TextField("说明", blank=True, default="")
    retired_at = models.DateTimeField("停用时间", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "产品"
        ordering = ["name_pinyin", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(list_price=None) | Q(list_price__gte=0), name="catalogue_product_price"
            )
        ]

    def __str__(self) -> str:
        return self.name


class StageChange(SourcedRow):
    """That a product went from one stage to the next by an approved proposal (F-131)."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="stages", verbose_name="产品")
    before = models.CharField("原阶段", max_length=10, choices=Stage, blank=True, default="")
    after = models.CharField("新阶段", max_length=10, choices=Stage)
    reversed_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "产品阶段记录"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.product} {self.before or '—'} → {self.after}"
