"""One command being played: the working copy, the events so far, the tokens on their way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from bihuan.process.engine.errors import GraphError
from bihuan.process.engine.events import Event, TokenClosed, TokenMoved, TokenOpened
from bihuan.process.engine.evolve import apply
from bihuan.process.engine.graph import Flow, Graph, Node
from bihuan.process.engine.state import MAIN, At, Chair, Place, State

LOOP_LIMIT = 100
"""How often one command may pass the same node in the same scope before it is an endless loop."""


class Verdict(NamedTuple):
    """What an expression gave, and the values it read."""

    value: bool
    inputs: Mapping[str, Any]


class Env(Protocol):
    """What the engine asks of the world."""

    def test(self, expression: str, at: Place) -> Verdict:
        """Does a condition hold here?"""

    def people(self, node: Node, at: Place) -> Sequence[Chair]:
        """Who is asked at a step: each person once, in order, never nobody."""

    def rows(self, node: Node, at: Place) -> Sequence[Any]:
        """The rows of an `each`, as JSON data."""


Hear = Callable[[Event, State], None]
"""Told of every event as soon as it is decided, so that its effects can be read by what follows."""


class Arrival(NamedTuple):
    """A token about to reach a node; `token` None: one that does not exist yet. `forced`: opened by a
    return, for `chairs` if someone did the step before.
    """

    token: int | None
    scope: int
    node: str
    flow: str = ""
    forced: bool = False
    chairs: tuple[Chair, ...] = ()
    rows: frozenset[int] | None = None


class Run:
    """The working session of one command. Handlers emit events and send tokens on."""

    __slots__ = (
        "agenda",
        "choose",
        "dirty",
        "env",
        "events",
        "go",
        "graph",
        "hear",
        "mode",
        "state",
        "visits",
    )

    def __init__(self, graph: Graph, state: State, env: Env, hear: Hear | None = None) -> None:
        self.graph = graph
        self.hear = hear
        self.state = state.copy()
        self.env = env
        self.events: list[Event] = []
        self.agenda: list[Arrival] = []
        self.dirty: set[int] = set()
        self.visits: dict[tuple[str, int], int] = {}
        self.choose: Mapping[str, bool] = {}
        self.go: str | None = None
        self.mode: str | None = None

    def emit(self, event: Event) -> None:
        """Decide a fact and live with it."""
        self.events.append(event)
        apply(self.state, event)
        if self.hear is not None:
            self.hear(event, self.state)

    def new_id(self) -> int:
        """The next free id; taken when an event with it is emitted."""
        return self.state.last_id + 1

    def send(self, token: int | None, scope: int, flow: Flow) -> None:
        """Put a token on its way along a flow."""
        self.agenda.append(Arrival(token, scope, flow.target, flow.id))

    def rest(self, arrival: Arrival, kind: At) -> int:
        """Let a token come to rest where it arrived; answers its id."""
        if arrival.token is not None:
            self.emit(TokenMoved(arrival.token, arrival.node, kind, arrival.flow))
            return arrival.token
        token = self.new_id()
        self.emit(TokenOpened(token, arrival.node, arrival.scope, kind, arrival.flow))
        return token

    def close(self, token: int | None, scope: int) -> None:
        """End a token; its scope may be over with it."""
        if token is not None:
            self.emit(TokenClosed(token))
        self.dirty.add(scope)

    def place(self, node: str, scope: int) -> Place:
        """Where an expression of the node is read."""
        return self.state.place(node, scope)

    def outer(self, scope: int, node: Node) -> int:
        """The scope around (or equal to) `scope` that `node` belongs to."""
        home = self.graph.home[node.id]
        while scope != MAIN and self.state.scopes[scope].node != home:
            scope = self.state.scopes[scope].parent
        return scope

    def guard(self, node: str, scope: int) -> None:
        """Stop automatic loops that never end (GraphError)."""
        seen = self.visits.get((node, scope), 0) + 1
        if seen > LOOP_LIMIT:
            raise GraphError("流程在“{node}”处陷入死循环", node=self.graph.nodes[node].name or node)
        self.visits[(node, scope)] = seen
