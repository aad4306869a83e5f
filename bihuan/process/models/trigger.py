"""Cases that nobody starts by hand: what begins them, when it comes next, and what has not arrived yet."""

from __future__ import annotations

from django.db import models

from bihuan.org.models import Unit

from .case import Case
from .process import ProcessVersion


class Trigger(models.Model):
    """A start by schedule or event, as a process version writes it; `event` is empty for a schedule.

    Kept beside the BPMN so that an event or a tick finds its receivers without reading a diagram.
    """

    version = models.ForeignKey(ProcessVersion, models.CASCADE, related_name="triggers")
    node = models.CharField(max_length=80)
    place = models.PositiveSmallIntegerField(default=0)
    event = models.CharField(max_length=120, blank=True, default="", db_index=True)
    item = models.JSONField(default=dict)
    calendar = models.CharField(max_length=20, default="cn")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "node", "place"], name="process_trigger_once")
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.node} {self.event}"


class Agenda(models.Model):
    """A scheduled start at one company: what came up to `done_until` is opened, `next_at` comes next.

    `looked_on` is the day `next_at` was computed: settings and calendars may have moved it since.
    """

    trigger = models.ForeignKey(Trigger, models.CASCADE, related_name="agendas")
    company = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    done_until = models.DateTimeField()
    next_at = models.DateTimeField(null=True, db_index=True)
    looked_on = models.DateField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["trigger", "company"], name="process_agenda_once")]

    def __str__(self) -> str:
        return f"{self.trigger_id} {self.company_id} {self.next_at}"


class HandOver(models.Model):
    """Something that still has to reach a case (ADR 0014); the row goes in the transaction that brings it there.

    `start`: a trigger's case is to be opened; `wake`: `receiver` waits for it; `opens`: an opening of
    `sender` that failed; `fire`: a timer of `sender` that failed. With a `reason` it has failed so far and
    is tried again at `due_at`.
    """

    class Kind(models.TextChoices):
        """What is to happen."""

        START = "start", "发起流程"
        WAKE = "wake", "通知等待的流程"
        OPENS = "opens", "打开后续流程"
        FIRE = "fire", "到时继续"

    kind = models.CharField("类型", max_length=5, choices=Kind)
    trigger = models.ForeignKey(Trigger, models.CASCADE, null=True, related_name="+")
    sender = models.ForeignKey(
        Case, models.CASCADE, null=True, related_name="hand_overs", verbose_name="来源流程"
    )
    receiver = models.ForeignKey(Case, models.CASCADE, null=True, related_name="+", verbose_name="等待的流程")
    process_code = models.CharField("流程代号", max_length=20)
    company = models.ForeignKey(Unit, models.CASCADE, related_name="+", verbose_name="公司")
    data = models.JSONField(default=dict)
    tries = models.PositiveIntegerField("次数", default=0)
    reason = models.TextField("原因", blank=True, default="")
    made_at = models.DateTimeField("时间")
    due_at = models.DateTimeField("下次尝试", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "交接"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.process_code}"
