"""The engine's door: one command on one case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from bihuan.kernel.errors import Invalid
from bihuan.process.engine import back, commands, returns, rounds, watches
from bihuan.process.engine.errors import EngineError
from bihuan.process.engine.events import (
    CaseEnded,
    CaseStarted,
    Event,
    SeatAnswered,
    SeatClosed,
    SeatReassigned,
    SeatTurned,
)
from bihuan.process.engine.graph import Graph
from bihuan.process.engine.passing import pass_step
from bihuan.process.engine.run import Arrival, Env, Hear, Run
from bihuan.process.engine.state import MAIN, At, Seat, State
from bihuan.process.engine.steps import settle


def play(graph: Graph, state: State, command: commands.Command, env: Env) -> list[Event]:
    """What happens on a command; the state stays as it is (see `decide`)."""
    return decide(graph, state, command, env)[0]


def decide(
    graph: Graph, state: State, command: commands.Command, env: Env, hear: Hear | None = None
) -> tuple[list[Event], State]:
    """What happens on a command, and the state after it; `hear` is told of each event at once.

    Raises EngineError when the command no longer fits the state, Invalid when it is not allowed
    here, GraphError when the process leads nowhere.
    """
    run = Run(graph, state, env, hear)
    if (state.status == "new") is not isinstance(command, commands.Start):
        raise EngineError("流程已经开始" if state.status != "new" else "流程尚未开始", person=None)
    if state.status == "ended":
        raise EngineError("流程已经结束", person=None)
    _COMMANDS[type(command)](run, command)
    settle(run)
    return run.events, run.state


def _start(run: Run, command: commands.Start) -> None:
    node = command.node or run.graph.start().id
    run.emit(CaseStarted(node))
    watches.arm(run, "", 0, MAIN)
    run.agenda.append(Arrival(None, MAIN, node))


def open_seat(state: State, number: int) -> Seat:
    """The seat, if it may act; else EngineError naming the person who decided, where still known."""
    seat = state.seats.get(number)
    if seat is None:
        raise EngineError("这项任务已经结束", seat=number, person=None)
    if seat.state == "waiting":
        raise EngineError("还没有轮到这一席", seat=number, person=None)
    if seat.state != "open":
        who = seat.by if seat.state == "closed" else seat.person
        raise EngineError("这项任务已由他人处理", seat=number, person=who)
    return seat


def _answer(run: Run, command: commands.Answer) -> None:
    seat = open_seat(run.state, command.seat)
    token = run.state.tokens[seat.token]
    node = run.graph.nodes[token.node]
    if command.answer not in rounds.answers(node):
        raise Invalid("“{node}”不能这样答复", node=node.name or node.id, answer=command.answer)
    refusing = command.answer == rounds.REFUSED
    target = _target(run, seat, command) if refusing else None
    run.choose, run.go, run.mode = command.choose, command.go, command.mode
    run.emit(SeatAnswered(seat.id, command.answer, target, command.mode if refusing else None))
    seats = run.state.seats_at(token.id)
    result = rounds.decide(node.rules, seats)
    if not refusing and run.state.backs:
        _spoil(run, token.id, command)
    if result is None:
        _next_turn(run, seats)
        return
    for other in seats:
        if other.answer is None and other.state in ("open", "waiting"):
            run.emit(SeatClosed(other.id, "decided", seat.person))
    seats = run.state.seats_at(token.id)
    if result == rounds.REFUSE:
        first = next(s for s in seats if s.answer == rounds.REFUSED)
        returns.refuse(run, token, first.target, command.rows, seats)
        return
    by = tuple(s.chair for s in seats if s.answer not in (None, rounds.REFUSED))
    pass_step(run, token.id, seats_outcome(seats), by)


def seats_outcome(seats: list[Seat]) -> str:
    """agree for a decision, done for work."""
    return "agree" if any(s.answer == rounds.AGREE for s in seats) else "done"


def _target(run: Run, seat: Seat, command: commands.Answer) -> str:
    """The target a refuser picked, or the default."""
    node = run.graph.nodes[seat.node]
    allowed = returns.targets(run, node, run.place(node.id, run.state.tokens[seat.token].scope))
    if command.go is None:
        return allowed[0]
    if command.go not in allowed:
        raise Invalid("不能退回到“{go}”", go=command.go)
    return command.go


def _spoil(run: Run, token: int, command: commands.Answer) -> None:
    if not command.straight_ok:
        back.spoil(run, token, "changed")
    elif command.mode == commands.ALL_AGAIN:
        back.spoil(run, token, "chosen")


def _next_turn(run: Run, seats: list[Seat]) -> None:
    """In a sequential step the next seat opens when none is."""
    if not any(s.state == "open" for s in seats):
        waiting = next((s for s in seats if s.state == "waiting"), None)
        if waiting:
            run.emit(SeatTurned(waiting.id))


def _fire(run: Run, command: commands.Fire) -> None:
    watches.fire(run, command.watch)


def _signal(run: Run, command: commands.Signal) -> None:
    watches.fire(run, command.token)


def _trigger(run: Run, command: commands.Trigger) -> None:
    watch = run.state.watches.get(command.watch)
    if watch is not None and "by" not in run.graph.nodes[watch.node].rules:
        raise Invalid("这一步不能由人触发")
    watches.fire(run, command.watch, command.chair)


def _call_ended(run: Run, command: commands.CallEnded) -> None:
    token = run.state.tokens.get(command.token)
    if token is None or token.kind != At.CALL:
        raise EngineError("这一调用已经结束", token=command.token, person=None)
    if command.passed:
        pass_step(run, token.id, "ended")
    else:
        returns.refuse(run, token, None, None, [])


def _withdraw(run: Run, command: commands.Withdraw) -> None:
    returns.withdraw(run)


def _reassign(run: Run, command: commands.Reassign) -> None:
    seat = run.state.seats.get(command.seat)
    if seat is None or seat.state not in ("open", "waiting"):
        open_seat(run.state, command.seat)
        return
    others = [s for s in run.state.seats_at(seat.token) if s.id != seat.id]
    if any(s.person == command.chair.person and s.state in ("open", "waiting") for s in others):
        raise Invalid("此人在这一步已有席位", person=command.chair.person)
    run.emit(SeatReassigned(seat.id, command.chair))


def _terminate(run: Run, command: commands.Terminate) -> None:
    run.emit(CaseEnded("", command.outcome, False))


_COMMANDS: Mapping[type[Any], Callable[[Run, Any], None]] = MappingProxyType(
    {
        commands.Start: _start,
        commands.Answer: _answer,
        commands.Fire: _fire,
        commands.Signal: _signal,
        commands.Trigger: _trigger,
        commands.CallEnded: _call_ended,
        commands.Withdraw: _withdraw,
        commands.Reassign: _reassign,
        commands.Terminate: _terminate,
    }
)
