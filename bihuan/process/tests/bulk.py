"""Many cases at once, by SQL: copies of one that the services made."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Max, Model

from bihuan.documents.models import Document, DocumentField, DocumentVersion
from bihuan.kit.audit import Entry
from bihuan.process.models import Case, CaseDocument, CaseEvent, Task, Token

PARTS: tuple[tuple[type[Model], str], ...] = (
    (DocumentVersion, "document_id"),
    (DocumentField, "document_id"),
    (CaseDocument, "case_id"),
    (Token, "case_id"),
    (Task, "case_id"),
    (CaseEvent, "case_id"),
)


def copies(case: Case, count: int, *, slim: bool = False) -> list[int]:
    """Ids of `count` copies of a case with one document, standing where it stands.

    `slim` copies leave out what makes documents heavy: versions, index rows and most of the data.
    """
    assert case.main_document_id is not None
    cases = Case.objects.aggregate(last=Max("pk"))["last"]
    documents = Document.objects.aggregate(last=Max("pk"))["last"]
    document_id, case_id = f"{documents} + series.n", f"{cases} + series.n"
    lean: dict[str, Any] = {"data": "'{}'"} if slim else {}
    copy_rows(
        Document,
        case.main_document_id,
        count,
        {"id": document_id, "number": f"number || '-' || ({document_id})", **lean},
    )
    numbered = {"id": case_id, "number": f"number || '-' || ({case_id})", "main_document_id": document_id}
    copy_rows(Case, case.pk, count, numbered)
    for model, owner in PARTS:
        if slim and model in (DocumentVersion, DocumentField):
            continue
        source = case.pk if owner == "case_id" else case.main_document_id
        changed = {owner: case_id if owner == "case_id" else document_id}
        if model in (CaseDocument, Task):
            changed["document_id"] = document_id
        copy_rows(model, source, count, changed, owner)
    for kind, source, new in (("case", case.pk, case_id), ("document", case.main_document_id, document_id)):
        copy_rows(Entry, source, count, {"object_id": new}, "object_id", f"AND kind = '{kind}'")
    go_on_numbering(Case, Document)
    return list(range(cases + 1, cases + count + 1))


def copy_rows(
    model: type[Model], source: int, count: int, changed: dict[str, str], owner: str = "id", also: str = ""
) -> None:
    """Insert `count` copies of a model's rows of one owner; changed columns are SQL over `series.n`."""
    columns = [
        str(field.column) for field in model._meta.concrete_fields if field.column != "id" or "id" in changed
    ]
    values = [changed.get(column, f'"{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < %s)"
            f' INSERT INTO "{model._meta.db_table}" ({names}) SELECT {", ".join(values)}'
            f' FROM "{model._meta.db_table}", series WHERE "{owner}" = %s {also}'
            if connection.vendor == "sqlite"
            else f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {", ".join(values)}'
            f' FROM generate_series(1, %s) AS series(n), "{model._meta.db_table}" WHERE "{owner}" = %s {also}',
            [count, source],
        )


def go_on_numbering(*models: type[Model]) -> None:
    """PostgreSQL's sequences do not see ids that were given."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for model in models:
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM \"{table}\"))"
            )


def analyse() -> None:
    """Let the planner see how much there is."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def growing_tables() -> set[str]:
    """Tables that grow with the work done."""
    found = {model._meta.db_table for model in apps.get_app_config("process").get_models()}
    found |= {model._meta.db_table for model in apps.get_app_config("documents").get_models()}
    found |= {"kit_audit_entry", "kit_notice"}
    return found - {"process_process", "process_processversion", "documents_form", "documents_formversion"}
