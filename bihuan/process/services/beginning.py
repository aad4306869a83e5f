"""One start of a process before there is a case: what its start item reads, hands over and presets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any

from bihuan.documents.public import Document, Record
from bihuan.kit import expr
from bihuan.org import public as org
from bihuan.packs import public as packs
from bihuan.process import papers
from bihuan.process.context import CaseContext
from bihuan.process.engine.state import Chair, Place, State
from bihuan.process.env import rows_of
from bihuan.process.frozen import thaw
from bihuan.process.program import Program
from bihuan.process.services.opening import once_key
from bihuan.process.store import CaseRow

NOBODY = Chair(0)


class Beginning:
    """A start item at a unit and a moment.

    `data` comes from a schedule (`on`, `period`, `row` of its `each`) or an event (`record`).
    """

    def __init__(
        self,
        plan: Program,
        node: str,
        item: Mapping[str, Any],
        unit: int,
        at: datetime,
        data: Mapping[str, Any],
        starter: Chair = NOBODY,
    ) -> None:
        self.plan, self.item, self.unit, self.at, self.starter = plan, item, unit, at, starter
        self.on = date.fromisoformat(data["on"]) if data.get("on") else None
        self.period = str(data.get("period", ""))
        self.place = Place(node, 0, (), (data["row"],) if "row" in data else ())
        if "record" in data:
            self.context.event = (node, thaw(data["record"]))

    @cached_property
    def context(self) -> CaseContext:
        """What its expressions read: the roots of a case that has no number and no documents yet."""
        release = packs.release_by_id(self.plan.release)
        row = CaseRow(
            id=0, number="", title="", version_id=self.plan.version, process_code=self.plan.code,
            company_id=org.company_of(self.unit), unit_id=self.unit, starter_id=self.starter.person,
            starter_position_id=self.starter.position,
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
        return rows_of(self.context, self.item["each"], self.place)

    @property
    def entrance(self) -> str:
        """The step it enters at, "" for the first."""
        return str(self.item.get("at", ""))

    @property
    def once(self) -> str:
        """The value for which no second case may be open, "" without one."""
        if "once" not in self.item:
            return ""
        return once_key(self.entrance, self.context.value(self.item["once"], self.place))

    def documents(self) -> dict[str, Document]:
        """What `document_as` hands over: the row under a name, or documents that are looked up."""
        names = self.item.get("document_as")
        if isinstance(names, Mapping):
            found = {name: papers.given(self.context, value, self.place) for name, value in names.items()}
        else:
            found = {str(names): self.context.value("row", self.place)} if names else {}
        plain = {name: one.document if isinstance(one, Record) else one for name, one in found.items()}
        return {name: one for name, one in plain.items() if isinstance(one, Document)}

    def preset(self) -> dict[str, Any]:
        """`with` as JSON, for the main document."""
        return papers.as_json(self.context, self.item.get("with", {}), self.place)
