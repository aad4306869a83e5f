"""What a pack tells the static check about everything outside the process at hand."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

# fields that no person fills: computed display, and the block a process writes
UNASKED = ("view", "approval")


@dataclass(frozen=True)
class FieldShape:
    """One field of a form; `to` are the forms a `ref` may point to, `columns` those of a table."""

    type: str
    columns: Mapping[str, FieldShape] = field(default_factory=dict)
    required: bool = False
    required_in: tuple[str, ...] = ()
    computed: bool = False
    default: bool = False
    to: tuple[str, ...] = ()
    many: bool = False


@dataclass(frozen=True)
class FormShape:
    """One form: its key (the default name of its documents) and its fields."""

    key: str
    fields: Mapping[str, FieldShape]
    kind: str = "document"


@dataclass(frozen=True)
class ProcessShape:
    """Another process: its steps, its main form, and how others use it.

    `entered` are steps at which other processes open or call it, `given` the names of documents
    they hand over, by form code ("" where unknown).
    """

    steps: frozenset[str] = frozenset()
    document: str = ""
    entered: frozenset[str] = frozenset()
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """All look-ups of the check.

    `registers` maps a register to its actions; None leaves them unchecked. `packs` are the packs
    whose processes are here. `unread` holds codes and keys of files that are there but broken:
    what is wrong with them is told where they stand, so nothing more is said of them here.
    """

    slots: Set[str] = frozenset()
    forms: Mapping[str, FormShape] = field(default_factory=dict)
    processes: Mapping[str, ProcessShape] = field(default_factory=dict)
    tables: Set[str] = frozenset()
    settings: Set[str] = frozenset()
    registers: Mapping[str, Set[str]] | None = None
    packs: Set[str] = frozenset()
    unread: Set[str] = frozenset()

    @property
    def form_keys(self) -> dict[str, str]:
        """Form code to form key."""
        return {code: form.key for code, form in self.forms.items()}
