"""What expressions of a case can read: `doc docs row case setting slot starter now today`.

Everything is looked up when it is read, so a decision that reads one field loads one document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from bihuan.kernel.period import Period
from bihuan.org import public as org
from bihuan.packs import public as packs


class Lazy(Mapping[str, Any]):
    """A record whose values are made when first read."""

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers, self._made = makers, dict[str, Any]()

    def __getitem__(self, key: str) -> Any:
        if key not in self._made:
            self._made[key] = self._makers[key]()
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class Deferred(Mapping[str, Any]):
    """A record that is read as a whole when its first value is."""

    def __init__(self, read: Callable[[], Mapping[str, Any]]) -> None:
        self._read = read

    @cached_property
    def _record(self) -> Mapping[str, Any]:
        return self._read()

    def __getitem__(self, key: str) -> Any:
        return self._record[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._record)

    def __len__(self) -> int:
        return len(self._record)


class Slots(Mapping[str, Any]):
    """`slot.NAME`: the people who hold a slot, as records."""

    def __init__(self, unit: int, at: Any) -> None:
        self._unit, self._at = unit, at

    def __getitem__(self, key: str) -> Any:
        return [org.person_record(seat.person.pk) for seat in org.holders(key, self._unit, self._at)]

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Packs(Mapping[str, Any]):
    """`pack.NAME`: whether a pack is in force and switched on; what a call of a pack that may be off asks."""

    def __init__(self, unit: int) -> None:
        self._unit = unit

    def __getitem__(self, key: str) -> bool:
        return packs.effective_release(key) is not None and packs.pack_is_on(key, self._unit)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def period_parts(day: Any, code: str = "") -> dict[str, Callable[[], Any]]:
    """`case.period year quarter month` of a case: of the period its schedule named, else of its day's month."""
    period = Period.parse(code) if code else Period.of(day, "month")
    return {
        "period": lambda: period.code,
        "year": lambda: period.year,
        "quarter": lambda: (period.start.month - 1) // 3 + 1,
        "month": lambda: period.start.month,
    }


def row_key(rows: tuple[int, ...]) -> str:
    """The row a document belongs to, as `CaseDocument.row` keeps it."""
    return ".".join(map(str, rows))
