"""Where running cases stand. `local` is the engine's id, unique within its case; rows go when their work is done."""

from __future__ import annotations

from django.db import models

from .case import Case


class Token(models.Model):
    """One place of the flow that is alive."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="tokens")
    local = models.PositiveIntegerField()
    node = models.CharField(max_length=80)
    scope = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=10)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "local"], name="process_token_once")]

    def __str__(self) -> str:
        return f"{self.local} {self.node}"


class Scope(models.Model):
    """One run of a block, or of one of its rows."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="scopes")
    local = models.PositiveIntegerField()
    node = models.CharField(max_length=80)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "local"], name="process_scope_once")]

    def __str__(self) -> str:
        return f"{self.local} {self.node}"


class Timer(models.Model):
    """An armed watch or wait: for the moment `at`, the `event`, or a person (both empty)."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="timers")
    local = models.PositiveIntegerField()
    node = models.CharField(max_length=80)
    at = models.DateTimeField(null=True)
    event = models.CharField(max_length=120, blank=True, default="")
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "local"], name="process_timer_once")]
        indexes = [
            models.Index(fields=["at"], name="process_timer_due", condition=models.Q(at__isnull=False)),
            models.Index(fields=["event"], name="process_timer_event", condition=~models.Q(event="")),
        ]

    def __str__(self) -> str:
        return f"{self.local} {self.node}"
