"""Personal access tokens: how programs act for a person."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from .person import Person


class Token(models.Model):
    """A token of a person. Only its digest is kept: it was shown once, when it was made.

    `prefix` is how the person tells his tokens apart; `scopes` are codes of `kit.access.Scope`.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens", verbose_name="人员")
    name = models.CharField("名称", max_length=60)
    prefix = models.CharField("开头", max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField("范围", default=list)
    made_at = models.DateTimeField("创建时间")
    expires_at = models.DateTimeField("到期时间")
    last_used_at = models.DateTimeField("最近使用", null=True)
    revoked_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "访问令牌"
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.name}（{self.prefix}…）"

    def is_valid(self, at: datetime) -> bool:
        """Whether it opens anything at a moment."""
        return self.revoked_at is None and at < self.expires_at
