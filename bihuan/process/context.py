"""One case as its services see it: its program, its documents, its people and its clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from bihuan.documents import public as documents
from bihuan.documents.public import Document, DocumentVersion
from bihuan.kernel.calendar import WorkCalendar
from bihuan.kit import expr
from bihuan.org import public as org
from bihuan.packs import public as packs
from bihuan.process.engine.graph import Node
from bihuan.process.engine.state import Chair, Place, State
from bihuan.process.lookups import Paper, case_papers
from bihuan.process.people import Circle
from bihuan.process.program import Program, program
from bihuan.process.registers import rows_of
from bihuan.process.roots import Deferred, Lazy, Packs, Slots, period_parts, row_key
from bihuan.process.store import CaseRow


class CaseContext:
    """Reads what a command needs, each thing once and only when asked for."""

    def __init__(self, row: CaseRow, state: State, at: datetime, plan: Program | None = None) -> None:
        self.row, self.state, self.at = row, state, at
        self.program = plan or program(row.version_id, row.digest)
        self.event: tuple[str, Any] | None = None
        """The node an event has reached, and the event's record: its `row`."""

    @cached_property
    def calendar(self) -> WorkCalendar:
        """The work calendar of the case's unit."""
        return org.calendar_for(self.row.unit_id, self.program.calendar)

    @cached_property
    def release(self) -> packs.PackRelease:
        """The pack release the case pins."""
        return packs.pinned_release(self.program.release, self.row.release_digest)

    @cached_property
    def papers(self) -> list[Paper]:
        """The documents of the case, in the order made."""
        return case_papers(self.row.id)

    def renew(self, version: DocumentVersion | None) -> None:
        """A document was written: go on with it as it stands now (None: it has no version yet, read it anew)."""
        if version is None:
            self.forget_papers()
            return
        for paper in self.papers:
            if paper.document.pk == version.document_id:
                paper.document, paper.root = version.document, version.root

    def root_of(self, document: Document) -> str:
        """The hash of the document's newest version; "" before it was handed in."""
        return next((paper.root for paper in self.papers if paper.document.pk == document.pk), "")

    def forget_papers(self) -> None:
        """Documents were added: read them anew."""
        self.__dict__.pop("papers", None)

    def document(self, node: Node, place: Place, name: str = "") -> Document | None:
        """The document a step fills or decides on (`name`: another one of the step), if it is there."""
        for entry in node.rules.get("documents", ()):
            if name and entry.get("name") != name:
                continue
            if entry.get("row") and place.values:
                return self.by_id(_document_id(place.values[-1]))
            if "path" in entry:
                found = self.value(entry["path"], place)
                return self.by_id(int(found["id"])) if found is not None else None
            return self.newest(entry["name"], place.rows)
        return self.newest(name, place.rows) if name else None

    def by_id(self, document_id: int | None) -> Document | None:
        """A document of the case, or one it refers to."""
        if document_id is None:
            return None
        for paper in self.papers:
            if paper.document.pk == document_id:
                return paper.document
        return Document.objects.select_related("form_version__form", "author", "unit").get(pk=document_id)

    def newest(self, name: str, rows: tuple[int, ...]) -> Document | None:
        """The newest document with this name, the row's own first."""
        for depth in range(len(rows), -1, -1):
            key = row_key(rows[:depth])
            for paper in reversed(self.papers):
                if paper.name == name and paper.row == key:
                    return paper.document
        return None

    def named(self, name: str, place: Place) -> list[Document]:
        """All documents with this name that a place sees: its row's own, else those of the whole case.

        What each row makes for itself is never another row's.
        """
        papers = [paper for paper in self.papers if paper.name == name]
        for depth in range(len(place.rows), 0, -1):
            own = [paper.document for paper in papers if paper.row == row_key(place.rows[:depth])]
            if own:
                return own
        if place.rows and self.program.each_row_makes(name, place.node):
            return []
        return [paper.document for paper in papers]

    # what expressions read ------------------------------------------------------------------

    def roots(self, place: Place) -> Mapping[str, Any]:
        """The roots of formats.md ("Expressions") at a place."""
        return Lazy(
            {
                "doc": lambda: self._plain(self._doc(place)),
                "docs": lambda: _Docs(self, place),
                "row": lambda: self._row(place),
                "case": lambda: self._case(),
                "setting": lambda: Deferred(
                    lambda: packs.settings_for(self.row.unit_id, release=self.release)
                ),
                "slot": lambda: Slots(self.row.unit_id, self.at),
                "pack": lambda: Packs(self.row.unit_id),
                "starter": lambda: Deferred(lambda: org.person_record(self.row.starter_id)),
                "now": lambda: self.at,
                "today": lambda: self.at.date(),
            }
        )

    def outer_roots(self, place: Place) -> Mapping[str, Any]:
        """The roots beside `doc`, for the rules and computed fields of the document itself."""
        roots = self.roots(place)
        return {name: roots[name] for name in ("docs", "case", "setting", "slot", "starter")}

    def value(self, source: str, place: Place) -> Any:
        """The value of an expression at a place; a leading `=` changes nothing."""
        return expr.compile(source.removeprefix("=").strip()).value(self.roots(place))

    def _doc(self, place: Place) -> Document | None:
        node = self.program.graph.nodes.get(place.node)
        found = self.document(node, place) if node is not None else None
        if found is not None or (node is not None and node.rules.get("documents")):
            return found
        return self.by_id(self.row.main_document_id)

    def _plain(self, document: Document | None) -> Any:
        return documents.plain(document) if document is not None else None

    def plain_named(self, name: str, place: Place) -> Any:
        """`docs.NAME`: a record, or a list where there may be many."""
        found = self.named(name, place)
        if self.program_makes_many(name, place):
            return [self._plain(document) for document in found]
        return self._plain(found[-1]) if found else None

    def program_makes_many(self, name: str, place: Place) -> bool:
        """Whether there may be many of a name as a place sees it: sheets without bound, or rows seen from outside."""
        many, per_row = self.program.multiplicity
        return name in many or (name in per_row and not place.rows)

    def _row(self, place: Place) -> Any:
        if self.event is not None and self.event[0] == place.node:
            return self.event[1]
        value = place.values[-1] if place.values else None
        if isinstance(value, Mapping) and set(value) == {"document"}:
            return self._plain(self.by_id(value["document"]))
        if isinstance(value, Mapping) and set(value) == {"person"}:
            return org.person_record(value["person"])
        return value

    def _case(self) -> Mapping[str, Any]:
        day = self.case_date
        return Lazy(
            {
                "no": lambda: self.row.number,
                "process": lambda: self.row.process_code,
                "unit": lambda: org.unit_record(self.row.unit_id),
                "starter": lambda: org.person_record(self.row.starter_id),
                "opened": lambda: self.row.opened_at,
                "date": lambda: day,
                "count": lambda: dict.fromkeys(self.program.graph.nodes, 0) | self.state.counts,
                "caller": lambda: {"id": self.row.opener_id} if self.row.opener_id else None,
                **period_parts(day, self.row.period),
            }
        )

    @property
    def case_date(self) -> date:
        """The date the case was opened for; the day of opening unless a schedule set another."""
        return self.row.for_date or self.row.opened_at

    # people ---------------------------------------------------------------------------------

    def circle(self, place: Place) -> Circle:
        """What finding people at a place needs."""
        return Circle(
            unit=self.row.unit_id,
            process_code=self.row.process_code,
            at=self.at,
            starter=Chair(self.row.starter_id, self.row.starter_position_id),
            value=lambda source: self.value(source, place),
            did=lambda step: self.did(step, place.rows),
            table=lambda key, inputs: (
                packs.lookup_table(
                    key,
                    {name: self._given(value, place) for name, value in inputs.items()},
                    release=self.release,
                ).result
            ),
        )

    def found(self, query: Mapping[str, Any], place: Place) -> list[Any]:
        """`{find: F-018, where: {…}}`: passed documents of a form, or rows of a register, the newest first."""
        where = {key: self._given(value, place) for key, value in query.get("where", {}).items()}
        rows = rows_of(query["find"], where, self.row.company_id)
        if rows is not None:
            return rows
        return list(documents.passed_documents(query["find"], where, company_id=self.row.company_id))

    def _given(self, value: Any, place: Place) -> Any:
        return self.value(value, place) if isinstance(value, str) and value.startswith("=") else value

    def did(self, step: str, rows: tuple[int, ...]) -> tuple[Chair, ...]:
        """Who passed a step last, in this row or around it."""
        for depth in range(len(rows), -1, -1):
            found = self.state.did.get((step, rows[:depth]))
            if found is not None:
                return found.chairs
        return ()

    def own_people(self, node: Node, place: Place) -> frozenset[int]:
        """Whose own work a deciding step decides on (formats.md, "People")."""
        for target in node.rules.get("refuse", ())[:1]:
            chairs = self.did(target["go"], place.rows)
            if chairs:
                return frozenset(c.person for c in chairs) | frozenset(
                    c.stands_for for c in chairs if c.stands_for
                )
        document = self.document(node, place)
        if document is not None and document.passed_at is None and document.submitted_at is not None:
            return frozenset({document.author_id})
        return frozenset()


class _Docs(Mapping[str, Any]):
    """`docs.NAME`: any document of the case."""

    def __init__(self, context: CaseContext, place: Place) -> None:
        self._context, self._place = context, place

    def __getitem__(self, name: str) -> Any:
        return self._context.plain_named(name, self._place)

    def __iter__(self) -> Iterator[str]:
        return iter({paper.name for paper in self._context.papers})

    def __len__(self) -> int:
        return len(self._context.papers)


def _document_id(value: Any) -> int | None:
    return int(value["document"]) if isinstance(value, Mapping) and "document" in value else None


def json_ready(value: Any) -> Any:
    """A value that an expression gave, as JSON data for history."""
    if isinstance(value, Mapping):
        return {str(key): json_ready(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_ready(one) for one in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)
