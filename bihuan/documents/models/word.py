"""A department's own Word template for a form."""

from __future__ import annotations

from django.db import models

from bihuan.kit.files.models import File

from .form import Form


class WordTemplate(models.Model):
    """The .docx that documents of a form are filled into; checked when it was uploaded."""

    form = models.OneToOneField(Form, models.PROTECT, related_name="word_template", verbose_name="表单")
    file = models.ForeignKey(File, models.PROTECT, related_name="+", verbose_name="文件")
    made_at = models.DateTimeField("上传时间")
    made_by = models.CharField("上传人", max_length=80)

    class Meta:
        db_table = "documents_word_template"
        verbose_name = verbose_name_plural = "Word模板"
        ordering = ["form__code"]

    def __str__(self) -> str:
        return f"{self.form} {self.file}"
