"""Which releases of a pack there were, and who signed each (SC-000)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bihuan.packs.models import PackRelease
from bihuan.process import presenting
from bihuan.process.models import Case, ProcessVersion

SIGNING = "SC-000"
"""The process by which a whole pack is jointly signed; its main document (F-103) names the pack."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One who signed a release."""

    person: str
    position: str
    answer: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Release:
    """One release of a pack. `changed` tells whether this process was written anew in it."""

    version: str
    state: str
    installed_at: datetime
    installed_by: str
    effective_at: datetime | None
    changed: bool
    case_number: str
    signatures: tuple[Signature, ...]

    @property
    def signed(self) -> bool:
        """Whether it was jointly signed; else whoever installed it put it in force."""
        return bool(self.signatures)


def releases_of(pack: str, process: str = "") -> list[Release]:
    """The releases of a pack, the newest first; `process` tells what changed for one process."""
    rows = list(PackRelease.objects.filter(pack__code=pack).defer("source").order_by("id"))
    outlines = _outlines(process, rows) if process else {}
    cases = _signings(pack)
    found: list[Release] = []
    before: Any = None
    for row in rows:
        outline = outlines.get(row.pk)
        found.append(_release(row, cases, changed=outline is not None and outline != before))
        before = outline if outline is not None else before
    return found[::-1]


def version_text(row: PackRelease) -> str:
    """1.0.0, with the revision where the same version was installed with other content."""
    return row.version if row.revision == 1 else f"{row.version}-{row.revision}"


def _release(row: PackRelease, cases: Sequence[Case], *, changed: bool) -> Release:
    case = next((one for one in cases if _signs(one, row)), None)
    return Release(
        version=version_text(row),
        state=row.get_state_display(),
        installed_at=row.installed_at,
        installed_by=row.installed_by,
        effective_at=row.effective_at,
        changed=changed,
        case_number=case.number if case else "",
        signatures=tuple(_signatures(case)) if case else (),
    )


def _outlines(process: str, rows: Sequence[PackRelease]) -> dict[int, Any]:
    versions = ProcessVersion.objects.filter(process__code=process, release__in=[row.pk for row in rows])
    return dict(versions.values_list("release_id", "outline"))


def _signings(pack: str) -> list[Case]:
    """The cases in which this pack was signed, the newest first."""
    # Their ids first: SQLite takes all processes for equally frequent and would read every case in order.
    signings = Case.objects.filter(process_code=SIGNING).order_by().values("pk")
    cases = Case.objects.filter(pk__in=signings, main_document__isnull=False)
    found = cases.select_related("main_document").order_by("-id")
    return [one for one in found if one.main_document and one.main_document.data.get("pack") == pack]


def _signs(case: Case, row: PackRelease) -> bool:
    """Whether the release came into force in that case: between its opening and its end."""
    if row.effective_at is None:
        return False
    return case.opened_at <= row.effective_at and (case.ended_at is None or row.effective_at <= case.ended_at)


def _signatures(case: Case) -> list[Signature]:
    """The joint signatures; who drafted and who published is told by the case itself."""
    return [
        Signature(entry["person"], entry["position"], entry["answer"], entry["acted"])
        for entry in presenting.opinion_entries(case.pk)
        if entry["task"].answer in ("agree", "refuse")
    ]
