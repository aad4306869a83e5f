"""Which processes a person may start, for those who look for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bihuan.kernel.actor import Actor
from bihuan.org import public as org
from bihuan.process.program import program
from bihuan.process.queries import effective_versions
from bihuan.process.services.start import may_start

Names = Mapping[str, str]


def offered_processes(
    *, by: Actor, at: datetime, wanted: Callable[[str, Names], bool], most: int
) -> list[tuple[str, Names]]:
    """Code and names of the first `most` processes this person may start, of those `wanted` by code and names."""
    unit = org.unit_of(by.position)
    found: list[tuple[str, Names]] = []
    if unit is None:
        return found
    for version in effective_versions():
        if len(found) == most:
            break
        if wanted(version.process.code, version.names):
            plan = program(version.pk, version.digest)
            if may_start(plan, by, unit, at):
                found.append((plan.code, plan.names))
    return found
