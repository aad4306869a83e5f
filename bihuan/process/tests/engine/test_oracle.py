"""Random models, random plays: the engine's open tasks against the interpreter without tokens."""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest

from bihuan.process.engine.commands import Answer, Start
from bihuan.process.engine.evolve import replay
from bihuan.process.engine.invariants import invariants
from bihuan.process.engine.play import decide
from bihuan.process.engine.state import State
from bihuan.process.tests.engine import oracle
from bihuan.process.tests.engine.builders import Tree, World, graph_of

MODELS = 210 * int(
    os.environ.get("BIHUAN_SOAK", "1")
)  # per feature set, forward and with returns: 2,100 in all
STEPS = 25


class Maker:
    """Draws block-structured models."""

    def __init__(self, dice: random.Random, features: str) -> None:
        self.dice = dice
        self.kinds = features.split()
        self.count = 0
        self.variables: list[str] = []

    def name(self, letter: str) -> str:
        """The next free name."""
        self.count += 1
        return f"{letter}{self.count}"

    def tree(self, depth: int) -> Tree:
        """A model at most `depth` deep."""
        if depth == 0 or self.dice.random() < 0.25:
            return ("task", self.name("t"), {"do": "approve"})
        kind = self.dice.choice(["seq", *self.kinds])
        return getattr(self, f"_{kind}")(depth - 1)  # type: ignore[no-any-return]

    def _seq(self, depth: int) -> Tree:
        return ("seq", [self.tree(depth) for _ in range(self.dice.randint(2, 3))])

    def _xor(self, depth: int) -> Tree:
        return self._split("xor", depth, 1)

    def _skip(self, depth: int) -> Tree:
        """A step that is left out unless its condition holds, and leads past what follows it."""
        name = self.name("skip")
        self.variables.append(f"{name}:0")
        return ("xor", name, [self.tree(0), self.tree(depth)], "skip")

    def _and(self, depth: int) -> Tree:
        return self._split("and", depth, 0)

    def _or(self, depth: int) -> Tree:
        return self._split("or", depth, 0)

    def _split(self, kind: str, depth: int, less: int) -> Tree:
        name, size = self.name(kind), self.dice.randint(2, 3)
        branches = [self.tree(depth) if self.dice.random() < 0.9 else None for _ in range(size)]
        if not any(branches):
            branches[0] = self.tree(0)
        self.variables += [f"{name}:{i}" for i in range(size - less)]
        return (kind, name, branches)

    def _loop(self, depth: int) -> Tree:
        name = self.name("loop")
        self.variables.append(f"{name}:again")
        # a task on every way round, so that no loop runs by itself
        return ("loop", name, ("seq", [self.tree(0), self.tree(depth)]))

    def _mi(self, depth: int) -> Tree:
        return ("mi", self.name("mi"), self.tree(depth), self.dice.randint(0, 3), self.dice.random() < 0.3)


def throw(dice: random.Random, maker: Maker, world: World) -> None:
    """New values for all conditions."""
    for name in maker.variables:
        world.truth[name] = dice.random() < (0.35 if name.endswith("again") else 0.6)


@pytest.mark.parametrize("returns", [False, True], ids=["forward", "returns"])
@pytest.mark.parametrize(
    "features",
    [
        "xor and",
        "xor and loop",
        "xor and or loop",
        "xor and loop mi",
        "xor and or loop mi",
        "xor skip and or loop mi",
    ],
)
def test_open_tasks_equal_the_interpreter(features: str, returns: bool) -> None:
    dice = random.Random(f"{features} {returns}")
    for _ in range(MODELS):
        compare(dice, features, returns)


def compare(dice: random.Random, features: str, returns: bool) -> None:
    """One random play of one random model."""
    maker = Maker(dice, features)
    tree: Tree = ("seq", [maker.tree(3) for _ in range(3)])
    graph, world = graph_of(tree), World()
    throw(dice, maker, world)
    told, state = decide(graph, State(), Start(), world)
    replayed = replay(told)
    other = oracle.Oracle(tree, world.truth)
    for _ in range(STEPS):
        seats = {(s.node, state.rows_of(state.tokens[s.token].scope)): s for s in state.seats.values()}
        assert Counter(list(seats)) == other.open(), tree
        assert replayed == state
        assert invariants(graph, state) == []
        assert (state.status == "ended") is (not seats)
        if not seats:
            return
        throw(dice, maker, world)
        leaf, seat = dice.choice(sorted(seats.items(), key=lambda pair: pair[0]))
        ways = oracle.targets(tree, leaf[0]) if returns else []
        if ways and dice.random() < 0.3:
            target = dice.choice(ways)
            graph.nodes[leaf[0]].rules["refuse"] = [target]  # type: ignore[index]
            command = Answer(seat.id, "refuse", go=target)
            other.refuse(leaf, target)
        else:
            command = Answer(seat.id, "agree")
            other.complete(leaf)
        told, state = decide(graph, state, command, world)
        replayed = replay(told, replayed)
