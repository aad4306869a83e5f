"""A step is over: its outcome, then the way on, or straight back to who refused."""

from __future__ import annotations

from bihuan.process.engine import back, gates
from bihuan.process.engine.events import StepPassed
from bihuan.process.engine.graph import Node
from bihuan.process.engine.run import Run
from bihuan.process.engine.state import Chair


def pass_step(run: Run, token: int, outcome: str, by: tuple[Chair, ...] = ()) -> None:
    """Pass the step a token rests at."""
    at = run.state.tokens[token]
    node = run.graph.nodes[at.node]
    run.emit(StepPassed(at.node, at.scope, token, run.state.rows_of(at.scope), outcome, by))
    if run.state.backs:
        record = run.state.back_at(token)
        if record and back.settle_target(run, token, record):
            return
    gates.leave(run, token, at.scope, node)


def pass_through(run: Run, token: int | None, scope: int, node: Node, outcome: str) -> None:
    """Pass a step nothing rests at: automatic, or a block without rows."""
    run.emit(StepPassed(node.id, scope, None, run.state.rows_of(scope), outcome))
    gates.leave(run, token, scope, node)
