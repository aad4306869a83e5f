"""A case under test: plays commands and checks after each that events rebuild the state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from bihuan.process.engine import codec, events
from bihuan.process.engine.commands import Answer, Command, Start
from bihuan.process.engine.evolve import replay
from bihuan.process.engine.graph import Graph
from bihuan.process.engine.invariants import invariants
from bihuan.process.engine.play import decide
from bihuan.process.engine.run import Env
from bihuan.process.engine.state import Seat, State
from bihuan.process.tests.engine.builders import World

E = TypeVar("E", bound=events.Event)


class Case:
    """One case; `through_json` also sends every event and state through JSON."""

    def __init__(
        self, graph: Graph, env: Env | None = None, *, start: bool = True, through_json: bool = True
    ):
        self.graph = graph
        self.env = env or World()
        self.state = State()
        self.replayed = State()
        self.last: list[events.Event] = []
        self.through_json = through_json
        if start:
            self.play(Start())

    def play(self, command: Command) -> list[events.Event]:
        """Play one command; replay and invariants are asserted."""
        before = self.state.copy()
        self.last, after = decide(self.graph, self.state, command, self.env)
        assert self.state == before, "a command must leave the state it was given alone"
        told = self.last
        if self.through_json:
            told = [events.from_json(json.loads(json.dumps(event.to_json()))) for event in told]
            assert told == self.last
            assert codec.from_json(State, json.loads(json.dumps(codec.to_json(after)))) == after
        self.replayed = replay(told, self.replayed)
        assert self.replayed == after
        problems = invariants(self.graph, after)
        assert not problems, problems
        self.state = after
        return self.last

    def open(self) -> dict[str, list[int]]:
        """Open seats: people by step (rows as "step@1")."""
        found: dict[str, list[int]] = {}
        for seat in self.state.seats.values():
            if seat.state == "open":
                found.setdefault(self.name(seat), []).append(seat.person)
        return {name: sorted(people) for name, people in found.items()}

    def name(self, seat: Seat) -> str:
        """The step, with the rows it stands in."""
        rows = self.state.rows_of(self.state.tokens[seat.token].scope)
        return seat.node + "".join(f"@{row}" for row in rows)

    def seat(self, name: str, person: int | None = None) -> Seat:
        """The open seat at a step."""
        return next(
            s
            for s in self.state.seats.values()
            if s.state == "open" and self.name(s) == name and person in (None, s.person)
        )

    def do(self, name: str, person: int | None = None, **more: Any) -> list[events.Event]:
        """Answer an open seat with its yes."""
        seat = self.seat(name, person)
        act = self.graph.nodes[seat.node].rules.get("do", "do")
        yes = "done" if act in ("fill", "do", "archive", "collect") else "agree"
        return self.play(Answer(seat.id, yes, **more))

    def refuse(self, name: str, person: int | None = None, **more: Any) -> list[events.Event]:
        """Refuse at an open seat."""
        return self.play(Answer(self.seat(name, person).id, "refuse", **more))

    def did(self, kind: type[E]) -> list[E]:
        """Events of one kind of the last command."""
        return [event for event in self.last if isinstance(event, kind)]

    def tokens(self, node: str) -> Sequence[int]:
        """Tokens at a node."""
        return [t.id for t in self.state.tokens.values() if t.node == node]
