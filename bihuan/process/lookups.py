"""What every step reads beside the case's own rows: whose task it is, and the documents.

Bare SQL for the same reason as in `store`: making a statement from a queryset costs more than
running it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

from bihuan.documents import public as documents

_TASK = "SELECT case_id, local, act, person_id, node FROM process_task WHERE id = %s"
_PAPERS = f"""
SELECT {documents.DOCUMENT_COLUMNS}, paper.name, paper.row,
  (SELECT root FROM documents_documentversion version WHERE version.document_id = document.id
   ORDER BY version.number DESC, version.revision DESC LIMIT 1)
FROM {documents.DOCUMENT_SOURCE} JOIN process_casedocument paper ON paper.document_id = document.id
WHERE paper.case_id = %s
ORDER BY paper.id
"""  # noqa: S608


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
    document: documents.Document
    root: str


def task_head(task_id: int) -> TaskHead | None:
    """The task with this id."""
    with connection.cursor() as cursor:
        cursor.execute(_TASK, [task_id])
        found = cursor.fetchone()
    return TaskHead(*found) if found is not None else None


def case_papers(case_id: int) -> list[Paper]:
    """The documents of a case in the order made, with what their forms ask."""
    with connection.cursor() as cursor:
        cursor.execute(_PAPERS, [case_id])
        rows = cursor.fetchall()
    papers = []
    for row in rows:
        name, key, root = row[documents.DOCUMENT_WIDTH :]
        papers.append(Paper(name, key, documents.document_of(row), root or ""))
    return papers
