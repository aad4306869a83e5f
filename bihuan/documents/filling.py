"""The form of a document as a step fills it; the task page includes `documents/_form.html` with this.

context = form_context(document, rights, save_url=…)          # GET
raw, head = posted(document, request.POST, rights)            # POST: input for save_draft and submit
return draft_response(request, saved, rights)                 # the answer to an autosave
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.label import show
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.ui.field_view import FieldView, Option
from bihuan.org.models import Unit

from .definitions import definition_for
from .domain.rights import Rights
from .keeping import content_of
from .lookups import DatabaseLookup, viewer_for
from .models import Document, DocumentVersion, State, Urgency
from .offline import may_stay_offline
from .posted import HEAD_PREFIX, read_head, read_post
from .presenting import MAX_FILE, Presenter, file_option
from .working import Working, given_roots


def posted(document: Document, post: QueryDict, rights: Rights) -> tuple[dict[str, Any], dict[str, Any]]:
    """Raw input by field, and what of the head was sent."""
    return read_post(definition_for(document), post, rights), read_head(post, rights)


def form_context(
    document: Document,
    rights: Rights,
    *,
    by: Actor,
    errors: Mapping[str, Sequence[str]] | None = None,
    data: Mapping[str, Any] | None = None,
    save_url: str = "",
    since: DocumentVersion | None = None,
    process_code: str = "",
    roots: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What `documents/_form.html` needs.

    `errors` are an Invalid's `fields` and `data` the refused input: the page shows both again. `save_url`
    takes autosaves. `since` is the version the reader last saw: what changed since is marked.
    """
    working, presenter = _presented(document, rights, by, data, process_code, roots, since)
    found = {path: [said] for path, said in working.wrong.items()} | dict(errors or {})
    presenter.errors = found
    sections = presenter.sections()
    return {
        "document": document,
        "form": working.definition,
        "form_name": show(working.definition.name, presenter.language),
        "form_help": show(working.definition.help, presenter.language),
        "sections": sections,
        "head": head_views(document, found) if rights.head else [],
        "tables": [one for section in sections for one in section.fields if _grows(one)],
        "general_errors": found.get("", []),
        "error_count": sum(len(said) for said in found.values()),
        "warnings": [said for messages in presenter.warnings.values() for said in messages],
        "lock": document.lock,
        "save_url": save_url,
        "refused": data is not None,
        "draft_key": f"document-{document.pk}",
        "person_id": by.person,
        "sign_in_url": reverse("org:sign_in"),
        "offline": may_stay_offline(document),
    }


def _grows(one: FieldView) -> bool:
    return one.kind == "table" and not one.readonly


def _presented(
    document: Document,
    rights: Rights,
    by: Actor,
    data: Mapping[str, Any] | None,
    process_code: str,
    roots: Mapping[str, Any] | None,
    since: DocumentVersion | None = None,
) -> tuple[Working, Presenter]:
    definition = definition_for(document)
    at = clock.now()
    working = Working.of(document, definition)
    lookup = DatabaseLookup(viewer_for(by), document)
    if data:
        working.take(data, lookup)
    working.reread(lookup)
    working.compute(roots, at)
    working.fill_defaults(rights, roots, at)
    code = process_code or document.process_code
    findings = working.check(rights, code, roots=roots, at=at)
    presenter = Presenter(
        definition, working.values, rights, company_path=document.company.path, unread=working.unread,
        warnings=findings.warnings, before=content_of(since)["data"] if since else None, process_code=code,
        roots=given_roots(roots, at),
    )  # fmt: skip
    return working, presenter


def draft_response(
    request: HttpRequest,
    document: Document,
    rights: Rights,
    *,
    by: Actor,
    process_code: str = "",
    roots: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The answer to an autosave: the new lock, computed values, column totals and warnings (out of band)."""
    _, presenter = _presented(document, rights, by, None, process_code, roots)
    fields = [one for section in presenter.sections() for one in section.fields]
    cells = [cell for one in fields for row in one.rows for cell in row]
    computed = {column.key for one in presenter.definition.fields for column in one.columns if column.compute}
    fresh = [one for one in fields if presenter.definition.field_by_key[one.key].compute]
    fresh += [cell for cell in cells if cell.key in computed and cell.readonly]
    context = {
        "fresh": fresh,
        "tables": [one for one in fields if _grows(one) and one.has_totals],
        "warnings": [said for messages in presenter.warnings.values() for said in messages],
    }
    response = render(request, "documents/_computed.html", context)
    response.headers["X-Draft-Lock"] = str(document.lock)
    return response


def head_views(document: Document, errors: Mapping[str, Sequence[str]] | None = None) -> list[FieldView]:
    """The head as fields: unit, secrecy, urgency, attachments, remark."""
    units = Unit.objects.filter(path__startswith=document.company.path, retired_at=None)

    def view(key: str, label: str, kind: str, **more: Any) -> FieldView:
        said = "；".join((errors or {}).get(f"head.{key}", ()))
        return FieldView(key=key, name=f"{HEAD_PREFIX}{key}", label=label, kind=kind, error=said, **more)

    files = tuple(file_option(one) for one in document.attachments)
    return [
        view(
            "unit", "所属部门", "unit", value=str(document.unit_id), required=True,
            options=tuple(Option(str(unit.pk), unit.name, unit.name_pinyin) for unit in units),
        ),
        view(
            "secrecy", "密级", "enum", value=Secrecy(document.secrecy).label, required=True,
            options=tuple(Option(level.label, level.label) for level in Secrecy),
        ),
        view(
            "urgency", "紧急程度", "enum", value=document.urgency,
            options=tuple(Option(*pair) for pair in Urgency.choices),
        ),
        view(
            "attachments", "附件", "file", many=True, options=files, maximum=MAX_FILE,
            values=tuple(one.value for one in files), url=reverse("files:upload"),
        ),
        view("remark", "备注", "longtext", value=document.remark),
    ]  # fmt: skip


TONES = {
    State.DRAFT: "secondary", State.REVIEW: "blue", State.RETURNED: "orange", State.PASSED: "green",
    State.REFUSED: "red", State.WITHDRAWN: "secondary", State.VOID: "red", State.RUNNING: "cyan",
    State.CLOSED: "teal", State.ARCHIVED: "purple",
}  # fmt: skip
"""Colours of the states' badges."""
