"""The journal of what processes posted to registers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bihuan.documents.models import Document, DocumentVersion
from bihuan.org.models import Person

from .case import Case


class Posting(models.Model):
    """One posting of a step: what was to be written where, from which version of which document.

    `row` is the block row it was made in ("2", "2.0"), `step_no` the engine's count of passed steps
    then, `back` the engine's number of the return that reversed it, so that a straight back can post
    it again. A posting that is not reversed stands once for its document, register, action and key.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="postings", verbose_name="流程实例")
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="postings", verbose_name="来源单据"
    )
    version = models.ForeignKey(
        DocumentVersion, models.PROTECT, null=True, related_name="+", verbose_name="单据版本"
    )
    node = models.CharField("步骤", max_length=80)
    row = models.CharField(max_length=40, blank=True, default="")
    register = models.CharField("台账", max_length=40)
    action = models.CharField("动作", max_length=40)
    key = models.CharField("键", max_length=120, blank=True, default="")
    values = models.JSONField("内容", default=dict)
    step_no = models.PositiveIntegerField(default=0)
    back = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="过账人")
    at = models.DateTimeField("过账时间")
    reversed_at = models.DateTimeField("冲销时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "过账记录"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "register", "action", "key"],
                condition=Q(reversed_at__isnull=True, document__isnull=False),
                name="process_posting_once",
            ),
            models.UniqueConstraint(
                fields=["case", "register", "action", "key"],
                condition=Q(reversed_at__isnull=True, document__isnull=True),
                name="process_posting_case_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register}.{self.action} {self.key}".strip()
