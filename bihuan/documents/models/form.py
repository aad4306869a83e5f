"""Forms and their versions."""

from __future__ import annotations

from django.db import models

from bihuan.packs.models import PackRelease


class Form(models.Model):
    """A paper form by its code (F-001); what it asks stands in its versions."""

    class Kind(models.TextChoices):
        """How a form is used (forms.md §0)."""

        DOCUMENT = "document", "单据"
        RECORD = "record", "台账"
        VIEW = "view", "视图"

    code = models.CharField("代码", max_length=20, unique=True)
    key = models.CharField("键", max_length=60)
    kind = models.CharField("类型", max_length=10, choices=Kind)

    class Meta:
        verbose_name = verbose_name_plural = "表单"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class FormVersion(models.Model):
    """What a form asked in one release; a document pins the version it was filled from."""

    form = models.ForeignKey(Form, models.PROTECT, related_name="versions", verbose_name="表单")
    release = models.ForeignKey(
        PackRelease, models.PROTECT, related_name="form_versions", verbose_name="流程包版本"
    )
    names = models.JSONField("名称", default=dict)
    definition = models.JSONField("定义")
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "表单版本"
        constraints = [
            models.UniqueConstraint(fields=["form", "release"], name="documents_form_version_once")
        ]

    def __str__(self) -> str:
        return str(self.names.get("zh-Hans", self.form_id))
