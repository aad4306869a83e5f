"""The state of one case: where its tokens stand, who sits at them, and a bounded memory.

Everything is plain data in dicts by integer id (one counter for all kinds, so an id names one row).
What has ended leaves the state; the store sees it go and closes the row. `State` is treated as a
value: only `evolve.apply` changes one, and only a copy it was given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

MAIN = 0
"""The scope of the process itself; it needs no row."""

WHEN, RUN, SKIP = "/when", "run", "skip"
"""A `when` is remembered like a gate named "<node>/when" that took "run" or "skip"."""

Key = tuple[str, tuple[int, ...]]
"""A node and the row indices it was reached in, from the outer block to the inner."""


class At(StrEnum):
    """What a token waits for."""

    TASK = "task"
    JOIN = "join"
    SCOPE = "scope"
    CALL = "call"
    WAIT = "wait"
    PARKED = "parked"  # answered after a return to several rows; the other rows are still at it


class Chair(NamedTuple):
    """One person to be asked: `stands_for` is the person he deputises, `veto` his right in a round."""

    person: int
    position: int | None = None
    stands_for: int | None = None
    note: str = ""
    veto: bool = False


class Place(NamedTuple):
    """Where an expression is read: a node, its scope, the row indices and the row values around it."""

    node: str
    scope: int
    rows: tuple[int, ...] = ()
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """A place the case stands at; `flow` is the one it arrived by."""

    id: int
    node: str
    scope: int
    kind: str
    flow: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """One run of a block held open by `token`; with `each` one per row (`row` counts from 0, `value`
    is the row). A side branch is a run of its watch that no token holds (`token` 0).
    """

    id: int
    node: str
    parent: int
    token: int
    row: int | None = None
    value: Any = None
    started: bool = True


@dataclass(frozen=True, slots=True)
class Seat:
    """One person's place at a step instance.

    `answer` is agree, refuse or done; `state` open, waiting (its turn comes later), done or closed
    (`by` decided instead). `round` counts how often the step was entered. On a refusal `target`
    and `mode` keep what the refuser chose.
    """

    id: int
    token: int
    node: str
    person: int
    position: int | None = None
    stands_for: int | None = None
    order: int = 0
    state: str = "open"
    answer: str | None = None
    round: int = 1
    veto: bool = False
    note: str = ""
    by: int | None = None
    target: str | None = None
    mode: str | None = None

    @property
    def chair(self) -> Chair:
        """The person as he would be asked again."""
        return Chair(self.person, self.position, self.stands_for, self.note, self.veto)


@dataclass(frozen=True, slots=True)
class Watch:
    """An armed boundary trigger or wait; `token` 0 watches the case; `scope` is where it leads on."""

    id: int
    node: str
    token: int
    scope: int = MAIN


@dataclass(frozen=True, slots=True)
class Back:
    """What a return took away, kept while its target is open so that it can be put back.

    `targets` are the tokens at `node` the return opened, `origin` the refusing token, `since` the
    pass number from which gates count as passed between target and refuser. `mode` is fixed by
    the refuser or None: then the author chooses.
    """

    id: int
    node: str
    origin: int
    refusing: tuple[int, ...]
    mode: str | None
    since: int
    tokens: tuple[Token, ...]
    scopes: tuple[Scope, ...]
    seats: tuple[Seat, ...]
    watches: tuple[Watch, ...]
    backs: tuple[Back, ...] = ()
    targets: tuple[int, ...] = ()
    opened_tokens: tuple[int, ...] = ()
    opened_scopes: tuple[int, ...] = ()


class Did(NamedTuple):
    """Who passed a step last, and at which pass number."""

    chairs: tuple[Chair, ...]
    at: int


class Taken(NamedTuple):
    """The flows a gate chose last (for a `when`: "run" or "skip"), where and when."""

    flows: tuple[str, ...]
    scope: int
    at: int


@dataclass(slots=True)
class State:
    """One case. `status` is new, running or ended; `refused`: the last decision was a refusal."""

    status: str = "new"
    outcome: str = ""
    passed: bool = False
    refused: bool = False
    first: str = ""
    last_id: int = 0
    pass_no: int = 0
    tokens: dict[int, Token] = field(default_factory=dict)
    scopes: dict[int, Scope] = field(default_factory=dict)
    seats: dict[int, Seat] = field(default_factory=dict)
    watches: dict[int, Watch] = field(default_factory=dict)
    backs: dict[int, Back] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    did: dict[Key, Did] = field(default_factory=dict)
    gates: dict[Key, Taken] = field(default_factory=dict)
    rows: dict[Key, tuple[Any, ...]] = field(default_factory=dict)

    def copy(self) -> State:
        """A working copy: new dicts, shared (immutable) entries."""
        return State(
            self.status, self.outcome, self.passed, self.refused, self.first, self.last_id, self.pass_no,
            self.tokens.copy(), self.scopes.copy(), self.seats.copy(), self.watches.copy(), self.backs.copy(),
            self.counts.copy(), self.did.copy(), self.gates.copy(), self.rows.copy(),
        )  # fmt: skip

    def seats_at(self, token: int) -> list[Seat]:
        """The seats of one step instance, in order."""
        return sorted((s for s in self.seats.values() if s.token == token), key=lambda s: s.order)

    def back_at(self, token: int) -> Back | None:
        """The return whose target this token is, if any (its `mode` None = the author chooses)."""
        for back in self.backs.values():
            if token in back.targets:
                return back
        return None

    def rows_of(self, scope: int) -> tuple[int, ...]:
        """Row indices around a scope, from the outer block to the inner."""
        found: list[int] = []
        while scope != MAIN:
            entry = self.scopes[scope]
            if entry.row is not None:
                found.append(entry.row)
            scope = entry.parent
        return tuple(reversed(found))

    def place(self, node: str, scope: int) -> Place:
        """The place of a node in a live scope."""
        if scope == MAIN:
            return Place(node, scope)
        rows: list[int] = []
        values: list[Any] = []
        at = scope
        while at != MAIN:
            entry = self.scopes[at]
            if entry.row is not None:
                rows.append(entry.row)
                values.append(entry.value)
            at = entry.parent
        return Place(node, scope, tuple(reversed(rows)), tuple(reversed(values)))

    def within(self, scope: int, outer: int) -> bool:
        """Does `scope` stand in `outer` (or is it)?"""
        while scope != outer:
            if scope == MAIN:
                return False
            scope = self.scopes[scope].parent
        return True
