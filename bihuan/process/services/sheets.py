"""The papers beside a step's own document: sheets it makes, and documents of other steps it writes fields of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bihuan.documents import public as documents
from bihuan.kernel.errors import Invalid, text
from bihuan.process import papers

if TYPE_CHECKING:
    from bihuan.process.services.work import Desk

Given = Mapping[str, Sequence[Mapping[str, Any] | None]]
"""By name the input for each sheet in order; None leaves one as it is, more than there are makes new ones."""

OPEN = frozenset({"draft", "returned", "withdrawn"})


def hand_in_sheets(desk: Desk, given: Given) -> None:
    """Make or change the sheets given, then hand in all that are open; raises Invalid where some are missing."""
    for sheet, there in desk.sheets():
        name, rights = str(sheet["name"]), desk.rights(str(sheet["name"]))
        touched: set[int] = set()
        for place, data in enumerate(given.get(name, ())):
            if data is None:
                continue
            document = (
                there[place]
                if place < len(there)
                else papers.make_document(
                    desk.context, desk.node, desk.place, name, sheet["form"], desk.seat.chair, desk.at
                )
            )
            documents.save_draft(
                document=document, data=dict(data), lock=None, rights=rights, by=desk.by, at=desk.at
            )
            touched.add(document.pk)
        there = desk.context.named(name, desk.place)
        if len(there) < sheet["min"]:
            raise Invalid(
                text("还缺少随附单据:{form}"), form=papers.form_version(sheet["form"], desk.context.release)
            )
        for document in there:
            if document.state in OPEN or document.pk in touched:
                _hand_in(desk, document, name)
        desk.context.forget_papers()


def _hand_in(desk: Desk, document: documents.Document, name: str) -> None:
    version = documents.submit_document(
        document=document,
        rights=desk.rights(name),
        process_code=desk.session.row.process_code,
        by=desk.by,
        at=desk.at,
    )
    if desk.context.program.passes_at(desk.node, name):
        documents.change_state(document=version.document, state="passed", by=desk.by, at=desk.at)


def write_others(desk: Desk, fields: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the fields this step opens on documents of other steps (`write: [NAME.field]`), on each of a name.

    What the form demands of these fields is demanded here.
    """
    for name, there in desk.others():
        for document in there:
            documents.write_fields(
                document=document,
                values=dict(fields.get(name, {})),
                rights=desk.rights(name),
                process_code=desk.session.row.process_code,
                by=desk.by,
                at=desk.at,
            )
        desk.context.forget_papers()
