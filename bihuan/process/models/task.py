"""Seats: one person at one step."""

from __future__ import annotations

from django.db import models

from bihuan.documents.models import Document
from bihuan.org.models import Person, Position

from .case import Case


class Task(models.Model):
    """One seat of one person at one step (待办); it stays as the record of what was decided.

    `local` is empty for a refusal whose seat was opened anew by a straight back: the row stays as it
    was. `live`: the engine still counts on it (a round that goes on, or a step that waits). `root` is the
    hash of the document version the decision was made on. `stands_for` is the person
    whose deputy acts.
    """

    class State(models.TextChoices):
        """Where a seat stands."""

        OPEN = "open", "待办"
        WAITING = "waiting", "等待"
        DONE = "done", "已办"
        CLOSED = "closed", "已关闭"

    case = models.ForeignKey(Case, models.CASCADE, related_name="tasks")
    local = models.PositiveIntegerField(null=True)
    token = models.PositiveIntegerField()
    row = models.CharField(max_length=40, blank=True, default="")
    node = models.CharField(max_length=80)
    name = models.CharField("步骤", max_length=80)
    act = models.CharField("动作", max_length=12)
    person = models.ForeignKey(
        Person, models.PROTECT, related_name="tasks", verbose_name="处理人", db_index=False
    )
    position = models.ForeignKey(Position, models.PROTECT, null=True, related_name="+", verbose_name="岗位")
    stands_for = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="代理")
    place = models.PositiveIntegerField(default=0)
    round = models.PositiveIntegerField(default=0)
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN)
    answer = models.CharField("结果", max_length=8, blank=True, default="")
    opinion = models.TextField("意见", blank=True, default="")
    reason = models.CharField("关闭原因", max_length=200, blank=True, default="")
    note = models.CharField("说明", max_length=200, blank=True, default="")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name="单据")
    document_version = models.PositiveIntegerField(null=True)
    root = models.CharField(max_length=80, blank=True, default="")
    saved_opinion = models.TextField(blank=True, default="")
    choice = models.JSONField(default=dict)
    live = models.BooleanField(default=True)
    opened_at = models.DateTimeField("到达时间")
    due_at = models.DateTimeField("截止时间")
    next_alarm_at = models.DateTimeField(null=True)
    alarms = models.PositiveSmallIntegerField(default=0)
    late = models.BooleanField("逾期", default=False)
    acted_at = models.DateTimeField("处理时间", null=True)
    seen_at = models.DateTimeField("阅读时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "任务"
        ordering = ["due_at", "id"]
        constraints = [models.UniqueConstraint(fields=["case", "local"], name="process_task_once")]
        indexes = [
            models.Index(
                fields=["person", "due_at", "id"], name="process_task_inbox", condition=models.Q(state="open")
            ),
            models.Index(
                fields=["person", "-acted_at", "-id"],
                name="process_task_done",
                condition=models.Q(state="done"),
            ),
            models.Index(fields=["person", "case"], name="process_task_person"),
            models.Index(fields=["case"], name="process_task_live", condition=models.Q(live=True)),
            models.Index(
                fields=["next_alarm_at"], name="process_task_alarm", condition=models.Q(state="open")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.person}"
