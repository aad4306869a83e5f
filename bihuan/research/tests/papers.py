"""Cases and their papers as a process leaves them behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bihuan.documents.domain.rights import FILL
from bihuan.documents.models import Document, FormVersion
from bihuan.documents.services import create_document, submit_document
from bihuan.documents.tests.conftest import NOW, Company
from bihuan.org.models import Person
from bihuan.process.models import Case, CaseDocument, Process, ProcessVersion
from bihuan.process.public import Source


def case_of(firm: Company, code: str = "SC-002") -> Case:
    process, _ = Process.objects.get_or_create(code=code, pack="trial")
    version, _ = ProcessVersion.objects.get_or_create(
        process=process, release=firm.form.release, defaults={"bpmn": "", "digest": ""}
    )
    number = f"{code}-{Case.objects.count() + 1}"
    return Case.objects.create(
        number=number, version=version, process_code=code, company=firm.company, unit=firm.market,
        starter=firm.writer, opened_at=NOW,
    )  # fmt: skip


def paper(
    firm: Company,
    case: Case | None,
    form: str,
    name: str,
    data: Mapping[str, Any],
    author: Person | None = None,
) -> Document:
    """A handed-in document of a case."""
    by = firm.actor(author or firm.writer)
    draft = create_document(
        form_version=FormVersion.objects.filter(form__code=form).latest("pk"), company_id=firm.company.pk,
        unit_id=firm.market.pk, preset={}, by=by, at=NOW,
    )  # fmt: skip
    document = submit_document(document=draft, data=dict(data), rights=FILL, by=by, at=NOW).document
    if case is not None:
        CaseDocument.objects.create(case=case, name=name, document=document)
    return document


def source_of(document: Document, case: Case | None = None, period: str = "") -> Source:
    newest = document.versions.latest("pk")
    return Source(
        document.company_id, document.unit_id, case.pk if case else None, document.pk, newest.pk, "end",
        document.number, document.title, document.secrecy, period,
    )  # fmt: skip
