"""Registers that a process names and no app offers: it runs without them, so this only warns.

A posting without a register stays in the journal; an event of one never comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bihuan.process.engine.graph import Graph
from bihuan.process.outline.known import Known
from bihuan.process.outline.place import place
from bihuan.process.outline.problems import Path, Problem, problem
from bihuan.process.outline.schema import Outline
from bihuan.process.outline.values import FORM_CODE

NO_REGISTER = "没有台账 {register}"
NO_ACTION = "台账 {register} 没有动作 {action}"


def warn_outline(outline: Outline, known: Known) -> list[Problem]:
    """What `post` and `event` of an outline name in vain."""
    found = [*_posts(("end",), outline.end.post, known)]
    for at, start in enumerate(outline.start):
        found += _event(("start", at, "event"), start.event, known)
    for item in place(outline).steps:
        found += _posts(item.where, item.step.post, known)
        found += _event((*item.where, "event"), item.step.event, known)
        if item.step.end is not None:
            found += _posts((*item.where, "end"), item.step.end.post, known)
        found += _waits((*item.where, "wait"), item.step.wait, known)
    return found


def warn_drawn(graph: Graph, known: Known) -> list[Problem]:
    """The same of a drawn process; paths begin with the element's id."""
    found: list[Problem] = []
    for node in graph.nodes.values():
        found += _posts((node.id,), node.rules.get("post"), known)
        found += _event((node.id, "event"), node.rules.get("event"), known)
        for at, start in enumerate(node.rules.get("starts", ())):
            found += _event((node.id, "start", at, "event"), start.get("event"), known)
    return found


def _waits(where: Path, wait: Any, known: Known) -> Iterator[Problem]:
    if isinstance(wait, Mapping):
        yield from _event((*where, "event"), wait.get("event"), known)
    for at, row in enumerate(wait if isinstance(wait, list) else ()):
        yield from _event((*where, at, "event"), row.get("event"), known)


def _posts(where: Path, posts: Any, known: Known) -> Iterator[Problem]:
    """The register and its action that each posting names."""
    for at, post in enumerate(posts or ()):
        for name in post if isinstance(post, Mapping) else [post]:
            register, _, action = str(name).rpartition(".")
            if known.registers is None:
                return
            if register not in known.registers:
                yield problem((*where, "post", at), NO_REGISTER, register=register)
            elif action not in known.registers[register]:
                yield problem((*where, "post", at), NO_ACTION, register=register, action=action)


def _event(where: Path, event: str | None, known: Known) -> Iterator[Problem]:
    """The register of an event such as `product.created` or `metric.value.created`."""
    register = (event or "case").split(".")[0]
    if known.registers is None or register == "case" or FORM_CODE.match(register):
        return
    if register not in known.registers:
        yield problem(where, NO_REGISTER, register=register)
