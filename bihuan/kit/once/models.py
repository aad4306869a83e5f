"""What a form that was sent has led to."""

from __future__ import annotations

from django.db import models


class Receipt(models.Model):
    """One form that took effect; the unique key makes the second of two at the same moment wait and lose."""

    key = models.CharField(max_length=64, unique=True)
    url = models.CharField(max_length=500, default="")
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "提交回执"

    def __str__(self) -> str:
        return self.url
