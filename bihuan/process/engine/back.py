"""Straight back: may what a return cut be put back, and doing it."""

from __future__ import annotations

from bihuan.process.engine import gates, rounds
from bihuan.process.engine.commands import STRAIGHT_BACK
from bihuan.process.engine.events import BackDropped, CallRequested, TokenMoved
from bihuan.process.engine.events import StraightBack as PutBack
from bihuan.process.engine.run import Run
from bihuan.process.engine.state import MAIN, At, Back, Place


def settle_target(run: Run, token: int, back: Back) -> bool:
    """A return's target was passed. True if the token need not go on: it is parked or put away."""
    if (back.mode or run.mode) != STRAIGHT_BACK:
        drop(run, back, "chosen")
        return False
    if not _same_route(run, back):
        drop(run, back, "route")
        return False
    at = run.state.tokens[token]
    run.emit(TokenMoved(token, at.node, At.PARKED, at.flow))
    if not _waiting(run, back):
        _put_back(run, back)
    return True


def spoil(run: Run, token: int, reason: str) -> None:
    """An answer given at (or inside) a target rules straight back out."""
    state = run.state
    found = [state.back_at(token)]
    scope = state.tokens[token].scope
    while scope != MAIN:
        found.append(state.back_at(state.scopes[scope].token))
        scope = state.scopes[scope].parent
    for back in found:
        if back:
            drop(run, back, reason)


def drop(run: Run, back: Back, reason: str) -> None:
    """All again: forget what was cut; rows that were parked go on from the target."""
    parked = [run.state.tokens[i] for i in back.targets if i in run.state.tokens]
    run.emit(BackDropped(back.id, reason))
    for token in parked:
        if token.kind == At.PARKED:
            gates.leave(run, token.id, token.scope, run.graph.nodes[token.node])


def sweep(run: Run) -> None:
    """Forget returns of which a target was cut or led elsewhere; nobody waits for it then."""
    tokens = run.state.tokens
    for back in list(run.state.backs.values()):
        if not all(i in tokens and tokens[i].node == back.node for i in back.targets):
            drop(run, back, "gone")


def _waiting(run: Run, back: Back) -> bool:
    """Is any target still at work?"""
    return any(run.state.tokens[i].kind != At.PARKED for i in back.targets)


def _same_route(run: Run, back: Back) -> bool:
    """Do all gates between target and refuser still choose the way they chose?"""
    for (gate, rows), taken in run.state.gates.items():
        if taken.at < back.since:
            continue
        place = _place(run, back, gate, rows, taken.scope)
        if place and not gates.stands(run, gate, taken.flows, place):
            return False
    return True


def _place(run: Run, back: Back, gate: str, rows: tuple[int, ...], scope: int) -> Place | None:
    """The place of a gate in a live scope or one the return cut; None if that has long ended."""
    scopes = {x.id: x for x in back.scopes}
    values = []
    at = scope
    while at != MAIN:
        found = run.state.scopes.get(at) or scopes.get(at)
        if found is None:
            return None
        if found.row is not None:
            values.append(found.value)
        at = found.parent
    return Place(gate.partition("/")[0], scope, rows, tuple(reversed(values)))


def _put_back(run: Run, back: Back) -> None:
    closed = [s.id for s in back.seats if s.token == back.origin and s.state == "closed"]
    origin = next((t for t in back.tokens if t.id == back.origin), None)
    mode = rounds.mode_of(run.graph.nodes[origin.node].rules) if origin else "first"
    again = () if mode in ("first", "any") or not back.refusing else tuple(closed)
    in_turn = mode == "sequential"
    seats = back.refusing if in_turn else back.refusing + again
    run.emit(PutBack(back.id, tuple(t.id for t in back.tokens), seats, again if in_turn else ()))
    if origin and origin.kind == At.CALL:  # its call ended by refusal: it is made again
        run.emit(CallRequested(origin.id, origin.node, origin.scope))
