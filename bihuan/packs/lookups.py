"""What the conditions of running cases ask of the packs, in one statement (see org/lookups.py for why)."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

_ALONG = """
SELECT setting.key, setting.value FROM packs_setting setting
JOIN org_unit here ON here.id = %s
JOIN org_unit above ON above.id = setting.unit_id AND substr(here.path, 1, length(above.path)) = above.path
ORDER BY length(above.path)"""


def settings_along(unit_id: int | None) -> dict[str, Any]:
    """What settings were given in a unit and above it, as stored; a nearer unit overrides a farther one."""
    if unit_id is None:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ALONG, [unit_id])
        return {key: json.loads(value) for key, value in cursor.fetchall()}
