"""The audit trail: one hash chain per aggregate, and checkpoints over all of them (design.md §9)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from django.db import models


@dataclass(frozen=True, slots=True)
class Change:
    """One value that an act changed; values as they stand in the trail (text, number, list, None)."""

    field: str
    old: Any
    new: Any


class ImmutableQuerySet(models.QuerySet[Any]):
    """Refuses what would change written rows; the database's triggers refuse it once more."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Always refused."""
        raise TypeError("the audit trail is never changed")

    def delete(self) -> NoReturn:
        """Always refused."""
        raise TypeError("the audit trail is never deleted")


class Immutable(models.Model):
    """A row that is written once by this package and then only read."""

    objects = ImmutableQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Always refused: `audit.record` and `audit.seal` write."""
        raise TypeError("the audit trail is written by audit.record and audit.seal only")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Always refused."""
        raise TypeError("the audit trail is never deleted")


class Entry(Immutable):
    """Who did what to which object when; `hash` covers all other columns and the entry before it.

    People, positions and companies are plain ids, their names are kept as they were.
    """

    kind = models.CharField("对象类型", max_length=60)
    object_id = models.BigIntegerField("对象")
    seq = models.PositiveIntegerField("序号")
    at = models.DateTimeField("时间")
    person = models.BigIntegerField("人员", null=True)
    person_name = models.CharField("姓名", max_length=80)
    position = models.BigIntegerField("岗位", null=True)
    position_name = models.CharField("岗位名称", max_length=120)
    deputy_for = models.BigIntegerField("代理", null=True)
    verb = models.CharField("动作", max_length=60)
    changes = models.TextField("变更")
    note = models.TextField("说明")
    company = models.BigIntegerField("公司", null=True)
    prev = models.CharField(max_length=80)
    hash = models.CharField(max_length=80)

    class Meta:
        db_table = "kit_audit_entry"
        verbose_name = verbose_name_plural = "审计记录"
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id", "seq"], name="kit_audit_entry_once")
        ]
        indexes = [
            models.Index(fields=["person", "at"], name="kit_audit_entry_person"),
            models.Index(fields=["company", "at"], name="kit_audit_entry_company"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} #{self.seq} {self.verb}"

    @property
    def change_list(self) -> list[Change]:
        """The changed values, in field order."""
        return [Change(field, old, new) for field, (old, new) in json.loads(self.changes).items()]


class Checkpoint(Immutable):
    """A seal over the heads of all chains that grew since the last one; chained itself."""

    seq = models.PositiveIntegerField("序号", unique=True)
    at = models.DateTimeField("时间")
    last_entry = models.BigIntegerField()
    count = models.PositiveIntegerField("对象数")
    root = models.CharField(max_length=80)
    prev = models.CharField(max_length=80)
    hash = models.CharField(max_length=80)

    class Meta:
        db_table = "kit_audit_checkpoint"
        verbose_name = verbose_name_plural = "审计校验点"
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"#{self.seq} {self.at:%Y-%m-%d %H:%M}"


class SealedHead(Immutable):
    """Where one chain stood at a checkpoint."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="heads")
    kind = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    hash = models.CharField(max_length=80)

    class Meta:
        db_table = "kit_audit_sealed_head"
        verbose_name = verbose_name_plural = "已封存的链头"
        indexes = [models.Index(fields=["kind", "object_id"], name="kit_audit_sealed_object")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} #{self.seq}"
