"""Days that differ from the plain week."""

from __future__ import annotations

from django.db import models

from .unit import Unit


class CalendarDay(models.Model):
    """A holiday or a make-up work day of a calendar (rules.md §15); a unit's own day overrides the general one."""

    class Kind(models.TextChoices):
        """Whether people work on that day."""

        OFF = "off", "休息"
        WORK = "work", "上班"

    calendar = models.CharField("日历", max_length=20, default="cn")
    unit = models.ForeignKey(
        Unit, models.CASCADE, null=True, blank=True, related_name="calendar_days", verbose_name="单位"
    )
    date = models.DateField("日期")
    kind = models.CharField("类型", max_length=4, choices=Kind)
    name = models.CharField("名称", max_length=40, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "工作日历"
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "unit", "date"], name="org_calendar_day_once"),
            models.UniqueConstraint(
                fields=["calendar", "date"],
                condition=models.Q(unit=None),
                name="org_calendar_general_day_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}"
