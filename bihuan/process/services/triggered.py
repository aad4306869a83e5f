"""Opening the cases that a schedule or an event starts (formats.md, "Start")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from bihuan.documents.public import Document, Record
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, text
from bihuan.kit import expr
from bihuan.org import public as org
from bihuan.packs import public as packs
from bihuan.process import papers
from bihuan.process.context import CaseContext, json_ready
from bihuan.process.engine.state import Chair, Place, State
from bihuan.process.env import CaseEnv
from bihuan.process.frozen import thaw
from bihuan.process.models import Case, HandOver, Trigger
from bihuan.process.people import describe, find_people
from bihuan.process.program import Program, program
from bihuan.process.services import handing
from bihuan.process.services.opening import Opening, once_key, open_once
from bihuan.process.services.start import refuse_unbound
from bihuan.process.store import CaseRow


def open_triggered(row: HandOver, by: Actor, at: datetime) -> None:
    """Open the case of one trigger, or one hand-over for each row of its `each`.

    Nothing opens where its `if` does not hold, its pack is not in force any more, or a case for the same
    `once` is open. Raises Invalid while a slot is unbound or nobody is there to be the starter.
    """
    trigger = row.trigger
    if trigger is None or not _in_force(trigger, row.company_id):
        return
    beginning = Beginning(trigger, row.company_id, row.data, at)
    if "each" in trigger.item and "row" not in row.data:
        for one in beginning.rows():
            handing.send(
                HandOver(
                    kind=HandOver.Kind.START, trigger=trigger, process_code=row.process_code,
                    company_id=row.company_id, data={**row.data, "row": one}, made_at=at, due_at=at,
                )
            )  # fmt: skip
    elif "if" not in trigger.item or beginning.holds(trigger.item["if"]):
        beginning.open(by)


def _in_force(trigger: Trigger, company: int) -> bool:
    release = packs.release_by_id(trigger.version.release_id)
    if not packs.pack_is_on(release.pack.code, company):
        return False
    return release.state == "effective" or program(trigger.version_id).makes_effective


class Beginning:
    """One start of a process at one company, before there is a case."""

    def __init__(self, trigger: Trigger, company: int, data: Mapping[str, Any], at: datetime) -> None:
        self.item: Mapping[str, Any] = trigger.item
        self.trigger, self.company, self.at = trigger, company, at
        self.plan: Program = program(trigger.version_id)
        self.on = date.fromisoformat(data["on"]) if data.get("on") else None
        self.period = str(data.get("period", ""))
        self.place = Place(trigger.node, 0, (), (data["row"],) if "row" in data else ())
        if "record" in data:
            self.context.event = (trigger.node, thaw(data["record"]))

    @cached_property
    def context(self) -> CaseContext:
        """What its expressions read: the roots of a case that has no number and no documents yet."""
        release = packs.release_by_id(self.plan.release)
        row = CaseRow(
            id=0, number="", title="", version_id=self.plan.version, process_code=self.plan.code,
            company_id=org.company_of(self.company), unit_id=self.company, starter_id=0, starter_position_id=None,
            main_document_id=None, opener_id=None, opener_token=None, state="running", urgency="一般", secrecy=1,
            memory={}, lock=0, audit_seq=0, audit_hash="", for_date=self.on, opened_at=self.at.date(),
            period=self.period, digest=self.plan.digest, release_digest=release.digest,
        )  # fmt: skip
        return CaseContext(row, State(), self.at, self.plan)

    def holds(self, condition: str) -> bool:
        """Whether a condition holds here."""
        return expr.compile(condition).holds(self.context.roots(self.place))

    def rows(self) -> list[Any]:
        """The rows of `each`, as JSON data."""
        node = self.plan.graph.nodes[self.trigger.node]
        asking = replace(node, rules={"each": self.item["each"]})
        return list(CaseEnv(self.context).rows(asking, self.place))

    def open(self, by: Actor) -> None:
        """Open the case unless one for the same `once` is open."""
        refuse_unbound(self.plan, self.company)
        starter = self._starter()
        entrance = self.item.get("at", "")
        once = self.context.value(self.item["once"], self.place) if "once" in self.item else None
        opening = Opening(
            starter.person, starter.position, org.unit_of(starter.position) or self.company,
            entrance, self._documents(), self._preset(),
            opened_by=Case.OpenedBy.EVENT if self.trigger.event else Case.OpenedBy.SCHEDULE,
            for_date=self.on, period=self.period, once=once_key(entrance, once) if "once" in self.item else "",
        )  # fmt: skip
        open_once(self.plan, opening, by=by, at=self.at)

    def _starter(self) -> Chair:
        """The first person of `by`."""
        chairs = find_people(self.item["by"], self.context.circle(self.place))
        if not chairs:
            raise Invalid(text("“{who}”没有在岗人员,不能自动发起流程"), who=describe(self.item["by"]))
        return chairs[0]

    def _documents(self) -> dict[str, Document]:
        """What `document_as` hands over: the row under a name, or documents that are looked up."""
        names = self.item.get("document_as")
        if isinstance(names, Mapping):
            found = {name: papers.given(self.context, value, self.place) for name, value in names.items()}
        else:
            found = {str(names): self.context.value("row", self.place)} if names else {}
        plain = {name: one.document if isinstance(one, Record) else one for name, one in found.items()}
        return {name: one for name, one in plain.items() if isinstance(one, Document)}

    def _preset(self) -> dict[str, Any]:
        """`with` as JSON, for the main document."""
        found = {}
        for key, value in self.item.get("with", {}).items():
            given = papers.given(self.context, value, self.place)
            found[key] = given.ref if hasattr(given, "ref") else json_ready(given)
        return found
