"""What people say to each other about a case."""

from __future__ import annotations

from django.db import models

from bihuan.org.models import Person

from .case import Case
from .task import Task


class Answer(models.Model):
    """The author's answer to one refusal, given with the next version (R-018)."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="answers", verbose_name="意见")
    text = models.TextField("答复")
    version = models.PositiveIntegerField("答复版本")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="答复人")
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["task"], name="process_answer_once")]

    def __str__(self) -> str:
        return self.text


class Comment(models.Model):
    """A remark in the case's thread; it moves nothing."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="comments")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="评论人")
    text = models.TextField("评论")
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text


class Copy(models.Model):
    """A read-only notice of a case to a person (抄送), with a read mark."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="copies")
    person = models.ForeignKey(Person, models.PROTECT, related_name="copies", verbose_name="抄送给")
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="抄送人")
    note = models.CharField("说明", max_length=200, blank=True, default="")
    at = models.DateTimeField("时间")
    read_at = models.DateTimeField("已阅时间", null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="process_copy_once")]
        indexes = [models.Index(fields=["person", "-id"], name="process_copy_person")]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.person_id}"
