"""What every step reads beside the case's own rows: whose task it is, and the documents.

Bare SQL for the same reason as in `store`: making a statement from a queryset costs more than
running it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from bihuan.documents.public import Document, FormVersion

_TASK = "SELECT case_id, local, act, person_id, node FROM process_task WHERE id = %s"
_PAPERS = """
SELECT document.*, paper.name AS paper_name, paper.row AS paper_row, form.digest AS form_digest,
  (SELECT root FROM documents_documentversion version WHERE version.document_id = document.id
   ORDER BY version.number DESC, version.revision DESC LIMIT 1) AS paper_root
FROM process_casedocument paper
JOIN documents_document document ON document.id = paper.document_id
JOIN documents_formversion form ON form.id = document.form_version_id
WHERE paper.case_id = %s
ORDER BY paper.id
"""


_AWAITED = """
SELECT 1 FROM process_trigger WHERE event = %s UNION ALL SELECT 1 FROM process_timer WHERE event = %s LIMIT 1
"""


def is_awaited(event: str) -> bool:
    """Whether any start or any case at all waits for an event by this name."""
    with connection.cursor() as cursor:
        cursor.execute(_AWAITED, [event, event])
        return cursor.fetchone() is not None


class TaskHead(NamedTuple):
    """Which seat a task is, and whose."""

    case: int
    local: int | None
    act: str
    person: int
    node: str


@dataclass(slots=True)
class Paper:
    """A document of a case: the name its steps use, the row it belongs to, the hash of its newest version."""

    name: str
    row: str
    document: Document
    root: str


def task_head(task_id: int) -> TaskHead | None:
    """The task with this id."""
    with connection.cursor() as cursor:
        cursor.execute(_TASK, [task_id])
        found = cursor.fetchone()
    return TaskHead(*found) if found is not None else None


def case_papers(case_id: int) -> list[Paper]:
    """The documents of a case in the order made, with what their forms ask."""
    found = []
    for document in Document.objects.raw(_PAPERS, [case_id]):
        read = vars(document)  # the columns beside the model's own
        document.form_version = _form(document.form_version_id, read["form_digest"])
        found.append(Paper(read["paper_name"], read["paper_row"], document, read["paper_root"] or ""))
    return found


@lru_cache(maxsize=512)
def _form(version_id: int, _digest: str) -> FormVersion:
    """A form version never changes; its digest guards against a database that was put back."""
    return FormVersion.objects.select_related("form").get(pk=version_id)
