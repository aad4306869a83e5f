"""Notices to people, and how each person wants to get them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext


class MailState(models.TextChoices):
    """What became of a notice's e-mail."""

    NONE = "none", "不发送"
    DUE = "due", "待发送"
    QUEUED = "queued", "发送中"
    SENT = "sent", "已发送"
    FAILED = "failed", "发送失败"


class MailWish(models.TextChoices):
    """When a person wants e-mail about a kind of notice."""

    OFF = "off", "不发邮件"
    ONCE = "once", "立即发送"
    DAILY = "daily", "每日汇总"


class Notice(models.Model):
    """One message to one person; `url` is a path of this program.

    With `params` the `text` is a zh-Hans template (and message id) that they fill; without, plain words.
    """

    person = models.BigIntegerField("接收人")
    kind = models.CharField("类型", max_length=60)
    text = models.CharField("内容", max_length=300)
    params = models.JSONField("内容中的值", null=True)
    url = models.CharField("链接", max_length=300, default="")
    about_kind = models.CharField(max_length=60, default="")
    about_id = models.BigIntegerField(null=True)
    at = models.DateTimeField("时间")
    by_name = models.CharField("来自", max_length=80, default="")
    in_app = models.BooleanField("站内显示", default=True)
    read_at = models.DateTimeField("已读时间", null=True)
    mail_state = models.CharField("邮件", max_length=8, choices=MailState, default=MailState.NONE)
    mail_due_at = models.DateTimeField("邮件时间", null=True)
    mail_batch = models.BigIntegerField(null=True)
    """Id of the first notice of the e-mail this one went into."""

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        indexes = [
            models.Index(fields=["person", "-id"], name="kit_notice_person"),
            models.Index(
                fields=["person"], name="kit_notice_unread", condition=Q(read_at__isnull=True, in_app=True)
            ),
            models.Index(fields=["mail_due_at"], name="kit_notice_mail", condition=Q(mail_state="due")),
            models.Index(fields=["about_kind", "about_id"], name="kit_notice_about"),
            models.Index(
                fields=["mail_batch"], name="kit_notice_batch", condition=Q(mail_batch__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """What it says, in the language in use."""
        return gettext(self.text).format(**self.params) if self.params else self.text


class Preference(models.Model):
    """How one person wants one kind of notice; without a row the kind's defaults hold."""

    person = models.BigIntegerField("人员")
    kind = models.CharField("类型", max_length=60)
    in_app = models.BooleanField("站内显示", default=True)
    mail = models.CharField("邮件", max_length=8, choices=MailWish, default=MailWish.OFF)

    class Meta:
        verbose_name = verbose_name_plural = "通知设置"
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="kit_preference_once")]

    def __str__(self) -> str:
        return f"{self.person} {self.kind}"
