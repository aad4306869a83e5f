"""Documents, their immutable versions and their indexed fields."""

from __future__ import annotations

from django.db import models

from bihuan.kernel.secrecy import Secrecy
from bihuan.org.models import Person, Position, Unit

from .form import FormVersion


class State(models.TextChoices):
    """The ten states of forms.md §1."""

    DRAFT = "draft", "草稿"
    REVIEW = "in_review", "审批中"
    RETURNED = "returned", "已退回"
    PASSED = "passed", "已通过"
    REFUSED = "refused", "已拒绝"
    WITHDRAWN = "withdrawn", "已撤回"
    VOID = "void", "已作废"
    RUNNING = "running", "执行中"
    CLOSED = "closed", "已关闭"
    ARCHIVED = "archived", "已归档"


class Urgency(models.TextChoices):
    """How soon it is wanted; shortens what is due (rules.md §14)."""

    NORMAL = "一般", "一般"
    URGENT = "紧急", "紧急"
    CRITICAL = "特急", "特急"


class Document(models.Model):
    """One filled form (单据).

    `data` is the working copy, canonical JSON by field key; what others read is the newest version.
    `unread` keeps what was typed into a draft and could not be read yet, by path, so nothing is lost.
    `attachments` are kept files as {id, name, sha256, size}.
    `lock` rises with every save: a save with an older one is refused (409). `secrecy` is a ceiling,
    never a grant.
    """

    form_version = models.ForeignKey(
        FormVersion, models.PROTECT, related_name="documents", verbose_name="表单"
    )
    company = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="公司")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="所属部门")
    number = models.CharField("单据编号", max_length=60, blank=True, default="")
    title = models.CharField("标题", max_length=200, blank=True, default="")
    title_pinyin = models.CharField(max_length=400, blank=True, default="", editable=False)
    state = models.CharField("状态", max_length=12, choices=State, default=State.DRAFT)
    author = models.ForeignKey(
        Person, models.PROTECT, related_name="documents", verbose_name="填表人", db_index=False
    )
    author_position = models.ForeignKey(
        Position, models.PROTECT, null=True, related_name="+", verbose_name="填表岗位"
    )
    secrecy = models.PositiveSmallIntegerField("密级", default=int(Secrecy.INTERNAL))
    urgency = models.CharField("紧急程度", max_length=10, choices=Urgency, default=Urgency.NORMAL)
    remark = models.TextField("备注", blank=True, default="")
    attachments = models.JSONField("附件", default=list, blank=True)
    data = models.JSONField(default=dict)
    unread = models.JSONField(default=dict)
    version_number = models.PositiveIntegerField("版本", default=0)
    lock = models.PositiveIntegerField(default=0)
    process_code = models.CharField("流程代号", max_length=20, blank=True, default="")
    created_at = models.DateTimeField("填表时间")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    passed_at = models.DateTimeField("通过时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "单据"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["company", "form_version", "state"], name="documents_by_form"),
            models.Index(fields=["author", "-id"], name="documents_by_author"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "number"], condition=~models.Q(number=""), name="documents_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number or '草稿'} {self.title}"


class DocumentVersion(models.Model):
    """An immutable snapshot, made at every submission and whenever a later step writes fields.

    `snapshot` is canonical text; `root` is the hash over the sorted (path, salted hash of value)
    leaves, `salts` maps paths to salts: dropping value and salt of a person's data keeps the leaf.
    """

    document = models.ForeignKey(Document, models.PROTECT, related_name="versions", verbose_name="单据")
    number = models.PositiveIntegerField("版本")
    revision = models.PositiveIntegerField("修订", default=0)
    snapshot = models.TextField()
    leaves = models.JSONField(default=dict)
    salts = models.JSONField(default=dict)
    root = models.CharField("摘要", max_length=80)
    made_at = models.DateTimeField("时间")
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="提交人")

    class Meta:
        verbose_name = verbose_name_plural = "单据版本"
        ordering = ["number", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number", "revision"], name="documents_version_once")
        ]

    def __str__(self) -> str:
        return f"V{self.number}.{self.revision}"


class DocumentField(models.Model):
    """A value of a field marked `index: true`, written at submit; lists, rules and references use it."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="fields")
    key = models.CharField(max_length=60)
    text = models.CharField(max_length=200, null=True)
    number = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    date = models.DateField(null=True)
    ref = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["key", "text"], name="documents_field_text"),
            models.Index(fields=["key", "number"], name="documents_field_number"),
            models.Index(fields=["key", "date"], name="documents_field_date"),
            models.Index(fields=["key", "ref"], name="documents_field_ref"),
        ]

    def __str__(self) -> str:
        return self.key


class Reading(models.Model):
    """That a person opened a document marked 秘密 or above (rules.md §26); its author may see it."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="readings")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="阅读人")
    version = models.PositiveIntegerField("版本")
    first_at = models.DateTimeField("首次阅读")
    last_at = models.DateTimeField("最近阅读")
    times = models.PositiveIntegerField("次数", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "阅读记录"
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(fields=["document", "person", "version"], name="documents_reading_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.last_at:%Y-%m-%d %H:%M}"
