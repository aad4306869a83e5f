"""What may be asked of the engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bihuan.process.engine.state import Chair

ALL_AGAIN, STRAIGHT_BACK = "all_again", "straight_back"


@dataclass(frozen=True, slots=True)
class Start:
    """Begin the case, at an entrance (`node`) or at its start."""

    node: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A seat answers agree, refuse or done.

    `go`: the way picked (a flow, its name or its target), for a refusal the target. `rows`: the
    rows a refusal into a finished block re-opens (None = all). `choose`: answers to the `ask` of
    steps (by id) and inclusive branches (by flow, its name or its first step). `mode`: for a
    refusal fixes all_again or straight_back; for the step a return went back to the author's
    choice. `straight_ok` False: a binding field changed, so straight back is out.
    """

    seat: int
    answer: str
    go: str | None = None
    rows: Collection[int] | None = None
    choose: Mapping[str, bool] = field(default_factory=dict)
    mode: str | None = None
    straight_ok: bool = True


@dataclass(frozen=True, slots=True)
class Fire:
    """An armed watch or wait has come due (id of the watch, or of the waiting token)."""

    watch: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """A person pulls a watch with `by`."""

    watch: int
    chair: Chair


@dataclass(frozen=True, slots=True)
class Signal:
    """The event a token waits for has happened."""

    token: int


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The called process (or the last of its chain) has ended; not `passed` counts as refused here."""

    token: int
    passed: bool
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """All back to the first step, for who did it."""


@dataclass(frozen=True, slots=True)
class Reassign:
    """A seat goes to another person."""

    seat: int
    chair: Chair


@dataclass(frozen=True, slots=True)
class Terminate:
    """End the case at once."""

    outcome: str = ""


Command = Start | Answer | Fire | Trigger | Signal | CallEnded | Withdraw | Reassign | Terminate
