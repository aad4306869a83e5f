"""What a person may choose at a step beside the answer itself; the same for the screen and the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext

from bihuan.kit import expr
from bihuan.process import queries
from bihuan.process.services.work import Desk


def offered(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    """Ways on where there are several, targets of a refusal, rows it may name, questions to answer."""
    rules, nodes = desk.node.rules, desk.context.program.graph.nodes
    ways = _open(desk, rules.get("go", ()))
    targets = [step for step in _open(desk, rules.get("refuse", ())) if step in nodes]

    def named(step: str) -> dict[str, Any]:
        return {"go": step, "name": nodes[step].name or gettext("结束")}

    return {
        "ways": [named(step) for step in ways] if len(ways) > 1 else [],
        "targets": [named(step) for step in targets],
        "rows": _rows(desk, targets),
        "asks": [{**named(step), "proposed": _proposed(desk, step)} for step in rules.get("asks", ())],
    }


def _open(desk: Desk, ways: Iterable[Mapping[str, Any]]) -> list[str]:
    """Of a choice the row that counts, of a list all of it."""
    roots = desk.context.roots(desk.place)
    chosen: str | None = None
    found = []
    for way in ways:
        condition = str(way.get("if", ""))
        if chosen is None and (not condition or expr.compile(condition).holds(roots)):
            chosen = condition
        if chosen is not None and condition == chosen:
            found.append(str(way["go"]))
    return found


def _rows(desk: Desk, targets: list[str]) -> list[dict[str, Any]]:
    """The rows that a refusal may name, with who worked in them, where a target stands in rows of its own."""
    plan, case = desk.context.program, desk.session.row.id
    if plan.in_rows(desk.node):
        return []
    return [
        {"target": go, "step": task.name, "row": task.row, "name": task.person.name}
        for go in targets
        if plan.in_rows(plan.graph.nodes[go])
        for task in queries.rows_of_step(case, go)
    ]


def _proposed(desk: Desk, step: str) -> bool:
    """What the process proposes as answer to a question (`when: {ask, if}`)."""
    when = desk.context.program.graph.nodes[step].rules.get("when")
    condition = when.get("if") if isinstance(when, dict) else None
    return bool(condition and desk.context.value(condition, desk.place._replace(node=step)))
