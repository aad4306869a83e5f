"""What a person may start now: the list behind the page 发起流程 and the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import get_language, gettext

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid
from bihuan.kernel.label import show
from bihuan.org import public as org
from bihuan.process.models import ProcessVersion
from bihuan.process.program import Program, program
from bihuan.process.queries import effective_versions, waiting_versions
from bihuan.process.services.start import may_start, refuse_unbound


def startable_lines(by: Actor) -> Iterator[dict[str, Any]]:
    """The processes this person may start, with their entrances and what stands in the way (R-002)."""
    unit = org.unit_of(by.position)
    if unit is None:
        return
    language = get_language() or "zh-hans"
    for version in _versions():
        plan = program(version.pk, version.digest)
        entrances = may_start(plan, by, unit, clock.now())
        if not entrances:
            continue
        yield {
            "code": plan.code,
            "name": show(plan.names, language),
            "purpose": show(plan.header.get("purpose", ""), language),
            "pack": str(version.release.pack),
            "entrances": [
                {
                    "at": item.get("at", ""),
                    "name": show(item["name"], language) if item.get("name") else gettext("发起"),
                }
                for _, item in entrances
            ],
            "blocked": _blocked(plan, unit),
        }


def _versions() -> Iterator[ProcessVersion]:
    """Versions in force; before one is, the process that puts its pack in force (R-014)."""
    yield from effective_versions()
    for version in waiting_versions():
        if program(version.pk, version.digest).makes_effective:
            yield version


def _blocked(plan: Program, unit: int) -> str:
    """Why the process cannot start now, "" if it can (R-002)."""
    try:
        refuse_unbound(plan, unit)
    except Invalid as error:
        return error.text(gettext)
    return ""
