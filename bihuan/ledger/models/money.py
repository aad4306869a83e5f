"""Amounts kept as whole cents: both databases then compare and add them exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from bihuan.kernel.money import money


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """Yuan as a Decimal with two places in Python, cents as a whole number in the table.

    SQLite keeps decimals as floating point: a check that compares a sum would fail by a fraction.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_digits": 18, "decimal_places": 2, **options})

    def get_internal_type(self) -> str:
        """The column's type."""
        return "BigIntegerField"

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> int | None:
        """Cents for the database."""
        return None if value is None else int(money(value) * 100)

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Cents for the database; expressions pass."""
        if hasattr(value, "as_sql"):
            return value
        return self.get_db_prep_value(value, connection)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Decimal | None:
        """Yuan from the database."""
        return None if value is None else money(Decimal(int(value)) / 100)
