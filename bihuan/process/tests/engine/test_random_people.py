"""Random people over random valid graphs: the invariants hold and events rebuild the state."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bihuan.kernel.errors import DomainError
from bihuan.process.engine import commands
from bihuan.process.engine.graph import Flow, Graph, Kind, Node
from bihuan.process.engine.state import At, Chair
from bihuan.process.tests.engine import oracle
from bihuan.process.tests.engine.builders import Tree, World, graph_of
from bihuan.process.tests.engine.driver import Case
from bihuan.process.tests.engine.test_oracle import Maker, throw

ACTS = ("approve", "fill", "all_sign", "any_sign", "sequential", "collect", "separate", "ratio")


def dressed(tree: Tree, dice: random.Random, whole: Tree) -> Tree:
    """The model with random acts, refusal targets and `when`s; some tasks become calls or waits."""
    if tree[0] == "task":
        chance = dice.random()
        ways = oracle.targets(whole, tree[1]) or ["end"]
        if chance < 0.08:
            return ("node", tree[1], Kind.CALL, {"refuse": ways})
        if chance < 0.14:
            return ("node", tree[1], Kind.CATCH, {"wait": "1d"})
        act = dice.choice(ACTS)
        rules = {"do": act, "refuse": dice.sample(ways, min(3, len(ways))), "wait_all": dice.random() < 0.5}
        if act == "ratio":
            rules.update(do="round", mode="ratio", **{"pass": 0.6})
        if chance > 0.9:
            rules["when"] = {"ask": "?"}
        return ("task", tree[1], rules)
    parts = tree[1] if tree[0] == "seq" else tree[2]
    if isinstance(parts, list):
        parts = [part and dressed(part, dice, whole) for part in parts]
    else:
        parts = dressed(parts, dice, whole)
    return ("seq", parts) if tree[0] == "seq" else (tree[0], tree[1], parts, *tree[3:])


def watched(graph: Graph, dice: random.Random) -> Graph:
    """The graph with random watches, some with a side branch or an interruption."""
    nodes, flows = [*graph.nodes.values()], [*graph.flows]
    hosts = [n for n in nodes if n.kind in (Kind.TASK, Kind.SUB, Kind.CALL)]
    for host in dice.sample(hosts, min(3, len(hosts))):
        name = f"watch_{host.id}"
        rules = dice.choice([{"after": "1d"}, {"every": "1d"}, {"by": "x"}, {"after": "1d", "do": "pass"}])
        side = (*host.path, f"{name}.")
        if dice.random() < 0.5:
            nodes.append(Node(f"side_{name}", Kind.TASK, scope=host.scope, path=side, rules={"do": "do"}))
            flows.append(Flow(f"to_{name}", name, f"side_{name}"))
        elif dice.random() < 0.5:
            rules = {**rules, "interrupt": True}
            flows.append(Flow(f"to_{name}", name, host.id))
        nodes.append(Node(name, Kind.BOUNDARY, host=host.id, scope=host.scope, path=host.path, rules=rules))
    return Graph.of("T", nodes, flows)


class People(RuleBasedStateMachine):
    """They answer, refuse, withdraw, reassign, pull triggers; timers fire, calls end."""

    case: Case

    @initialize(seed=st.integers(0, 10**6))
    def begin(self, seed: int) -> None:
        """A random model with one to four people a step."""
        self.dice = random.Random(seed)
        self.maker = Maker(self.dice, "xor skip and or loop mi")
        tree: Tree = ("seq", [("task", "first", {"do": "fill"}), *(self.maker.tree(2) for _ in range(3))])
        tree = ("seq", [tree[1][0], *(dressed(part, self.dice, tree) for part in tree[1][1:])])
        self.graph = watched(graph_of(tree), self.dice)
        people = {n: self.dice.sample(range(1, 9), self.dice.randint(1, 4)) for n in self.graph.nodes}
        self.world = World(people)
        throw(self.dice, self.maker, self.world)
        self.case = Case(self.graph, self.world, through_json=False)

    def play(self, command: commands.Command) -> None:
        """Play; a refusal by the engine must leave everything as it is."""
        throw(self.dice, self.maker, self.world)
        before = self.case.state
        try:
            self.case.play(command)
        except DomainError:
            assert self.case.state is before

    def running(self) -> bool:
        """Is the case running?"""
        return self.case.state.status == "running"

    @precondition(running)
    @rule(
        data=st.data(), yes=st.integers(0, 3), straight=st.sampled_from([None, "straight_back", "all_again"])
    )
    def answer(self, data: st.DataObject, yes: int, straight: str | None) -> None:
        """Someone answers, mostly yes."""
        seats = [s for s in self.case.state.seats.values() if s.state == "open"]
        if not seats:
            return
        seat = data.draw(st.sampled_from(seats))
        rules = self.graph.nodes[seat.node].rules
        word = "done" if rules["do"] in ("fill", "do", "collect") else "agree" if yes else "refuse"
        go = data.draw(st.sampled_from(rules["refuse"])) if word == "refuse" else None
        choose = {name: bool(yes % 2) for name in self.graph.nodes}
        self.play(commands.Answer(seat.id, word, go=go, mode=straight, choose=choose))

    @precondition(running)
    @rule(data=st.data())
    def fire(self, data: st.DataObject) -> None:
        """A timer comes due, a trigger is pulled."""
        if self.case.state.watches:
            watch = data.draw(st.sampled_from(list(self.case.state.watches.values())))
            manual = "by" in self.graph.nodes[watch.node].rules
            self.play(commands.Trigger(watch.id, Chair(3)) if manual else commands.Fire(watch.id))

    @precondition(running)
    @rule(data=st.data(), passed=st.booleans())
    def end_call(self, data: st.DataObject, passed: bool) -> None:
        """A called process ends."""
        calls = [t.id for t in self.case.state.tokens.values() if t.kind == At.CALL]
        if calls:
            self.play(commands.CallEnded(data.draw(st.sampled_from(calls)), passed))

    @precondition(running)
    @rule(data=st.data(), person=st.integers(1, 9))
    def reassign(self, data: st.DataObject, person: int) -> None:
        """A seat goes to someone else."""
        if self.case.state.seats:
            seat = data.draw(st.sampled_from(list(self.case.state.seats)))
            self.play(commands.Reassign(seat, Chair(person)))

    @precondition(running)
    @rule(often=st.integers(0, 5))
    def withdraw(self, often: int) -> None:
        """The author takes it back, now and then."""
        if not often:
            self.play(commands.Withdraw())

    @precondition(lambda self: not self.running())
    @rule()
    def anew(self) -> None:
        """The next case of the same process."""
        self.case = Case(self.graph, self.world, through_json=False)

    @invariant()
    def bounded(self) -> None:
        """Memory is bounded by the graph, not by what happened."""
        if hasattr(self, "case"):
            assert len(self.case.state.backs) <= len(self.case.state.tokens)


TestRandomPeople = People.TestCase
TestRandomPeople.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
