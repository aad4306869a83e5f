"""What a file of a pack may name: everything in its own pack and in those it requires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

from .declared import Declared
from .files import SlotEntry
from .problems import nearest
from .tables import TableFile

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Known:
    """Look-ups for the checks: `given` is place (`forms`, `slots.yaml`) → code → what its reader made.

    `broken` holds the codes of files that could not be read: they are reported once, where they
    stand, so a check that misses one of them should say nothing.
    """

    packs: frozenset[str]
    settings: Mapping[str, Declared]
    given: Mapping[str, Mapping[str, Any]]
    broken: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    calendar: str = "cn"

    def of(self, place: str) -> Mapping[str, Any]:
        """Everything the readers of this place gave, by code."""
        return self.given.get(place, _NOTHING)

    def lacks(self, place: str, code: str) -> bool:
        """Whether nothing of that code exists there, not even a broken file."""
        return code not in self.of(place) and code not in self.broken.get(place, frozenset())

    def suggestion(self, place: str, code: str) -> str:
        """「，是不是“x”？」 for the nearest code of that place, else nothing."""
        return nearest(code, self.of(place))

    @property
    def slots(self) -> Mapping[str, SlotEntry]:
        """The slots by code."""
        return cast(Mapping[str, SlotEntry], self.of("slots.yaml"))

    @property
    def forms(self) -> Mapping[str, Any]:
        """The form definitions by code."""
        return self.of("forms")

    @property
    def tables(self) -> Mapping[str, TableFile]:
        """The tables by key."""
        return cast(Mapping[str, TableFile], self.of("tables"))

    @property
    def processes(self) -> Mapping[str, Any]:
        """The processes by code."""
        return self.of("processes")
