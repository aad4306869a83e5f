"""What the pages of documents show."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext

from bihuan.kernel.errors import text
from bihuan.kernel.label import show
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit import audit, links
from bihuan.kit.access import Viewer

from .definitions import definition_for
from .domain.compare import Change, Difference
from .domain.compare import compare as compare_data
from .domain.definition import ColumnDefinition, FormDefinition
from .domain.rights import READ, Rights
from .domain.showing import show_value
from .domain.values import Values, from_json, load
from .filling import TONES
from .keeping import content_of
from .models import Document, DocumentVersion, FormVersion, State
from .naming import NameBook
from .presenting import Presenter, file_option
from .queries import KIND, newest_version, titled_to
from .records import with_references

VERBS = {
    "create": text("新建"),
    "save": text("保存草稿"),
    "preset": text("预填"),
    "submit": text("提交"),
    "write": text("填写"),
    "erase": text("删除个人信息"),
}


def read_context(
    document: Document,
    rights: Rights = READ,
    *,
    version: DocumentVersion | None = None,
    since: DocumentVersion | None = None,
    working_copy: bool = False,
) -> dict[str, Any]:
    """What `documents/_read.html` needs: the fields of a version (the newest), or of the working copy."""
    definition = definition_for(document)
    shown = version or (None if working_copy else newest_version(document))
    data: Mapping[str, Any] = content_of(shown)["data"] if shown else document.data
    presenter = Presenter(
        definition, with_references(definition, from_json(definition, data)), rights, reading=True,
        before=content_of(since)["data"] if since else None,
    )  # fmt: skip
    return {
        "document": document,
        "sections": presenter.sections(),
        "version": shown,
        "attachments": [file_option(one) for one in document.attachments],
    }


def facts_of(document: Document, *, readable: bool = True) -> list[tuple[str, str]]:
    """The head for reading: label and text; the remark is content and stays with it."""
    found = [
        ("单据编号", document.number or gettext("提交时编号")),
        ("表单", f"{document.form_version.form.code} {form_name(document)}"),
        ("填表人", " · ".join(filter(None, [document.author.name, _position(document)]))),
        ("所属部门", document.unit.name),
        ("密级", Secrecy(document.secrecy).label),
        ("紧急程度", document.urgency),
        ("版本", f"V{document.version_number}" if document.version_number else gettext("未提交")),
        ("流程", document.process_code),
        ("填表时间", _moment(document.created_at)),
        ("提交时间", _moment(document.submitted_at)),
        ("通过时间", _moment(document.passed_at)),
        ("备注", document.remark if readable else ""),
    ]
    return [(gettext(label), said) for label, said in found if said]


def form_name(document: Document) -> str:
    """The form's name in the reader's language."""
    return show(document.form_version.names, get_language() or "zh-hans")


def _position(document: Document) -> str:
    return document.author_position.name if document.author_position else ""


def _moment(at: Any) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M}" if at else ""


def is_drafting(document: Document, person: int | None) -> bool:
    """Whether the document is this person's own and his to write on: he sees his draft, others the version."""
    own = document.author_id == person
    return own and document.state in (State.DRAFT, State.RETURNED, State.WITHDRAWN)


def history_of(document: Document) -> list[dict[str, Any]]:
    """The audit trail as the timeline shows it."""
    labels = {one.key: one.name() for one in definition_for(document).fields}
    return [
        {
            "title": _verb(entry.verb),
            "person": " · ".join(filter(None, [entry.person_name, entry.position_name])),
            "time": entry.at,
            "text": entry.note or _changed(entry.changes, labels),
        }
        for entry in audit.history(KIND, document.pk)
    ]


def _verb(verb: str) -> str:
    if verb.startswith("state."):
        return gettext("状态改为{state}").format(state=State(verb.removeprefix("state.")).label)
    return gettext(VERBS.get(verb, verb))


def _changed(changes: str, labels: Mapping[str, str]) -> str:
    names = [labels[key] for key in json.loads(changes or "{}") if key in labels]
    more = f" 等{len(names)}项" if len(names) > 8 else ""
    return "、".join(names[:8]) + more


def linked(document: Document, viewer: Viewer) -> list[dict[str, Any]]:
    """Documents this one refers to or is referred from, those the viewer may know of."""
    edges = links.links_of(links.Ref(KIND, document.pk))
    ids = {edge.other.id for edge in edges if edge.other.kind == KIND}
    known = titled_to(viewer).filter(pk__in=ids).select_related("form_version__form").in_bulk()
    return [
        {
            "document": known[edge.other.id], "out": edge.out,
            "url": reverse("documents:document", args=[edge.other.id]),
        }
        for edge in edges
        if edge.other.kind == KIND and edge.other.id in known
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One difference as people read it."""

    place: str
    change: str
    before: str
    after: str


CHANGES = {Change.ADDED: text("新增"), Change.REMOVED: text("删除"), Change.CHANGED: text("修改")}


def compare(older: DocumentVersion, newer: DocumentVersion) -> list[Difference]:
    """The differences between two versions of one document, in the order of its form."""
    definition = definition_for(newer.document)
    return compare_data(definition, content_of(older)["data"], content_of(newer)["data"])


def compared(document: Document, older: DocumentVersion, newer: DocumentVersion) -> list[Line]:
    """The differences between two versions, ready to be read."""
    definition = definition_for(document)
    before, after = content_of(older)["data"], content_of(newer)["data"]
    names = NameBook(definition, from_json(definition, before), from_json(definition, after))
    return [_line(definition, one, names) for one in compare_data(definition, before, after)]


def _line(definition: FormDefinition, difference: Difference, names: NameBook) -> Line:
    one = definition.field_by_key[difference.key]
    column = one.column_by_key.get(difference.column)
    place = one.name(get_language() or "zh-hans")
    if difference.row is not None:
        place += gettext(" 第{n}行").format(n=difference.row + 1)
    if column is not None:
        place += f" {column.name()}"
    whole_row = difference.row is not None and column is None
    texts = [
        _row_text(one.columns, value, names) if whole_row else _text(column or one, value, names)
        for value in (difference.before, difference.after)
    ]
    return Line(place, gettext(CHANGES[difference.change]), *texts)


def _text(one: ColumnDefinition, stored: Any, names: NameBook) -> str:
    return "" if stored is None else show_value(one, load(one, stored), names)


def _row_text(columns: tuple[ColumnDefinition, ...], row: Values | None, names: NameBook) -> str:
    if row is None:
        return ""
    cells = ((column, row.get(column.key)) for column in columns)
    return "；".join(f"{column.name()} {_text(column, value, names)}" for column, value in cells if value)


def forms_in_use() -> list[tuple[str, str]]:
    """Code and newest name of every form that documents were filled from."""
    language = get_language() or "zh-hans"
    filled = Document.objects.filter(form_version=OuterRef("pk"))
    used = FormVersion.objects.filter(Exists(filled), form=OuterRef("form"))
    versions = FormVersion.objects.filter(Exists(used))
    newest = dict(versions.order_by("pk").values_list("form__code", "names"))
    return [(code, f"{code} {show(names, language)}") for code, names in sorted(newest.items())]


def badge(document: Document) -> dict[str, str]:
    """The state with its colour."""
    return {"label": State(document.state).label, "tone": TONES[State(document.state)]}


def lines_of(documents: Any) -> Iterator[dict[str, Any]]:
    """The rows of the list."""
    for document in documents:
        yield {
            "document": document,
            "form": form_name(document),
            "badge": badge(document),
            "secrecy": Secrecy(document.secrecy).label,
            "url": reverse("documents:document", args=[document.pk]),
        }
