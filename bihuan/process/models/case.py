"""A running process and what happened in it."""

from __future__ import annotations

from django.db import models

from bihuan.documents.models import Document
from bihuan.kernel.secrecy import Secrecy
from bihuan.org.models import Person, Position, Unit

from .process import ProcessVersion


class Case(models.Model):
    """One run of a process version.

    `memory` is the engine's bounded memory (counts, who did what, gates taken); `lock` rises with
    every command, a command on an older one finds nothing to update. The head of the case's audit
    chain stands here because this row is written anyway. `opener` opened or (with the token that
    waits, and the `chain` of processes still to run) called it; `preset` is for its main document.
    `for_date` and `period` are those of the schedule that opened it; `once` is the value for which no
    second case may be open.
    """

    class OpenedBy(models.TextChoices):
        """What began it."""

        PERSON = "person", "人工发起"
        SCHEDULE = "schedule", "日程"
        EVENT = "event", "事件"
        CASE = "case", "其他流程"

    class State(models.TextChoices):
        """Whether work goes on."""

        RUNNING = "running", "进行中"
        ENDED = "ended", "已结束"

    number = models.CharField("流程编号", max_length=40, unique=True)
    title = models.CharField("标题", max_length=200, blank=True, default="")
    version = models.ForeignKey(ProcessVersion, models.PROTECT, related_name="cases", verbose_name="流程版本")
    process_code = models.CharField("流程代号", max_length=20)
    company = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="公司")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="部门")
    starter = models.ForeignKey(Person, models.PROTECT, related_name="started_cases", verbose_name="发起人")
    starter_position = models.ForeignKey(
        Position, models.PROTECT, null=True, related_name="+", verbose_name="发起岗位"
    )
    main_document = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="+", verbose_name="主单据"
    )
    opener = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="opened", verbose_name="来源流程"
    )
    opener_token = models.PositiveIntegerField(null=True)
    chain = models.JSONField(default=list)
    preset = models.JSONField(default=dict)
    opened_by = models.CharField("发起方式", max_length=8, choices=OpenedBy, default=OpenedBy.PERSON)
    once = models.CharField(max_length=120, blank=True, default="")
    state = models.CharField("状态", max_length=10, choices=State, default=State.RUNNING)
    outcome = models.CharField("结果", max_length=40, blank=True, default="")
    passed = models.BooleanField(null=True)
    urgency = models.CharField("紧急程度", max_length=10, default="一般")
    secrecy = models.PositiveSmallIntegerField("密级", default=int(Secrecy.INTERNAL))
    memory = models.JSONField(default=dict)
    lock = models.PositiveIntegerField(default=0)
    audit_seq = models.PositiveIntegerField(default=0)
    audit_hash = models.CharField(max_length=80, default="")
    for_date = models.DateField("所属日期", null=True)
    period = models.CharField("所属期间", max_length=10, blank=True, default="")
    opened_at = models.DateTimeField("发起时间")
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "流程实例"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "process_code", "once"],
                name="process_case_once",
                condition=models.Q(state="running") & ~models.Q(once=""),
            )
        ]
        indexes = [
            models.Index(fields=["starter", "state", "-id"], name="process_case_starter"),
            models.Index(fields=["company", "state", "-id"], name="process_case_company"),
            models.Index(fields=["process_code", "-id"], name="process_case_process"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class CaseDocument(models.Model):
    """A document of a case under the name its steps use; `row` is the block row it belongs to ("2", "2.0")."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="case_documents")
    name = models.CharField(max_length=60)
    document = models.ForeignKey(Document, models.PROTECT, related_name="case_documents")
    row = models.CharField(max_length=40, blank=True, default="")
    made_by_node = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "name", "document"], name="process_case_document_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.row}"


class CaseEvent(models.Model):
    """One command that succeeded and the engine events it made: an immutable fact."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80)
    position_name = models.CharField(max_length=80, blank=True, default="")
    verb = models.CharField(max_length=20)
    node = models.CharField(max_length=80, blank=True, default="")
    task = models.PositiveIntegerField(null=True)
    note = models.TextField(blank=True, default="")
    events = models.JSONField(default=list)

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="process_event_once")]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb} {self.node}"
