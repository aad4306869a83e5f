"""Pulling a trigger that people may pull (formats.md, "Watching")."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, NotAllowed, text
from bihuan.process.engine.commands import Trigger
from bihuan.process.engine.state import Chair
from bihuan.process.people import find_people
from bihuan.process.queries import require_seen
from bihuan.process.session import Session
from bihuan.process.store import Fact


@transaction.atomic
def trigger_watch(*, case: int, watch: int, by: Actor, at: datetime) -> None:
    """Pull an armed trigger; raises NotAllowed for people it is not for, Conflict when it is no longer armed."""
    require_seen(case, by)
    session = Session(case, by, at)
    armed = session.state.watches.get(watch)
    if armed is None:
        raise Conflict(text("这一触发已经结束"))
    node = session.context.program.graph.nodes[armed.node]
    place = session.state.place(node.id, armed.scope)
    who = find_people(node.rules.get("by", []), session.context.circle(place))
    chair = next((c for c in who if c.person == by.person), None)
    if chair is None:
        raise NotAllowed(text("您不能触发这一步"))
    session.play(Trigger(watch, Chair(chair.person, by.position or chair.position)), Fact("trigger", node.id))
