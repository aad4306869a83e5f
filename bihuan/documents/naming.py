"""Names behind the ids that values hold, read together for one page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from bihuan.org.models import Person, Slot, Unit

from .domain.definition import ColumnDefinition, FieldType, FormDefinition

_TYPES = (FieldType.USER, FieldType.UNIT, FieldType.SLOT)


class NameBook:
    """The names of the people, units and slots in some contents (typed values or stored data)."""

    def __init__(self, definition: FormDefinition, *contents: Mapping[str, Any]) -> None:
        wanted: dict[FieldType, set[Any]] = defaultdict(set)
        for content in contents:
            for kind, id in _ids(definition, content):
                wanted[kind].add(id)
        people = Person.objects.filter(pk__in=wanted[FieldType.USER])
        units = Unit.objects.filter(pk__in=wanted[FieldType.UNIT])
        slots = Slot.objects.filter(code__in=wanted[FieldType.SLOT])
        self._people = dict(people.values_list("pk", "name"))
        self._units = dict(units.values_list("pk", "name"))
        self._slots = {slot.code: str(slot) for slot in slots}

    def person(self, id: int) -> str:
        """A person's name."""
        return self._people.get(id, str(id))

    def unit(self, id: int) -> str:
        """A unit's name."""
        return self._units.get(id, str(id))

    def slot(self, code: str) -> str:
        """A slot's name."""
        return self._slots.get(code, code)


def _ids(definition: FormDefinition, content: Mapping[str, Any]) -> Iterator[tuple[FieldType, Any]]:
    for one in definition.fields:
        value = content.get(one.key)
        if one.type in _TYPES:
            yield from _each(one, value)
        for column in one.columns:
            if column.type in _TYPES:
                for row in value or ():
                    yield from _each(column, row.get(column.key))


def _each(one: ColumnDefinition, value: Any) -> Iterator[tuple[FieldType, Any]]:
    for part in value if isinstance(value, list) else [value]:
        if part is not None:
            yield one.type, part
