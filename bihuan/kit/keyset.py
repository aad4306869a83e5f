"""Pages by key: the next page begins after the last row seen, however many there are."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db.models import F, Field, Model, Q, QuerySet
from django.db.models.lookups import In

from bihuan.kernel.errors import DomainError, text

Row = TypeVar("Row", bound=Model)
SIZE = 30


@dataclass(frozen=True, slots=True)
class KeyPage(Generic[Row]):
    """One page; `next` is the cursor of the following one, "" at the end."""

    rows: Sequence[Row]
    next: str


Bring = Callable[[QuerySet[Row]], QuerySet[Row]]
"""Adds what rows show: related rows, and what is left out."""


def key_page(
    rows: QuerySet[Row],
    order: Sequence[str],
    cursor: str = "",
    size: int = SIZE,
    bring: Bring[Row] | None = None,
) -> KeyPage[Row]:
    """A page of `rows` in `order` (fields, "-" for descending, the last one unique) after `cursor`.

    With `bring` the rows are found first and get what they show afterwards (`first_rows`).
    Raises DomainError (400) for a cursor that is none of ours.
    """
    if cursor:
        rows = rows.filter(_after(order, _read(rows.model, order, cursor)))
    found = list(first_rows(rows, order, size + 1, bring) if bring else rows.order_by(*order)[: size + 1])
    more = len(found) > size
    return KeyPage(found[:size], _write(order, found[size - 1]) if more else "")


def first_rows(rows: QuerySet[Row], order: Sequence[str], most: int, bring: Bring[Row]) -> QuerySet[Row]:
    """The first `most` of `rows`, found by key alone; `bring` is applied to these only.

    With related rows in the same statement PostgreSQL joins all candidates before it takes the first.
    """
    keys = rows.order_by(*order).values("pk")[:most]
    return bring(rows.model._default_manager.filter(pk__in=keys)).order_by(*order)


class _Among(In):
    """`IN` that PostgreSQL works out first, as an array, and then looks up by index in the order asked for.

    Told `IN`, it reads the whole table in that order and tests every row's visibility on the way.
    """

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        """The operator with the subquery."""
        return f"= ANY(ARRAY{rhs})" if connection.vendor == "postgresql" else f"IN {rhs}"


def among(field: str, ids: QuerySet[Any, Any]) -> Q:
    """For lists that begin with few rows: the condition that `field` is one of `ids`."""
    return Q(_Among(F(field), ids.query))


MANY = 100
"""Counts beside a menu line end here and are shown as 99+."""


def count_up_to(rows: QuerySet[Any], most: int = MANY) -> int:
    """How many rows there are, at most `most`: the database stops counting there."""
    return rows.order_by()[:most].count()


def _after(order: Sequence[str], values: Sequence[Any]) -> Q:
    """The rows behind a key: beyond in the first field, or equal there and beyond in the next."""
    condition, equal = Q(), Q()
    for name, value in zip(order, values, strict=True):
        field = name.lstrip("-")
        side = "lt" if name.startswith("-") else "gt"
        condition |= equal & Q(**{f"{field}__{side}": value})
        equal &= Q(**{field: value})
    return condition


def _write(order: Sequence[str], row: Model) -> str:
    values = [getattr(row, name.lstrip("-")) for name in order]
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read(model: type[Model], order: Sequence[str], cursor: str) -> list[Any]:
    """The key in a cursor, each part read as its field reads it."""
    try:
        given = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_part(model, name.lstrip("-"), one) for name, one in zip(order, given, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, ValidationError):
        raise DomainError(text("参数{name}的值无效"), name="after") from None


def _part(model: type[Model], name: str, given: Any) -> Any:
    found: Any = cast("Field[Any, Any]", model._meta.get_field(name)).to_python(given)
    if found is None:
        raise ValueError(name)
    # Databases keep moments in UTC, where the first and the last day of all calendars do not exist.
    return found.astimezone(UTC) if isinstance(found, datetime) else found
