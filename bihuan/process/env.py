"""The engine's view of the world: conditions, people and rows of a real case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bihuan.documents.public import Document
from bihuan.kit import expr
from bihuan.org import public as org
from bihuan.process.context import CaseContext, json_ready
from bihuan.process.engine.graph import Node
from bihuan.process.engine.run import Verdict
from bihuan.process.engine.state import Chair, Place
from bihuan.process.people import seats_for
from bihuan.process.program import DECIDING


class CaseEnv:
    """Implements the engine's `Env` on a case."""

    def __init__(self, context: CaseContext) -> None:
        self._context = context

    def test(self, expression: str, at: Place) -> Verdict:
        """A condition and the values it read (R-019)."""
        compiled = expr.compile(expression)
        roots = self._context.roots(at)
        return Verdict(compiled.holds(roots), json_ready(compiled.inputs(roots)))

    def people(self, node: Node, at: Place) -> Sequence[Chair]:
        """Who is asked at a step; on deciding steps nobody who would judge his own work."""
        deciding = node.rules.get("do") in DECIDING
        own = self._context.own_people(node, at) if deciding else frozenset()
        chairs = seats_for(node.rules.get("by"), self._context.circle(at), own)
        veto = node.rules.get("veto")
        if not veto:
            return chairs
        holders = {c.person for c in seats_for(veto, self._context.circle(at), own)}
        return [chair._replace(veto=chair.person in holders) for chair in chairs]

    def rows(self, node: Node, at: Place) -> Sequence[Any]:
        """The rows of a step's `each`."""
        return rows_of(self._context, node.rules["each"], at)


def rows_of(context: CaseContext, each: Any, at: Place) -> list[Any]:
    """The rows of an `each`, as JSON data: people and documents by id, table rows as they are."""
    if isinstance(each, Mapping):
        found: Any = context.found(each, at)
    elif each.startswith("slot."):
        circle = context.circle(at)
        return [
            {"person": seat.person.pk}
            for seat in org.holders(each.removeprefix("slot."), circle.unit, circle.at)
        ]
    elif each.startswith("docs.") and each.count(".") == 1:
        return [{"document": one.pk} for one in context.named(each.removeprefix("docs."), at)]
    else:
        found = context.value(each, at)
    return [_as_row(one) for one in found or ()]


def _as_row(value: Any) -> Any:
    """A row as the engine keeps it."""
    if isinstance(value, Document):
        return {"document": value.pk}
    if isinstance(value, Mapping) and "meta" in value and "id" in value:
        return {"document": int(value["id"])}
    return json_ready(value)
