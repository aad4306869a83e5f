"""Steps that nobody is responsible for: no release with one is put in force (R-023)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from bihuan.kernel.errors import Invalid, text
from bihuan.org import public as org
from bihuan.packs.public import PackRelease
from bihuan.process import presenting
from bihuan.process.engine.graph import Node
from bihuan.process.manual import wording
from bihuan.process.models import ProcessVersion
from bihuan.process.program import Program, program

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A step of a process, and the slot that nobody fills."""

    process: str
    step: str
    slot: str

    def __str__(self) -> str:
        return f"{self.process} {self.step}（{self.slot}）"


def vacancies(release: PackRelease, unit: int, at: datetime) -> list[Vacancy]:
    """The steps of a release for which nobody is there, seen from a unit: slots unbound or their posts vacant."""
    versions = ProcessVersion.objects.filter(release=release).order_by("process__code")
    plans = [program(pk, digest) for pk, digest in versions.values_list("pk", "digest")]
    steps = [(plan, node, code) for plan in plans for node, code in _asked(plan)]
    empty = org.unstaffed_slots({code for _, _, code in steps}, unit, at)
    names = {plan.code: presenting.slot_names(plan) for plan in plans}
    return [
        Vacancy(plan.code, _step(node), names[plan.code].get(code, code))
        for plan, node, code in steps
        if code in empty
    ]


def _asked(plan: Program) -> Iterator[tuple[Node, str]]:
    """The steps of people with the slots that name them."""
    for node in plan.graph.nodes.values():
        for code in wording.slots(node.rules.get("by")):
            yield node, code


def _step(node: Node) -> str:
    return f"{node.rules.get('num', '')} {wording.step(node, get_language() or 'zh-hans')}".strip()


def refuse_vacant(release: PackRelease, unit: int, at: datetime) -> None:
    """Raise Invalid naming process, step and slot of every step without a responsible person."""
    found = vacancies(release, unit, at)
    if found:
        said = "；".join(str(one) for one in found[:_SHOWN])
        raise Invalid(text("有{count}处步骤没有负责人，不能生效：{steps}"), count=len(found), steps=said)
