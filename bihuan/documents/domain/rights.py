"""What a step lets its people see and write of a document (formats.md, "Documents")."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass


class _All:
    """Every field."""

    def __contains__(self, key: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "ALL"


ALL = _All()
Keys = frozenset[str] | _All
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rights:
    """Rights on the fields of one document at one step.

    `write` are the fields that may be written (ALL for a plain `fill`), less those in `read` (left to
    other steps) and `hide` (not shown at all). `require` are demanded at once, whatever the form says;
    `leave` may be written but is not demanded here: another step asks for it.
    `revise` lets a `fill` step write on a passed document: that makes its next version. `head` lets the
    document's head (title, unit, secrecy, urgency, attachments) be changed.
    """

    write: Keys = NONE
    hide: frozenset[str] = NONE
    require: frozenset[str] = NONE
    read: frozenset[str] = NONE
    leave: frozenset[str] = NONE
    revise: bool = False
    head: bool = False

    def may_see(self, key: str) -> bool:
        """Whether the field is shown."""
        return key not in self.hide

    def may_write(self, key: str) -> bool:
        """Whether the field may be written."""
        return key in self.write and key not in self.read and key not in self.hide

    def writable(self, keys: Iterable[str]) -> Container[str]:
        """Those of `keys` that may be written."""
        return {key for key in keys if self.may_write(key)}


FILL = Rights(write=ALL, head=True)
READ = Rights()
