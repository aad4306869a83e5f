"""Slots that the layers above fill in their `AppConfig.ready()`: org knows no work and no papers."""

# ruff: noqa: D102 - each protocol has one method and says what it does
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from bihuan.kernel.actor import Actor
from bihuan.org.models import Person, Position, Slot, Unit

Called = TypeVar("Called", bound=Callable[..., object])


class Registry(Generic[Called]):
    """Functions to be called at one point, in the order they were added; usable as a decorator."""

    def __init__(self) -> None:
        self._found: list[Called] = []

    def __call__(self, function: Called) -> Called:
        """Add `function` once and return it."""
        if function not in self._found:
            self._found.append(function)
        return function

    def __iter__(self) -> Iterator[Called]:
        return iter(list(self._found))

    def remove(self, function: Called) -> None:
        """Take `function` out again."""
        self._found.remove(function)


class MayRetire(Protocol):
    """Raises Conflict while the position holds open work."""

    def __call__(self, *, position: Position) -> None: ...


class MayLeave(Protocol):
    """Raises Conflict while the person still has open work to hand over (R-012)."""

    def __call__(self, *, person: Person) -> None: ...


class OnBindingChange(Protocol):
    """Reassigns open seats of `slot` in `unit` and below after another position was bound or unbound."""

    def __call__(self, *, slot: Slot, unit: Unit, by: Actor, at: datetime) -> None: ...


class OnHoldingChange(Protocol):
    """Reassigns open seats of `position` after a person took or left it."""

    def __call__(self, *, position: Position, person: Person, by: Actor, at: datetime) -> None: ...


class OnCalendarChange(Protocol):
    """Computes open due times anew after calendar days changed (rules.md §15)."""

    def __call__(self, *, calendar: str, unit: Unit | None, by: Actor, at: datetime) -> None: ...


class NamePacks(Protocol):
    """Names of the installed packs by their codes, in a language: org knows the codes only."""

    def __call__(self, language: str) -> Mapping[str, str]: ...


may_retire: Registry[MayRetire] = Registry()
may_leave: Registry[MayLeave] = Registry()
on_binding_change: Registry[OnBindingChange] = Registry()
on_holding_change: Registry[OnHoldingChange] = Registry()
on_calendar_change: Registry[OnCalendarChange] = Registry()
name_packs: Registry[NamePacks] = Registry()
