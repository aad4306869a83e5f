"""An ended case as an archive: how long it is kept, and the papers that lie in it (R-039, rules.md §17)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch
from django.utils.timezone import localtime

from bihuan.documents.public import KIND, DocumentVersion, seen_through
from bihuan.kernel.keep import Keep
from bihuan.kit.access import Viewer
from bihuan.kit.files.models import File
from bihuan.process.engine.graph import Kind
from bihuan.process.models import Case, CaseDocument
from bihuan.process.program import Program


@dataclass(frozen=True, slots=True)
class Archive:
    """Since when an ended case is kept and until when; `until` is None for ever, `keep` "" where unsaid."""

    since: datetime
    keep: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of a case with its versions, the newest first, and its files."""

    row: CaseDocument
    versions: tuple[DocumentVersion, ...]
    files: tuple[File, ...]


def archive_of(case: Case, plan: Program) -> Archive | None:
    """What the process's `end` says of keeping; None while the case runs.

    The time counts from the day of the end. However a case ended, its papers are kept as long.
    """
    if case.ended_at is None:
        return None
    ends = [
        node
        for node in plan.graph.nodes.values()
        if node.kind in (Kind.END, Kind.TERMINATE) and not node.scope
    ]
    keep = next((str(node.rules["archive"]) for node in ends if node.rules.get("archive")), "")
    until = Keep.parse(keep).until(localtime(case.ended_at).date()) if keep else None
    return Archive(case.ended_at, keep, until)


def papers_of(case: Case, viewer: Viewer) -> list[Paper]:
    """The documents of a case that a person may read, in the order made."""
    versions = DocumentVersion.objects.defer("snapshot", "leaves", "salts").order_by("-number", "-revision")
    rows = list(
        case.case_documents.filter(seen_through(viewer, "document"))
        .select_related("document__form_version__form")
        .prefetch_related(Prefetch("document__versions", versions, to_attr="by_age"))
        .order_by("id")
    )
    files = _files(row.document_id for row in rows)
    return [Paper(row, tuple(row.document.by_age), tuple(files[row.document_id])) for row in rows]  # type: ignore[attr-defined]


def _files(documents: Iterable[int]) -> dict[int, list[File]]:
    found: dict[int, list[File]] = defaultdict(list)
    for file in File.objects.filter(owner_kind=KIND, owner_id__in=list(documents)).order_by("id"):
        found[file.owner_id or 0].append(file)
    return found
