"""Steering a case from outside its steps: withdraw, reassign, urge."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, text
from bihuan.org import public as org
from bihuan.process.engine.commands import Reassign, Withdraw
from bihuan.process.engine.state import Chair
from bihuan.process.models import CaseEvent, Task
from bihuan.process.program import DECIDING
from bihuan.process.queries import require_seen
from bihuan.process.session import Session
from bihuan.process.store import Fact

URGE_PAUSE = timedelta(hours=4)  # rules.md §14


@transaction.atomic
def withdraw_case(*, case: int, reason: str = "", by: Actor, at: datetime) -> None:
    """Take one's own case back while nobody after the first step has acted (rules.md §27, 撤回).

    The first step opens again for the one who did it, the document is 已撤回. Raises NotAllowed for
    anyone but the applicant, Conflict once somebody has decided or when nothing was handed in yet.
    """
    require_seen(case, by)
    session = Session(case, by, at)
    first = session.state.first
    author = {c.person for c in session.context.did(first, ())} | {session.row.starter_id}
    if by.person not in author:
        raise NotAllowed(text("只有申请人可以撤回"))
    handed_in = session.state.did.get((first, ()))
    if handed_in is None or any(seat.node == first for seat in session.state.seats.values()):
        raise Conflict(text("单据还在您手里,不需要撤回"))
    if any(key[0] != first and did.at > handed_in.at for key, did in session.state.did.items()) or any(
        seat.state == "done" for seat in session.state.seats.values()
    ):
        raise Conflict(text("后面的人已经处理,不能撤回"))
    session.play(Withdraw(), Fact("withdraw", first, None, reason))


@transaction.atomic
def reassign_task(
    *, task: int, to: int, position: int | None = None, reason: str = "", by: Actor, at: datetime
) -> None:
    """Give an open task to another person: an administrator's act, or a rebinding's (R-001); audited.

    Raises NotAllowed for others, and for an administrator who would give himself what he may not see;
    Invalid when the person already sits at this step, would decide on his own document, or is not in
    service.
    """
    found = Task.objects.filter(pk=task).values_list("case_id", "local", "act", "node", "name").first()
    if found is None:
        raise NotFound(text("任务不存在"))
    case_id, local, act, node_id, name = found
    if by.person is not None and not by.admin:
        require_seen(case_id, by)
        raise NotAllowed(text("只有流程管理员可以改派任务"))
    if by.person is not None and to == by.person:
        raise NotAllowed(text("不能把任务改派给自己"))
    if not org.is_in_service(to):
        raise Invalid(text("此人不在职"))
    session = Session(case_id, by, at)
    seat = session.seat(local)
    if seat is None:
        raise Conflict(text("这项任务已经结束:{reason}"), reason=name)
    node = session.context.program.graph.nodes[node_id]
    place = session.state.place(node_id, session.state.tokens[seat.token].scope)
    if act in DECIDING and to in session.context.own_people(node, place):
        raise Invalid(text("不能审批自己的单据"))
    chair = Chair(to, position or org.main_position(to), None, text("改派"))
    session.play(
        Reassign(seat.id, chair), Fact("reassign", node_id, local, reason, {"person": (seat.person, to)})
    )
    session.outbox.add([to], "task", text("{case}：{step}（改派）"), step=name)
    session.outbox.send()


@transaction.atomic
def urge_task(*, task: int, by: Actor, at: datetime) -> None:
    """Remind a handler (催办): by the starter, the round's lead or who sits at the case; at most once in 4 hours."""
    found = Task.objects.select_related("case").filter(pk=task).first()
    if found is None:
        raise NotFound(text("任务不存在"))
    require_seen(found.case_id, by)
    if found.state != Task.State.OPEN or found.local is None:
        raise Conflict(text("这项任务已经结束,不用催办"))
    session = Session(found.case_id, by, at)
    lead = session.context.program.graph.nodes[found.node].rules.get("lead")
    circle = session.context.circle(session.state.place(found.node, 0))
    leads = (
        {seat.person.pk for seat in org.holders(lead, circle.unit, at)} if isinstance(lead, str) else set()
    )
    if by.person not in {found.case.starter_id, *leads} and not by.admin:
        raise NotAllowed(text("只有发起人和牵头人可以催办"))
    earlier = (
        CaseEvent.objects.filter(case=found.case_id, verb="urge", task=found.local).order_by("-seq").first()
    )
    if earlier is not None and at - earlier.at < URGE_PAUSE:
        raise Conflict(text("4小时内已催办过"))
    session.note(Fact("urge", found.node, found.local, "", {"person": (None, found.person_id)}))
    session.outbox.add([found.person_id], "urge", text("{case}：{step}"), step=found.name)
    session.outbox.send()
