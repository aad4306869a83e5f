"""What a form or a program's request that was sent has led to."""

from __future__ import annotations

from django.db import models


class Receipt(models.Model):
    """One request that took effect; the unique key makes the second of two at the same moment wait and lose.

    A form keeps the address it led to, a program's request its `status` and `answer`; `content` is the
    digest of what was asked, so that one key cannot stand for two requests.
    """

    key = models.CharField(max_length=64, unique=True)
    url = models.CharField(max_length=500, default="")
    content = models.CharField(max_length=64, default="")
    status = models.PositiveSmallIntegerField(default=302)
    answer = models.TextField(default="")
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "提交回执"

    def __str__(self) -> str:
        return self.url
