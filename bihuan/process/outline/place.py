"""Where each step stands: its lists, its node ids, what lies around it.

A list (formats.md, "Lists") is named "" for the main one, "<block>.<index>" for a branch,
"<block>." for a body, a row or a side branch. Ids that people may not write (they hold "__")
name what the graph needs besides the steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bihuan.process.outline.problems import Path
from bihuan.process.outline.schema import Outline, Step

START = "__start"
END = "end"


@dataclass(eq=False)
class Listing:
    """One list of steps; `end` is the node that its last step leads to."""

    path: tuple[str, ...]
    scope: str
    end: str
    where: Path
    owner: Placed | None = None
    items: list[Placed] = field(default_factory=list)

    @property
    def outer(self) -> Listing | None:
        """The list around this one."""
        return self.owner.listing if self.owner else None

    def flow_items(self) -> list[Placed]:
        """The steps a token passes: all but watches."""
        return [item for item in self.items if item.kind != "watch"]


@dataclass(eq=False)
class Placed:
    """One step where it stands.

    `wrapper` is the id of a block made round a step that is not one (`each` on a task, a condition
    or a watch on a parallel), else "". `bodies` are its own lists.
    """

    id: str
    step: Step
    kind: str
    where: Path
    listing: Listing
    num: str
    wrapper: str = ""
    bodies: list[Listing] = field(default_factory=list)

    @property
    def entry(self) -> str:
        """The node by which a token comes to this step from its list."""
        return self.wrapper or self.id

    @property
    def exit(self) -> str:
        """The node from which it goes on."""
        return (
            self.entry if self.wrapper or self.kind not in ("parallel", "inclusive") else f"{self.id}__join"
        )

    @property
    def inner(self) -> Listing:
        """The list its own node stands in: the wrapper's, if there is one."""
        around = self.listing
        if not self.wrapper:
            return around
        path = (*around.path, f"{self.wrapper}.")
        return Listing(path, self.wrapper, f"{self.wrapper}__end", self.where, self)


@dataclass(eq=False)
class Plan:
    """All steps of an outline, placed; the first of several with one id is found by it."""

    main: Listing
    steps: list[Placed]
    by_id: dict[str, Placed]

    def find(self, target: str, around: Listing) -> Placed | None:
        """The step `target` if it stands in this list or one around it (where `go` may lead)."""
        placed = self.by_id.get(target)
        return placed if placed and any(placed.listing is each for each in lists_out(around)) else None


def lists_out(listing: Listing) -> Iterator[Listing]:
    """This list and those around it, from the inside out."""
    here: Listing | None = listing
    while here is not None:
        yield here
        here = here.outer


def number(value: object) -> str:
    """The handbook's number of a step as text; several are joined."""
    if value is None:
        return ""
    return "、".join(str(item) for item in value) if isinstance(value, list) else str(value)


def place(outline: Outline) -> Plan:
    """Place every step. The same outline always gives the same ids."""
    watched = {step.watch for step in _all(outline.steps) if step.watch}
    plan = Plan(Listing(("",), "", END, ("steps",)), [], {})
    _fill(plan, plan.main, outline.steps, "", watched)
    _place_side_branches(plan, watched)
    return plan


def _all(steps: list[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for _, _, inner in _lists(step):
            yield from _all(inner)


def _lists(step: Step) -> Iterator[tuple[str, Path, list[Step]]]:
    """The lists a step holds: suffix of the list's name, path in the file, steps."""
    for at, branch in enumerate(step.parallel or []):
        yield f".{at}", ("parallel", at), branch
    for at, row in enumerate(step.inclusive or []):
        yield f".{at}", ("inclusive", at, "steps"), row.steps
    if step.steps:
        yield ".", ("steps",), step.steps


def _fill(plan: Plan, listing: Listing, steps: list[Step], num: str, watched: set[str]) -> None:
    for at, step in enumerate(steps):
        inside = listing.path[-1].replace(".", "_").strip("_") or "step"
        kind = "task" if step.kind in ("work", "decide") else step.kind
        item = Placed(
            step.id or f"{inside}__{at + 1}",
            step,
            kind,
            (*listing.where, at),
            listing,
            number(step.num) or num,
        )
        item.wrapper = _wrapper(item, watched)
        listing.items.append(item)
        plan.steps.append(item)
        plan.by_id.setdefault(item.id, item)
        _place_bodies(plan, item, watched)


def _wrapper(item: Placed, watched: set[str]) -> str:
    if item.step.each is not None and item.kind != "steps":
        return f"{item.id}__each"
    if item.kind in ("parallel", "inclusive") and (item.step.when is not None or item.id in watched):
        return f"{item.id}__block"
    return ""


def _place_bodies(plan: Plan, item: Placed, watched: set[str]) -> None:
    """Place the lists of a step; side branches wait until what they watch is placed."""
    if item.kind == "watch":
        return
    base = item.inner
    for suffix, where, steps in _lists(item.step):
        body = Listing((*base.path, f"{item.id}{suffix}"), base.scope, "", (*item.where, *where), item)
        if item.kind == "steps":
            body.scope, body.end = item.id, f"{item.id}__end"
        else:
            body.end = f"{item.id}__join"
        item.bodies.append(body)
        _fill(plan, body, steps, item.num, watched)


def watch_place(plan: Plan, item: Placed) -> tuple[str, Listing]:
    """The node a watch is set on ("" for the case) and the list it stands in.

    On a step of people with rows it stands inside, so that it watches each row.
    """
    host = plan.by_id.get(item.step.watch or "")
    if item.step.watch == "case" or host is None:
        return "", plan.main
    return (host.id, host.inner) if host.kind == "task" else (host.entry, host.listing)


def _place_side_branches(plan: Plan, watched: set[str]) -> None:
    for item in plan.steps:  # grows while it runs: a side branch may hold watches
        if item.kind == "watch" and item.step.steps:
            _, base = watch_place(plan, item)
            path = (*base.path, f"{item.id}.")
            body = Listing(path, base.scope, f"{item.id}__end", (*item.where, "steps"), item)
            item.bodies.append(body)
            _fill(plan, body, item.step.steps, item.num, watched)
