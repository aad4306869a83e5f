"""What the conditions of running cases ask of the packs, in one statement (see org/lookups.py for why)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

_ALONG = """
SELECT setting.key, setting.value FROM packs_setting setting
JOIN org_unit here ON here.id = %s
JOIN org_unit above ON above.id = setting.unit_id AND substr(here.path, 1, length(above.path)) = above.path
WHERE setting.key IN"""


def settings_along(unit_id: int | None, keys: Sequence[str]) -> dict[str, Any]:
    """What these keys were given in a unit and above it, as stored; a nearer unit overrides a farther one."""
    if unit_id is None or not keys:
        return {}
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(f"{_ALONG} ({marks}) ORDER BY length(above.path)", [unit_id, *keys])
        return {key: json.loads(value) for key, value in cursor.fetchall()}
