"""Queued jobs with their outcome, and when each tick last ran."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.models import Q


class JobState(models.TextChoices):
    """Where a job stands."""

    WAITING = "waiting", "等待执行"
    RUNNING = "running", "正在执行"
    DONE = "done", "已完成"
    DEAD = "dead", "执行失败"


class QueuedJob(models.Model):
    """One call of a job: written in the transaction that asks for it (an outbox), run by a worker.

    `key` makes asking twice harmless. `dead` jobs have used all tries and wait for a person.
    """

    name = models.CharField("作业", max_length=80)
    key = models.CharField("标识", max_length=160, null=True)
    arguments = models.TextField("参数")
    state = models.CharField("状态", max_length=8, choices=JobState, default=JobState.WAITING)
    tries = models.PositiveSmallIntegerField("已尝试次数", default=0)
    reason = models.TextField("失败原因", default="")
    enqueued_at = models.DateTimeField("提交时间")
    due_at = models.DateTimeField("计划执行时间")
    lease_until = models.DateTimeField("执行期限", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "后台作业"
        constraints = [models.UniqueConstraint(fields=["name", "key"], name="kit_queuedjob_once")]
        indexes = [
            models.Index(fields=["state", "due_at"], name="kit_queuedjob_open", condition=~Q(state="done")),
            models.Index(fields=["finished_at"], name="kit_queuedjob_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk} {self.state}"

    @property
    def values(self) -> dict[str, Any]:
        """The arguments of the call."""
        found: dict[str, Any] = json.loads(self.arguments)
        return found


class TickRun(models.Model):
    """The newest period for which a tick ran (`slot`) and how that went; one row a tick."""

    name = models.CharField("定时任务", max_length=120, unique=True)
    slot = models.DateTimeField("时段")
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)
    reason = models.TextField("失败原因", default="")

    class Meta:
        verbose_name = verbose_name_plural = "定时任务"

    def __str__(self) -> str:
        return f"{self.name} {self.slot:%Y-%m-%d %H:%M}"
