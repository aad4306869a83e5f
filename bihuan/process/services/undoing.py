"""Which postings a return takes back (ADR 0013)."""

from __future__ import annotations

from collections.abc import Collection

from bihuan.process.engine import events as e
from bihuan.process.engine.graph import Graph, block_of
from bihuan.process.models import Posting
from bihuan.process.session import Session


def undone_by(session: Session, event: e.Returned, posting: Posting) -> bool:
    """Whether a return leads to the step of a posting again: the step is the target, stands in it, or
    was passed after the target and lies ahead of it, in the rows the return is about.
    """
    graph = session.context.program.graph
    inside = _inside(graph, event.target)
    if not _same_rows(session, event, posting):
        return False
    if posting.node in inside:
        return True
    since = _passed_at(session, event.target, inside)
    return (
        since is not None
        and posting.step_no >= since
        and posting.node in session.context.program.ahead(event.target)
    )


def _inside(graph: Graph, target: str) -> frozenset[str]:
    """A step, or the steps of a block."""
    within = {id for id, lists in graph.lists.items() if any(block_of(name) == target for name in lists)}
    return frozenset({target, *within})


def _passed_at(session: Session, target: str, inside: Collection[str]) -> int | None:
    """The engine's count when the target was passed; None for a step of people nobody has passed yet.

    What passes by itself is not remembered: all that lies ahead of it counts as later.
    """
    found = [did.at for (node, _), did in session.context.state.did.items() if node in inside]
    if found:
        return min(found)
    return None if "do" in session.context.program.graph.nodes[target].rules else 0


def _same_rows(session: Session, event: e.Returned, posting: Posting) -> bool:
    """Whether a posting was made in the rows that the return stands in, or in those its refuser named."""
    plan, before = session.context.program, session.state
    token = before.tokens.get(event.token)
    rows = before.rows_of(token.scope) if token is not None else ()
    target, source = plan.row_blocks(event.target), plan.row_blocks(event.source) if event.source else ()
    shared = 0
    while shared < min(len(target), len(source)) and target[shared] == source[shared]:
        shared += 1
    made = tuple(int(one) for one in posting.row.split(".")) if posting.row else ()
    if made[:shared] != rows[: min(shared, len(made))]:
        return False
    named = getattr(session.command, "rows", None)
    into = (
        len(made) > shared
        and plan.row_blocks(posting.node)[shared : shared + 1] == target[shared : shared + 1]
    )
    return named is None or not into or made[shared] in named
