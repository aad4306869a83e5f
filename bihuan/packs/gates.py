"""What must hold before a release is put in force; upper apps add their own (R-023)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from .models import PackRelease

Gate = Callable[[PackRelease, int, datetime], None]
"""Refuses (Invalid) a release that cannot work in a unit at that time."""

_gates: list[Gate] = []


def before_effective(gate: Gate) -> None:
    """Ask `gate` before a release is put in force for a unit."""
    if gate not in _gates:  # an app may be made ready twice
        _gates.append(gate)


def refuse_if_a_gate_does(release: PackRelease, unit: int, at: datetime) -> None:
    """Ask all gates; raises what the first one says."""
    for gate in _gates:
        gate(release, unit, at)
