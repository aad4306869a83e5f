"""Accounts: what a department may spend on a subject in a year, and where the money stands."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bihuan.org.models import Unit

from .money import MoneyField

UNALLOTTED = "未分配"


class Account(models.Model):
    """A budget line of a unit with the balance of each pot (rules.md §18).

    `planned = available + reserved + committed + actual` always, and no pot but `available` of an
    account without a budget may fall below zero: the database itself refuses. The account without a
    subject is the department's unallotted one; plans without a budget line are held there, it has no
    ceiling (`capped` is false) and shows by how much it is overdrawn.
    """

    company = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="公司")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="部门")
    year = models.PositiveSmallIntegerField("年度")
    subject = models.CharField("科目", max_length=40, blank=True, default="")
    capped = models.BooleanField("有预算控制", default=True)
    planned = MoneyField("预算", default=0)
    reserved = MoneyField("预占", default=0)
    committed = MoneyField("承诺", default=0)
    actual = MoneyField("实际", default=0)
    available = MoneyField("可用", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "预算账户"
        ordering = ["-year", "unit", "subject"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "subject"], name="ledger_account_once"),
            models.CheckConstraint(
                condition=Q(planned=F("available") + F("reserved") + F("committed") + F("actual")),
                name="ledger_account_balanced",
            ),
            models.CheckConstraint(
                condition=Q(planned__gte=0, reserved__gte=0, committed__gte=0, actual__gte=0),
                name="ledger_account_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(capped=False) | Q(available__gte=0), name="ledger_account_not_overdrawn"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.unit} {self.subject or UNALLOTTED}"
