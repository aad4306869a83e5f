"""The words a Resource is declared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a form: `code*` is required, `note:long` overrides the kind the model suggests."""

    name: str
    required: bool = False
    kind: str = ""

    @classmethod
    def parse(cls, source: str) -> FieldSpec:
        """Read `name`, `name*`, `name:kind` or `name*:kind`."""
        name, _, kind = source.partition(":")
        return cls(name.rstrip("*"), name.endswith("*"), "longtext" if kind == "long" else kind)


class Fields:
    """The fields of the form, in order; labels, types and bounds come from the model."""

    def __init__(self, *sources: str) -> None:
        self.specs = tuple(FieldSpec.parse(source) for source in sources)

    def __iter__(self) -> Iterator[FieldSpec]:
        return iter(self.specs)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields, in order."""
        return tuple(spec.name for spec in self.specs)


class Columns(tuple[str, ...]):
    """The columns of the list: model fields, or names with a `column_<name>(row)` method on the Resource."""

    def __new__(cls, *names: str) -> Columns:
        """Keep the names in order."""
        return super().__new__(cls, names)


class Filters:
    """What the list may be narrowed by: fields by value, and `field="range"` from … to."""

    def __init__(self, *names: str, **ranges: Literal["range"]) -> None:
        self.names = names
        self.ranges = tuple(ranges)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Every query parameter the filters accept."""
        return (*self.names, *(f"{name}_{end}" for name in self.ranges for end in ("from", "to")))


@dataclass(frozen=True, slots=True)
class Import:
    """Excel/CSV import. A row whose `key` is known changes that row, another makes a new one."""

    key: str | tuple[str, ...]
    headings: Mapping[str, str] = field(default_factory=dict)
    """Other headings a file may use: heading → field."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The key's fields."""
        return (self.key,) if isinstance(self.key, str) else self.key


@dataclass(frozen=True, slots=True)
class Timeline:
    """Panel of the detail page: who changed what and when."""

    limit: int = 20


@dataclass(frozen=True, slots=True)
class Related:
    """Panel of the detail page: the rows of another model that point to this one, by related name."""

    accessor: str
    title: str = ""
    """Heading of the panel; empty: the other register's name."""
    limit: int = 10


@dataclass(frozen=True, slots=True)
class Bulk:
    """An action on ticked rows; `verb` gets the row under its model's name, `by` and `at`."""

    code: str
    label: str
    verb: Callable[..., Any]
