"""What the engine decided: small immutable facts, enough to rebuild the state by `evolve`.

What stands or falls with a token is not told again: when a token moves on, ends or is cut, its
seats and watches go with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bihuan.process.engine import codec
from bihuan.process.engine.state import Chair


@dataclass(frozen=True, slots=True)
class Event:
    """The base of all events."""

    def to_json(self) -> dict[str, Any]:
        """The event as JSON data, its kind under "event"."""
        data: dict[str, Any] = codec.to_json(self)
        return {"event": type(self).__name__, **data}


@dataclass(frozen=True, slots=True)
class CaseStarted(Event):
    """The case runs; `node` is the entrance."""

    node: str


@dataclass(frozen=True, slots=True)
class TokenOpened(Event):
    """A new token rests at a node."""

    token: int
    node: str
    scope: int
    kind: str
    flow: str = ""


@dataclass(frozen=True, slots=True)
class TokenMoved(Event):
    """A token came to rest at another node of its scope."""

    token: int
    node: str
    kind: str
    flow: str = ""


@dataclass(frozen=True, slots=True)
class TokenClosed(Event):
    """A token ended or was joined into another."""

    token: int


@dataclass(frozen=True, slots=True)
class StepEntered(Event):
    """A step begins; `count` is how often it has been entered in this case."""

    node: str
    scope: int
    token: int | None
    count: int


@dataclass(frozen=True, slots=True)
class SeatOpened(Event):
    """A person is asked; `state` is open or waiting (its turn comes later)."""

    seat: int
    token: int
    node: str
    chair: Chair
    order: int
    round: int
    state: str


@dataclass(frozen=True, slots=True)
class SeatTurned(Event):
    """A waiting seat's turn has come."""

    seat: int


@dataclass(frozen=True, slots=True)
class SeatAnswered(Event):
    """A person answered agree, refuse or done; on a refusal with the target and mode he chose."""

    seat: int
    answer: str
    target: str | None = None
    mode: str | None = None


@dataclass(frozen=True, slots=True)
class SeatClosed(Event):
    """A seat is no longer needed; `by` is the person whose answer decided, None the system."""

    seat: int
    reason: str
    by: int | None


@dataclass(frozen=True, slots=True)
class SeatReassigned(Event):
    """A seat went to another person or position."""

    seat: int
    chair: Chair


@dataclass(frozen=True, slots=True)
class StepPassed(Event):
    """A step is over; its outcome keys take effect now.

    `outcome`: done, agree, auto (automatic), empty (no rows), ended (block, call), fired (wait),
    pass (by a watch). `rows` are the row indices around it, outer first.
    """

    node: str
    scope: int
    token: int | None
    rows: tuple[int, ...]
    outcome: str
    by: tuple[Chair, ...] = ()


@dataclass(frozen=True, slots=True)
class StepSkipped(Event):
    """A step's `when` was false; `inputs` are what it read, {"asked": False} a person's no."""

    node: str
    scope: int
    rows: tuple[int, ...]
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GateTaken(Event):
    """A choice of ways (R-019). `gate` is the node; for a `when` that holds "<node>/when" takes ("run",)."""

    gate: str
    scope: int
    rows: tuple[int, ...]
    flows: tuple[str, ...]
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowsTaken(Event):
    """The rows of a block, taken when it was reached."""

    node: str
    rows: tuple[int, ...]
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ScopeOpened(Event):
    """A run of a block; `started` False: its turn comes later."""

    scope: int
    node: str
    parent: int
    token: int
    row: int | None
    value: Any = None
    started: bool = True


@dataclass(frozen=True, slots=True)
class ScopeStarted(Event):
    """A waiting row's turn has come."""

    scope: int


@dataclass(frozen=True, slots=True)
class ScopeClosed(Event):
    """A run of a block has ended."""

    scope: int


@dataclass(frozen=True, slots=True)
class WatchArmed(Event):
    """A boundary trigger is armed; token 0 watches the case."""

    watch: int
    node: str
    token: int
    scope: int


@dataclass(frozen=True, slots=True)
class WaitArmed(Event):
    """The case waits for a moment or an event."""

    watch: int
    node: str
    token: int
    scope: int


@dataclass(frozen=True, slots=True)
class WatchFired(Event):
    """A trigger came; `held` says whether its `if` held, so that its effect is due."""

    watch: int
    node: str
    scope: int
    rows: tuple[int, ...]
    held: bool
    inputs: Mapping[str, Any] = field(default_factory=dict)
    by: Chair | None = None


@dataclass(frozen=True, slots=True)
class WatchClosed(Event):
    """A trigger that fires once has fired."""

    watch: int


@dataclass(frozen=True, slots=True)
class CallRequested(Event):
    """Another process is to run; CallEnded(token) answers."""

    token: int
    node: str
    scope: int


@dataclass(frozen=True, slots=True)
class Returned(Event):
    """A refusal or withdrawal: what is named is cut, then the target opens.

    `back` is the id of the record kept for straight back, 0 for none. `mode` None: the author
    chooses. `refusing` are the seats that refused.
    """

    back: int
    source: str
    target: str
    token: int
    refusing: tuple[int, ...]
    mode: str | None
    since: int
    tokens: tuple[int, ...]
    scopes: tuple[int, ...]
    refused: bool = True


@dataclass(frozen=True, slots=True)
class ReturnOpened(Event):
    """The return's target is open: all tokens and scopes newer than `back` belong to it."""

    back: int


@dataclass(frozen=True, slots=True)
class BackDropped(Event):
    """All again: what the return cut will not come back. `reason`: chosen, changed, route, gone."""

    back: int
    reason: str


@dataclass(frozen=True, slots=True)
class StraightBack(Event):
    """What the return cut is put back, decisions standing.

    `seats` open again: those that refused, and those of their round that the refusal had closed
    (`waiting`: those whose turn comes later).
    """

    back: int
    tokens: tuple[int, ...]
    seats: tuple[int, ...]
    waiting: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut(Event):
    """Leaving a list or an interruption cut these tokens and scopes."""

    reason: str
    tokens: tuple[int, ...]
    scopes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EndReached(Event):
    """The main list reached an end; `outcome` is its label."""

    node: str
    outcome: str


@dataclass(frozen=True, slots=True)
class CaseEnded(Event):
    """The case is over; `passed` False: by refusal or termination."""

    node: str
    outcome: str
    passed: bool


_KINDS = {
    name: kind
    for name, kind in list(globals().items())
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}


def from_json(data: Mapping[str, Any]) -> Event:
    """Read an event written by `to_json` (KeyError for an unknown kind)."""
    fields = dict(data)
    return codec.from_json(_KINDS[fields.pop("event")], fields)
