"""Entries: each moves an amount from one pot of an account to another, and stays for ever."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bihuan.ledger.domain.moves import Pot
from bihuan.process.models import SourcedRow

from .account import Account
from .money import MoneyField

_POTS = [
    (Pot.PLANNED.value, "预算"),
    (Pot.AVAILABLE.value, "可用"),
    (Pot.RESERVED.value, "预占"),
    (Pot.COMMITTED.value, "承诺"),
    (Pot.ACTUAL.value, "实际"),
]


class Entry(SourcedRow):
    """A double entry in one row: `debit` gets what `credit` gives, so the two sides are always equal.

    `claim` is the matter the money is held for (a case, else a document); `reverses` names the entry
    that this one takes back. Never changed nor removed: the table refuses both.
    """

    class Kind(models.TextChoices):
        """What happened to the money."""

        PLANNED = "planned", "编列预算"
        CHANGED = "changed", "调整"
        RESERVED = "reserved", "预占"
        COMMITTED = "committed", "承诺"
        ACTUAL = "actual", "实际支出"
        RELEASED = "released", "释放"

    number = models.CharField("分录编号", max_length=40)
    account = models.ForeignKey(Account, models.PROTECT, related_name="entries", verbose_name="预算账户")
    kind = models.CharField("类型", max_length=10, choices=Kind)
    debit = models.CharField("转入", max_length=10, choices=_POTS)
    credit = models.CharField("转出", max_length=10, choices=_POTS)
    amount = MoneyField("金额")
    period = models.CharField("期间", max_length=8)
    claim = models.CharField(max_length=40, db_index=True, editable=False)
    key = models.CharField(max_length=80, blank=True, default="", editable=False)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reversed_by", verbose_name="冲销分录"
    )
    by_name = models.CharField("经办人", max_length=80, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "预算台账"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="ledger_entry_number_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="ledger_entry_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="ledger_entry_moves"),
        ]
        indexes = [models.Index(fields=["account", "claim"], name="ledger_entry_held")]

    def __str__(self) -> str:
        return self.number
