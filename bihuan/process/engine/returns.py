"""Refusals and withdrawals: cut what lies between, open the target (R-017).

A return cuts all that is open in the innermost list holding both steps. A target in a finished
block re-opens it with that branch only (the others count as arrived) or with the named rows,
which then run side by side.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bihuan.process.engine import blocks, watches
from bihuan.process.engine.commands import ALL_AGAIN, STRAIGHT_BACK
from bihuan.process.engine.cuts import in_list, lists_of
from bihuan.process.engine.errors import EngineError, GraphError
from bihuan.process.engine.events import BackDropped, CaseEnded, GateTaken, Returned, ReturnOpened
from bihuan.process.engine.graph import Kind, Node, block_of
from bihuan.process.engine.run import Arrival, Run, Verdict
from bihuan.process.engine.state import MAIN, At, Place, Seat, Token

END = "end"


def targets(run: Run, node: Node, place: Place) -> list[str]:
    """Where a refusal at this step may go, the default first; ["end"] ends the case."""
    return _targets(run, node, node.rules.get("refuse") or run.state.first, place)


def _targets(run: Run, node: Node, rule: Any, place: Place) -> list[str]:
    if isinstance(rule, Mapping):
        return _targets(run, node, rule.get("targets", rule.get("go")), place)
    if isinstance(rule, str):
        return [rule]
    if any(isinstance(r, Mapping) and ("if" in r or "else" in r) for r in rule):
        return _targets(run, node, _chosen(run, node, rule, place), place)
    return [t for r in rule for t in _targets(run, node, r, place)]


def _chosen(run: Run, node: Node, rows: Sequence[Mapping[str, Any]], place: Place) -> Any:
    """The value of the first true row of a choice, of all rows with its condition; recorded with what it read.

    A row without condition is the last, `else`.
    """
    inputs: dict[str, Any] = {}
    for row in rows:
        if "else" in row:
            return row["else"]
        condition = row.get("if", "")
        verdict = run.env.test(str(condition), place) if condition else Verdict(True, {})
        inputs.update(verdict.inputs)
        if verdict.value:
            value = [r.get("go", r.get("refuse")) for r in rows if r.get("if", "") == condition]
            run.emit(GateTaken(f"{node.id}/refuse", place.scope, place.rows, tuple(map(str, value)), inputs))
            return value
    raise GraphError("“{node}”没有可退回的去向", node=node.name or node.id)


def refuse(run: Run, token: Token, go: str | None, rows: Collection[int] | None, seats: list[Seat]) -> None:
    """Carry out the refusal of a step; `seats` are all of its seats."""
    node = run.graph.nodes[token.node]
    if not go:
        go = targets(run, node, run.place(node.id, token.scope))[0]
    if go == END:
        run.agenda.clear()
        run.emit(CaseEnded(node.id, str(node.rules.get("refused_state", "")), False))
        return
    refusing = [s for s in seats if s.answer == "refuse"]
    send_back(run, token, go, tuple(s.id for s in refusing), _mode(refusing), rows)


def _mode(refusing: Sequence[Seat]) -> str | None:
    """All again if any refuser wants it, straight back if one does, else the author chooses."""
    wanted = {s.mode for s in refusing}
    return next((m for m in (ALL_AGAIN, STRAIGHT_BACK) if m in wanted), None)


def send_back(
    run: Run,
    token: Token,
    target: str,
    refusing: tuple[int, ...],
    mode: str | None,
    rows: Collection[int] | None,
) -> None:
    """Cut, then open the target; what was cut is kept unless the refuser wants all again."""
    source, common = lists_of(run, token), run.graph.lists[target]
    size = _shared(source, common)
    scope = _scope_for(run, token.scope, target)
    cut = in_list(run, scope, common[:size])
    _refuse_crossing(run, cut[0], common, size, scope)
    did = run.state.did.get((target, run.state.rows_of(scope)))
    back = run.new_id() if mode != ALL_AGAIN else 0
    since = did.at if did else run.state.pass_no + 1
    run.emit(Returned(back, token.node, target, token.id, refusing, mode, since, *cut))
    _open(run, scope, common, size, target, rows)


def settle(run: Run) -> None:
    """Once the target rests: note what the return opened, or forget the record if nothing waits there."""
    for back in list(run.state.backs.values()):
        if back.targets:
            continue
        if any(t.id > back.id and t.node == back.node for t in run.state.tokens.values()):
            run.emit(ReturnOpened(back.id))
        else:
            run.emit(BackDropped(back.id, "gone"))


def withdraw(run: Run) -> None:
    """All of the case is cut and the first step opens for who did it (rules.md §27, withdraw)."""
    first = run.state.first
    did = run.state.did.get((first, ()))
    if run.state.status != "running" or did is None:
        raise EngineError("现在不能撤回", person=None)
    cut = in_list(run, MAIN, ("",))
    run.emit(Returned(0, "", first, 0, (), ALL_AGAIN, 0, *cut, refused=False))
    _open(run, MAIN, run.graph.lists[first], 1, first, None)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    size = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        size += 1
    return size


def _scope_for(run: Run, scope: int, target: str) -> int:
    """The innermost scope around the refuser in which the target, or a block holding it, stands."""
    around = [run.graph.home[target]]
    while around[-1]:
        around.append(run.graph.home[around[-1]])
    while scope != MAIN and run.state.scopes[scope].node not in around:
        scope = run.state.scopes[scope].parent
    return scope


def _refuse_crossing(
    run: Run, tokens: Collection[int], target: tuple[str, ...], size: int, scope: int
) -> None:
    """A block of which another branch is still at work is not finished: no way into it."""
    if len(target) <= size or block_of(target[size]) not in run.graph.joins:
        return
    block = block_of(target[size])
    for number in tokens:
        token = run.state.tokens[number]
        lists = lists_of(run, token)
        if (
            token.scope == scope
            and len(lists) > size
            and block_of(lists[size]) == block
            and lists[size] != target[size]
        ):
            raise GraphError("不能退回到另一并行分支")


def _open(
    run: Run, scope: int, lists: tuple[str, ...], size: int, target: str, rows: Collection[int] | None
) -> None:
    """Open the target, re-opening the finished blocks it stands in from the outside in."""
    if len(lists) == size:
        named = None if rows is None else frozenset(rows)
        did = run.state.did.get((target, run.state.rows_of(scope)))
        chairs = did.chairs if did else ()
        run.agenda.append(Arrival(None, scope, target, "", True, chairs, named))
        return
    block = block_of(lists[size])
    node = run.graph.nodes.get(block)
    if node is not None and node.kind is Kind.SUB:
        _open_block(run, scope, lists, size, target, rows)
        return
    if node is not None and node.kind is Kind.BOUNDARY:
        scope = watches.open_side(run, block, scope)
    join = run.graph.joins.get(block)
    if join is not None and join.kind is Kind.AND:
        _arrive_elsewhere(run, scope, join, lists[: size + 1])
    _open(run, scope, lists, size + 1, target, rows)


def _open_block(
    run: Run, scope: int, lists: tuple[str, ...], size: int, target: str, rows: Collection[int] | None
) -> None:
    """Open a block again at a step inside it, once per row."""
    node = run.graph.nodes[block_of(lists[size])]
    named = None if rows is None else frozenset(rows)
    arrival = Arrival(None, scope, node.id, forced=True, rows=named)
    taken = blocks.rows_to_run(run, arrival, node)
    if not taken:
        run.agenda.append(arrival)
        return
    token = blocks.hold(run, arrival, node)
    for row, value in taken:
        inner = blocks.open_run(run, node, scope, token, row, value)
        _open(run, inner, lists, size + 1, target, None)


def _arrive_elsewhere(run: Run, scope: int, join: Node, branch: tuple[str, ...]) -> None:
    """Let all branches but one count as arrived at their join."""
    for flow in run.graph.incoming[join.id]:
        if run.graph.lists[flow.source][: len(branch)] != branch:
            run.rest(Arrival(None, scope, join.id, flow.id), At.JOIN)
