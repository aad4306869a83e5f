"""Facts from market information sheets and intelligence items; every row opens its source."""

from __future__ import annotations

from django.db import models

from bihuan.process.models import SourcedRow


class Fact(SourcedRow):
    """One accepted market information sheet (F-004): what was seen or heard, where, and how far to trust it.

    Performance, price and means of marketing stand apart (duty 1(2)). A row whose posting was taken back
    is withdrawn (`retired_at`), not removed.
    """

    topic = models.CharField("信息类别", max_length=40)
    competitor = models.CharField("竞争对手", max_length=120, blank=True, default="")
    competitor_pinyin = models.CharField(max_length=200, blank=True, default="", editable=False)
    product = models.CharField("产品/型号", max_length=200, blank=True, default="")
    area = models.CharField("区域", max_length=80, blank=True, default="")
    content = models.TextField("信息内容")
    performance = models.TextField("性能/技术要点", blank=True, default="")
    price = models.DecimalField("价格（元）", max_digits=16, decimal_places=2, null=True)
    promotion = models.TextField("促销/营销手段", blank=True, default="")
    need = models.TextField("客户需求", blank=True, default="")
    impact = models.CharField("对我方影响", max_length=10, blank=True, default="")
    suggestion = models.TextField("建议", blank=True, default="")
    collected_on = models.DateField("收集日期", null=True)
    origin = models.CharField("信息来源", max_length=240, blank=True, default="")
    grading = models.CharField("可靠性/可信度", max_length=4, blank=True, default="")
    retired_at = models.DateTimeField("撤回时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "市场信息"
        ordering = ["-collected_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["document"], condition=models.Q(retired_at=None), name="research_fact_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.competitor or self.product or self.area}".strip()


class Item(SourcedRow):
    """An intelligence item: released by hand (F-012), or a finding of an accepted report (F-009)."""

    title = models.CharField("标题", max_length=200)
    title_pinyin = models.CharField(max_length=400, blank=True, default="", editable=False)
    type = models.CharField("类型", max_length=20)
    content = models.TextField("内容")
    evidence = models.TextField("依据", blank=True, default="")
    got_on = models.DateField("获得日期")
    origin = models.CharField("来源", max_length=240, blank=True, default="")
    grading = models.CharField("可靠性/可信度", max_length=4, blank=True, default="")
    retired_at = models.DateTimeField("撤回时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "情报条目"
        ordering = ["-got_on", "-id"]

    def __str__(self) -> str:
        return self.title
