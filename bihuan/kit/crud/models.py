"""What people keep of a list."""

from __future__ import annotations

from django.db import models


class SavedView(models.Model):
    """A person's named filters, order and columns of one register; `person` is a plain id."""

    person = models.BigIntegerField("人员")
    register = models.CharField("登记簿", max_length=80)
    name = models.CharField("名称", max_length=40)
    query = models.CharField("条件", max_length=2000)

    class Meta:
        db_table = "kit_saved_view"
        verbose_name = verbose_name_plural = "保存的视图"
        constraints = [
            models.UniqueConstraint(fields=["person", "register", "name"], name="kit_saved_view_once")
        ]

    def __str__(self) -> str:
        return self.name
