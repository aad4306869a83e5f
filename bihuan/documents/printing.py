"""A document version as it goes on paper: the same fields that its page shows (PDF and plain Word)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext

from bihuan.kernel import clock, money
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, text
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.access import Viewer
from bihuan.kit.files.services import open_file
from bihuan.kit.paper import render_pdf, safe_name
from bihuan.kit.ui.field_view import FieldView

from . import pages, registry, word
from .definitions import definition_for
from .domain.definition import FormDefinition
from .models import Document, DocumentVersion, State, WordTemplate

TEMPLATE = Path(__file__).with_name("paper") / "document.typ"
_LONG = frozenset({"text", "longtext", "ref", "multi", "file", "image"})
_SHORT = frozenset({"date", "month", "bool", "int", "percent"})
"""Kinds of columns that get more room than others, and those that take only what they need."""
MANY_COLUMNS = 8
"""A table with more columns turns the paper."""


def print_document(
    document: Document,
    version: DocumentVersion | None,
    *,
    viewer: Viewer,
    by: Actor,
    working_copy: bool = False,
) -> bytes:
    """The PDF of a version (the newest; with `working_copy` the author's draft), for who may read it."""
    return render_pdf(
        TEMPLATE,
        paper_of(document, version, viewer=viewer, by=by, working_copy=working_copy),
        language=get_language() or "zh-hans",
    )


def file_name(document: Document, version: DocumentVersion | None, suffix: str) -> str:
    """Number, title and version: `SC-001-2026-0007 年度调研计划 V2.pdf`."""
    return safe_name(
        document.number, document.title or pages.form_name(document), shown(version), suffix=suffix
    )


def shown(version: DocumentVersion | None) -> str:
    """V2, V2.1; empty for what was never handed in."""
    if version is None:
        return ""
    return f"V{version.number}" + (f".{version.revision}" if version.revision else "")


def paper_of(
    document: Document,
    version: DocumentVersion | None,
    *,
    viewer: Viewer,
    by: Actor,
    working_copy: bool = False,
) -> dict[str, Any]:
    """What `document.typ` prints, all of it text; fields hidden on the page are not in it."""
    context = pages.read_context(document, version=version, working_copy=working_copy)
    found: DocumentVersion | None = context["version"]
    secret = Secrecy(document.secrecy)
    sections = [_section(one.title, one.fields) for one in context["sections"]]
    return {
        "form": pages.form_name(document),
        "title": document.title or pages.form_name(document),
        "left": f"{document.form_version.form.code} {pages.form_name(document)}　{document.number}",
        "mark": "" if secret == Secrecy.PUBLIC else secret.label,
        "foot": printed_by(by),
        "facts": list(_facts(document, found)),
        "sections": sections,
        "flipped": any(
            len(part.get("columns", ())) > MANY_COLUMNS for one in sections for part in one["parts"]
        ),
        "attachments": [f"{one.label}({one.note})" for one in context["attachments"]],
        "linked": [_reference(one["document"]) for one in pages.linked(document, viewer)],
        "signings": [signing_texts(one) for one in signings(document, found)],
        "labels": _labels(),
    }


def word_of(
    document: Document,
    version: DocumentVersion | None,
    *,
    viewer: Viewer,
    by: Actor,
    working_copy: bool = False,
) -> bytes:
    """The document in Word: in its department's own template where there is one, else plain.

    Raises Invalid where the template names what this version of the form does not have.
    """
    paper = paper_of(document, version, viewer=viewer, by=by, working_copy=working_copy)
    template = WordTemplate.objects.filter(form=document.form_version.form_id).select_related("file").first()
    if template is None:
        return word.plain_word(paper)
    definition = definition_for(document)
    context = pages.read_context(document, version=version, working_copy=working_copy)
    with open_file(template.file) as content:
        return word.fill_template(
            content.read(), definition, word_values(definition, document, paper, context, by)
        )


def word_values(
    definition: FormDefinition,
    document: Document,
    paper: Mapping[str, Any],
    context: Mapping[str, Any],
    by: Actor,
) -> dict[str, Any]:
    """The names of a Word template with their texts: `doc`, `capitals`, `head`, `signings`.

    What the page does not show is empty, so that a template can name it and nothing leaks.
    """
    shown = {one.key: one for section in context["sections"] for one in section.fields}
    doc: dict[str, Any] = {}
    for one in definition.fields:
        view = shown.get(one.key)
        if one.columns:
            keys = [column.key for column in one.columns]
            rows = view.rows if view else ()
            doc[one.key] = [dict(zip(keys, map(text_of, row), strict=True)) for row in rows]
        else:
            doc[one.key] = text_of(view) if view else ""
    return {
        "doc": doc,
        "capitals": {key: note_of(view, "{amount}") for key, view in shown.items() if view.kind == "money"},
        "head": _head(document, context["version"], by),
        "signings": paper["signings"],
    }


def _head(document: Document, version: DocumentVersion | None, by: Actor) -> dict[str, str]:
    moments = {
        "created": document.created_at,
        "submitted": document.submitted_at,
        "passed": document.passed_at,
    }
    return {key: _moment(at) for key, at in moments.items()} | {
        "form": pages.form_name(document),
        "number": document.number,
        "title": document.title,
        "version": shown(version),
        "state": State(document.state).label,
        "author": document.author.name,
        "position": document.author_position.name if document.author_position else "",
        "unit": document.unit.name,
        "secrecy": Secrecy(document.secrecy).label,
        "urgency": document.urgency,
        "process": document.process_code,
        "remark": document.remark,
        "printed_by": by.name,
        "printed_at": _moment(clock.now()),
    }


def _moment(at: datetime | None) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M}" if at else ""


def printed_by(by: Actor) -> str:
    """打印人 and 打印时间, for the foot of every page."""
    return gettext("打印人：{name}　打印时间：{at}").format(name=by.name, at=_moment(clock.now()))


def signings(document: Document, version: DocumentVersion | None) -> list[registry.Signing]:
    """What was decided up to this version, oldest first, from the app that runs the decisions."""
    last = version.number if version else 0
    found = [one for source in registry.signing_sources for one in source(document)]
    return [one for one in found if one.version <= last]


def signing_texts(one: registry.Signing) -> dict[str, Any]:
    """A signing as texts."""
    return {
        "step": one.step, "person": one.person, "position": one.position, "answer": one.answer,
        "opinion": one.opinion, "time": _moment(one.at),
        "version": f"V{one.version}" if one.version else "", "answers": list(one.answers),
    }  # fmt: skip


def _facts(document: Document, version: DocumentVersion | None) -> Iterator[tuple[str, str]]:
    """The head of the page; version and state as they are of what is printed."""
    yield from (pair for pair in pages.facts_of(document) if pair[0] != gettext("版本"))
    yield gettext("版本"), shown(version) or gettext("草稿，未提交")
    yield gettext("状态"), State(document.state).label


def _reference(document: Document) -> str:
    return f"{document.number} {document.title}".strip()


def _labels() -> dict[str, Any]:
    return {
        "row": gettext("序"),
        "total": gettext("合计"),
        "empty": gettext("没有内容"),
        "attachments": gettext("附件"),
        "linked": gettext("关联单据"),
        "signings": gettext("审批记录"),
        "signing": [gettext(one) for one in ("环节", "签署人", "结果", "意见", "时间", "版本")],
    }


def _section(title: str, fields: Iterable[FieldView]) -> dict[str, Any]:
    """Tables stand alone, all else in lines of two; what is wide takes a line."""
    parts: list[dict[str, Any]] = []
    for one in fields:
        if one.kind == "table":
            parts.append(_table(one))
            continue
        if not parts or parts[-1]["kind"] == "table":
            parts.append({"kind": "fields", "lines": []})
        lines: list[list[dict[str, str]]] = parts[-1]["lines"]
        cell = {"label": one.label, "text": text_of(one), "note": note_of(one)}
        if one.is_wide or not lines or len(lines[-1]) == 2 or lines[-1][0].get("wide"):
            lines.append([cell | ({"wide": "1"} if one.is_wide else {})])
        else:
            lines[-1].append(cell)
    return {"title": title, "parts": parts}


def _table(one: FieldView) -> dict[str, Any]:
    return {
        "kind": "table",
        "label": one.label,
        "columns": [
            {
                "label": column.label, "numeric": column.is_numeric, "total": column.total,
                "wide": column.kind in _LONG, "short": column.kind in _SHORT,
            }
            for column in one.columns
        ],
        "rows": [[text_of(cell) for cell in row] for row in one.rows],
    }  # fmt: skip


def text_of(one: FieldView) -> str:
    """A field as one text; opinions and files line by line."""
    if one.opinions:
        lines: Sequence[str] = [
            " ".join(filter(None, [each.person, each.position, each.result, each.text, each.time]))
            for each in one.opinions
        ]
    elif one.kind in {"file", "image", "ref"} and one.options:
        lines = [f"{each.label}({each.note})" if each.note else each.label for each in one.options]
    else:
        lines = [one.read_text]
    return "\n".join(lines)


def note_of(one: FieldView, pattern: str = text("大写：{amount}")) -> str:
    """An amount in capitals, as contracts and payment papers need it (rules.md §29)."""
    if one.kind != "money" or not one.value:
        return ""
    try:
        return gettext(pattern).format(amount=money.capitals(one.value))
    except Invalid:
        return ""
