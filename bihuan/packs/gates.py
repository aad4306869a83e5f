"""What upper apps ask before a release is put in force (R-023), and what they do when a new one is installed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bihuan.kernel.actor import Actor

from .models import PackRelease

Gate = Callable[[PackRelease, int, datetime], None]
"""Refuses (Invalid) a release that cannot work in a unit at that time."""

Follower = Callable[[PackRelease, Actor, datetime], None]
"""Hears of a new release in the transaction that installed it."""

_gates: list[Gate] = []
_followers: list[Follower] = []


def before_effective(gate: Gate) -> None:
    """Ask `gate` before a release is put in force for a unit."""
    if gate not in _gates:  # an app may be made ready twice
        _gates.append(gate)


def refuse_if_a_gate_does(release: PackRelease, unit: int, at: datetime) -> None:
    """Ask all gates; raises what the first one says."""
    for gate in _gates:
        gate(release, unit, at)


def after_install(follower: Follower) -> None:
    """Tell `follower` of each new release whose installation is announced."""
    if follower not in _followers:
        _followers.append(follower)


def tell_installed(release: PackRelease, by: Actor, at: datetime) -> None:
    """Tell all followers; an error of one undoes the installation."""
    for follower in _followers:
        follower(release, by, at)
