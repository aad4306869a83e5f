"""The public holidays that packs bring along (`calendars/<code>.csv`)."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import PurePath

from bihuan.kernel.actor import Actor
from bihuan.org import public as org

from .loading import PackSource


def import_calendars(source: PackSource, *, by: Actor, at: datetime) -> None:
    """Read the calendars of a pack and of those it requires into the organisation."""
    for one in source.with_required:
        for path, file in one.files.items():
            if path.startswith("calendars/"):
                code = PurePath(path).stem
                org.import_calendar(file=BytesIO(file.data), name=path, calendar=code, by=by, at=at)
