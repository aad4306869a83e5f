"""Registers that processes post to: the slot that apps above fill in (design.md §2, "posting")."""

# ruff: noqa: D102 - the protocol's methods say what they do beside their names
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import QuerySet

from bihuan.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Source:
    """Where a posting comes from; ids, `version` is that of the DocumentVersion, `period` the case's code or ""."""

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
    """One posting: plain values for one action of a register."""

    posting: int
    action: str
    key: str
    values: Mapping[str, Any]
    source: Source


class Register(Protocol):
    """A typed table of facts that steps write to; `actions` names the values each action takes."""

    name: str
    label: str
    actions: Mapping[str, frozenset[str]]

    def post(self, post: Post, *, by: Actor, at: datetime) -> None: ...  # raises DomainError: the step waits

    def reverse(self, posting: int, *, by: Actor, at: datetime) -> None: ...  # by counter-entries or marks

    def rows(self, kind: str) -> QuerySet[Any] | None: ...  # None where there is no such kind

    def plain(self, row: Any) -> Mapping[str, Any]: ...  # for expressions and scenarios


_registers: dict[str, Register] = {}


def add_register(register: Register) -> None:
    """Let steps post to `register` under its name; adding it again replaces it."""
    _registers[register.name] = register


def register_of(name: str) -> Register | None:
    """The register of that name, if an app offers it."""
    return _registers.get(name)
