"""Registers that processes post to: typed tables of facts that an app offers by name (formats.md, "Outcome keys").

An app offers its register in its `AppConfig.ready()`; a process names `register.action`, and every
posting is kept in the journal (models/posting.py) whether or not an app offers that register.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol, runtime_checkable

from django.db.models import QuerySet

from bihuan.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Source:
    """What a posting comes from: ids, and what a row shows of its source.

    `version` is the id of the document's version, `unit` the document's own unit (else the case's),
    `secrecy` the higher of document and case, `period` the month of the case's date ("2026-05").
    """

    company: int
    unit: int
    case: int | None
    document: int | None
    version: int | None
    node: str
    number: str
    title: str
    secrecy: int
    period: str


@dataclass(frozen=True, slots=True)
class Post:
    """One thing to write: `values` are plain (Decimal, date, str, int, list, dict, None).

    A person, unit, document or register row is a mapping with its `id`. `posting` is the id of the
    journal's row, which every row written for it keeps, so that each opens its source.
    """

    posting: int
    action: str
    key: str
    values: Mapping[str, Any]
    source: Source


class Register(Protocol):
    """A register by its name; `actions` are what it can be asked to write, each with the values it takes."""

    name: str
    label: str
    actions: Mapping[str, frozenset[str]]

    def post(self, post: Post, *, by: Actor, at: datetime) -> None:
        """Write what a step posts; a DomainError refuses the step."""

    def reverse(self, posting: int, *, by: Actor, at: datetime) -> None:
        """Undo what a posting wrote, by counter-entries or marks; its rows stay readable."""

    def rows(self, kind: str) -> QuerySet[Any] | None:
        """The rows of `<name>.<kind>`, for "" those of the register's chief kind; None for an unknown kind."""

    def plain(self, row: Any) -> Mapping[str, Any]:
        """A row's values, for expressions and expectations."""


@runtime_checkable
class Editable(Protocol):
    """A register whose rows people also write by hand: the service behind its page, for scenarios."""

    def create(self, kind: str, data: Mapping[str, Any], *, by: Actor, at: datetime) -> Any:
        """Make a row from raw input, raising its event."""

    def update(self, row: Any, data: Mapping[str, Any], *, by: Actor, at: datetime) -> Any:
        """Change a row, raising its event."""


@runtime_checkable
class Worded(Protocol):
    """A register that says in words what it can be asked to write."""

    words: Mapping[str, str]


_registers: dict[str, Register] = {}


def add_register(register: Register) -> None:
    """Offer a register to processes; the same name replaces the earlier one (an app may be made ready twice)."""
    _registers[register.name] = register


def register_of(name: str) -> Register | None:
    """The register with this name, None where no app offers it."""
    return _registers.get(name)


def word_of(name: str, action: str) -> str:
    """What people call an action of a register, in zh-Hans; the action itself where nobody has named it."""
    register = register_of(name)
    return register.words.get(action, action) if isinstance(register, Worded) else action


def offered() -> Mapping[str, Register]:
    """All registers by name."""
    return dict(_registers)


def rows_of(name: str, where: Mapping[str, Any], company: int | None = None) -> list[dict[str, Any]] | None:
    """Rows of `register` or `register.kind` with these values, the newest first, as records; None: no such rows.

    A list as a value means any of them; a record stands for its id. Rows that know their company are
    those of `company`. Each record carries `id` and `of` (the name asked for): a `ref` or `view` takes it.
    """
    base, _, kind = name.partition(".")
    register = register_of(base)
    found = register.rows(kind) if register is not None else None
    if register is None or found is None:
        return None
    names = {field.name for field in found.model._meta.concrete_fields}
    if company is not None and "company" in names:
        found = found.filter(company=company)
    records = ({**register.plain(row), "of": name, "id": row.pk} for row in found.order_by("-pk"))
    return [one for one in records if all(fits(one.get(key), value) for key, value in where.items())]


def fits(found: Any, wanted: Any) -> bool:
    """Whether a value is the wanted one, or one of a list; records are compared by id, the rest as text."""
    options = wanted if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
    return any(_same(found, one) for one in options)


def _same(found: Any, wanted: Any) -> bool:
    found, wanted = _bare(found), _bare(wanted)
    if found is None or wanted is None:
        return found is wanted
    return str(found) == str(wanted) or (_number(found) is not None and _number(found) == _number(wanted))


def _number(value: Any) -> Decimal | None:
    """What reads as a number; the journal keeps amounts as text."""
    try:
        return None if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        return None


def _bare(value: Any) -> Any:
    """A record as its id."""
    if isinstance(value, Mapping) and "id" in value:
        return value["id"]
    return value.value if hasattr(value, "value") else value
