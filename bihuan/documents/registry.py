"""What upper apps fill in: who takes part in a document, what its page shows, and registers to refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Exists, QuerySet
from django.http import HttpRequest

from bihuan.kernel.actor import Actor
from bihuan.kit.access import Viewer
from bihuan.kit.ui.field_view import Option

from .models import Document

Participants = Callable[[Viewer, str], Exists]
"""From a viewer and the column that holds the document's id: whether the viewer takes part in its work."""

Nearby = Callable[[Viewer], QuerySet[Any, Any]]
"""The ids of all documents a viewer can take part in, found by index; for those who see few among all."""


class ReferenceSource(Protocol):
    """A register that `ref` fields may point to by its name (`product`, `F-070`)."""

    def search(self, text: str, viewer: Viewer, limit: int) -> Iterable[Option]:
        """Rows whose code, name or pinyin fits; `value` is the row's id as text."""

    def find(self, raw: object, viewer: Viewer | None) -> dict[str, Any] | None:
        """The row given by id or code as {id, number, title, version}; None where it is not there.

        Without a viewer the program itself asks and sees everything.
        """

    def values(self, id: int) -> Mapping[str, Any]:
        """The row's values, for expressions (`doc.product.price`)."""

    def url(self, id: int) -> str:
        """The address of the row's page."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the document page: a template of the app that fills it, with its context."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    side: bool = False
    """Whether it stands in the narrow column on the right."""


PanelMaker = Callable[[HttpRequest, Document], Panel | None]

Follower = Callable[[Document, str, Actor, datetime], None]
"""Hears of a document, what happened to it (submitted, passed, voided), who did it and when."""


@dataclass(frozen=True, slots=True)
class Signing:
    """One decision about a document as it goes on paper: who, in which post, what, why, when."""

    step: str
    person: str
    """The name as it is shown, 「A(B代)」 where a deputy signed (R-034)."""
    position: str
    answer: str
    opinion: str
    at: datetime | None
    version: int
    """The version that was decided on; 0 where the step decides on none."""
    answers: tuple[str, ...] = ()
    """What the author answered to it."""


SigningSource = Callable[[Document], Iterable[Signing]]

participants: dict[Participants, Nearby] = {}
panels: list[PanelMaker] = []
signing_sources: list[SigningSource] = []
_references: dict[str, ReferenceSource] = {}
_followers: list[Follower] = []


def add_participants(source: Participants, nearby: Nearby) -> None:
    """Let `source` say who takes part in a document and may therefore see it.

    What `source` opens, `nearby` must find: the lists of people who see few begin with it.
    """
    participants[source] = nearby


def add_panel(maker: PanelMaker) -> None:
    """Show what `maker` returns on the document page; None shows nothing."""
    if maker not in panels:  # an app may be made ready twice
        panels.append(maker)


def on_document_event(follower: Follower) -> None:
    """Tell `follower` when a document is submitted, passed or voided, in the transaction that did it."""
    if follower not in _followers:
        _followers.append(follower)


def tell(document: Document, verb: str, by: Actor, at: datetime) -> None:
    """Tell all followers; an error of one undoes the act."""
    for follower in _followers:
        follower(document, verb, by, at)


def add_signings(source: SigningSource) -> None:
    """Print what `source` knows of decisions about a document, oldest first."""
    if source not in signing_sources:
        signing_sources.append(source)


def add_reference(name: str, source: ReferenceSource) -> None:
    """Let `ref` fields with this name in `to` point to rows of a register."""
    _references[name] = source


def reference_source(name: str) -> ReferenceSource | None:
    """The register behind a name in `to`, if any; else the name is a form's code."""
    return _references.get(name) or _references.get(name.split(".")[0])
