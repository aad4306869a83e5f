"""What every step of a case asks of the organisation, each in one statement.

Bare SQL: making a statement from a queryset costs more than running it, and these run several times
in every step. `queries` answers the same questions with records.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from bihuan.kernel import clock

_SEATS = """
SELECT slot.external, slot.via, length(above.path), position.id, person.id
FROM org_slot slot
LEFT JOIN org_unit here ON here.id = %s
LEFT JOIN org_binding binding ON binding.slot_id = slot.id
LEFT JOIN org_unit above ON above.id = binding.unit_id AND substr(here.path, 1, length(above.path)) = above.path
LEFT JOIN org_position position
  ON position.id = binding.position_id AND position.retired_at IS NULL AND above.id IS NOT NULL
LEFT JOIN org_holding holding ON holding.position_id = position.id
  AND (holding.since IS NULL OR holding.since <= %s) AND (holding.until IS NULL OR holding.until >= %s)
LEFT JOIN org_person person ON person.id = holding.person_id AND person.is_active
WHERE slot.code = %s
ORDER BY position.name_pinyin, person.name_pinyin, holding.id
"""
_DEPUTIES = """
SELECT appointed.deputy_id, appointed.processes
FROM org_deputy appointed JOIN org_person person ON person.id = appointed.deputy_id AND person.is_active
WHERE appointed.person_id = %s AND appointed.since <= %s AND appointed.until >= %s
ORDER BY appointed.id DESC
"""
_DAYS = """
SELECT day.date, day.kind
FROM org_calendarday day
LEFT JOIN org_unit here ON here.id = %s
LEFT JOIN org_unit above ON above.id = day.unit_id
WHERE day.calendar = %s AND (day.unit_id IS NULL OR substr(here.path, 1, length(above.path)) = above.path)
ORDER BY COALESCE(length(above.path), 0), day.date
"""


@dataclass(frozen=True, slots=True)
class SlotSeats:
    """A slot as a unit sees it: `via` answers for an outside party; `seats` are (person, position), one a person."""

    external: bool
    via: str
    seats: tuple[tuple[int, int], ...]


def slot_seats(code: str, unit_id: int, at: datetime) -> SlotSeats | None:
    """Who fills a slot seen from a unit: the nearest unit upwards with bindings wins (R-001); None: no such slot."""
    day = connection.ops.adapt_datefield_value(at.astimezone(clock.TZ).date())
    rows = _rows(_SEATS, [unit_id, day, day, code])
    if not rows:
        return None
    bound = [row for row in rows if row[3] is not None]
    nearest = max((row[2] for row in bound), default=0)
    seats = {
        person: position
        for _, _, depth, position, person in reversed(bound)
        if depth == nearest and person is not None
    }
    return SlotSeats(bool(rows[0][0]), rows[0][1], tuple(reversed(seats.items())))


def deputy_id(person_id: int, process_code: str, at: datetime) -> int | None:
    """Who acts for a person in a process at a moment; the appointment that names the process goes first."""
    day = connection.ops.adapt_datefield_value(at.astimezone(clock.TZ).date())
    found = [(deputy, json.loads(processes)) for deputy, processes in _rows(_DEPUTIES, [person_id, day, day])]
    named = [deputy for deputy, processes in found if process_code in processes]
    general = [deputy for deputy, processes in found if not processes]
    return next(iter([*named, *general]), None)


def calendar_days(code: str, unit_id: int | None) -> tuple[tuple[date | str, str], ...]:
    """(day, kind) of the general calendar, then of the units down to this one: the last entry of a day counts."""
    return tuple(_rows(_DAYS, [unit_id, code]))


def _rows(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
