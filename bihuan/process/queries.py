"""Reads: who may see which case, and the lists people work from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from bihuan.documents import public as documents
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import NotFound, text
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.access import Viewer, granted, granted_ids
from bihuan.kit.keyset import among
from bihuan.org import public as org
from bihuan.process.models import Case, CaseDocument, CaseEvent, Copy, Posting, ProcessVersion, Task


def visible_cases(viewer: Viewer) -> QuerySet[Case]:
    """Cases a viewer may read: his own, those he works or worked on, was copied or granted; those of people
    below him up to 秘密. Secrecy is a ceiling for all but those who take part.
    """
    if viewer.person is None:
        return Case.objects.none()
    takes_part = Q(starter=viewer.person) | Q(Exists(_tasks_of([viewer.person])))
    shown = Q(Exists(Copy.objects.filter(case=OuterRef("pk"), person=viewer.person))) | Q(
        granted(viewer, "case")
    )
    below = Q(starter__in=viewer.inferiors) | Q(Exists(_tasks_of(viewer.inferiors)))
    under_ceiling = Q(secrecy__lte=int(viewer.clearance))
    return Case.objects.filter(
        takes_part
        | (shown & under_ceiling)
        | (below & under_ceiling & Q(secrecy__lte=int(Secrecy.CONFIDENTIAL)))
    )


def titled_cases(viewer: Viewer) -> QuerySet[Case]:
    """Cases whose titles a viewer may read: the visible ones; administrators those up to 内部, never content."""
    found = visible_cases(viewer)
    return found | Case.objects.filter(secrecy__lte=int(Secrecy.INTERNAL)) if viewer.admin else found


def listed_cases(viewer: Viewer) -> QuerySet[Case]:
    """The same cases for a list, which must find them among all; one case is asked of `titled_cases`."""
    found = titled_cases(viewer)
    return found.filter(among("pk", _near(viewer))) if viewer.sees_few else found


def opener_of(case: Case, viewer: Viewer) -> Case | None:
    """The case that opened or called this one, if the viewer may read it (R-020)."""
    return visible_cases(viewer).filter(pk=case.opener_id).first() if case.opener_id else None


MOST_OPENED = 50


def opened_by(case: Case, viewer: Viewer) -> list[Case]:
    """The cases that this one opened or called and the viewer may read, the newest first, at most MOST_OPENED."""
    return list(visible_cases(viewer).filter(opener=case.pk).order_by("-id")[:MOST_OPENED])


def _near(viewer: Viewer) -> QuerySet[Case, Any]:
    """Ids of all cases that can be visible to somebody who sees few, found by index."""
    people = [viewer.person, *viewer.inferiors]
    started = Case.objects.filter(starter__in=people).order_by().values("pk")
    worked_on = Task.objects.filter(person__in=people).order_by().values("case")
    copied = Copy.objects.filter(person=viewer.person).order_by().values("case")
    return started.union(worked_on, copied, granted_ids(viewer, "case"))


def seen_through(viewer: Viewer, case: str) -> Exists:
    """Whether a viewer may read the case of a row; `case` names its column.

    Asked row by row: `case__in=visible_cases(…)` would work out all the cases of the company first.
    """
    return Exists(visible_cases(viewer).filter(pk=OuterRef(case)))


def _tasks_of(people: Iterable[int]) -> QuerySet[Task]:
    return Task.objects.filter(case=OuterRef("pk"), person__in=people)


def can_see(case: int, by: Actor) -> bool:
    """Whether an actor may read a case; the system may."""
    return by.person is None or visible_cases(org.viewer_of_person(by.person)).filter(pk=case).exists()


def require_seen(case: int, by: Actor) -> None:
    """Raise NotFound unless the actor may read the case."""
    if not can_see(case, by):
        raise NotFound(text("流程实例不存在"))


def documents_of_cases(viewer: Viewer, document: str) -> Exists:
    """Whether a case opens a document to a viewer; `document` names the column with the document's id.

    What was handed in is open to all who may read the case, a draft only to those who have it on their
    desk.
    """
    on_desk = Task.objects.filter(case=OuterRef("case"), document=OuterRef("document"), person=viewer.person)
    mine = Exists(Task.objects.filter(case=OuterRef("case"), person=viewer.person))
    ceiling = Q(document__secrecy__lte=int(viewer.clearance)) | Q(case__starter=viewer.person) | Q(mine)
    handed_in = Q(seen_through(viewer, "case"), document__version_number__gt=0) & ceiling
    # Two bounds, not one equation: PostgreSQL would work out an equation for the documents of all cases first.
    here = Q(document__gte=OuterRef(document), document__lte=OuterRef(document))
    return Exists(CaseDocument.objects.filter(here, handed_in | Q(Exists(on_desk))))


def near_documents(viewer: Viewer) -> QuerySet[CaseDocument, Any]:
    """Ids of all documents that `documents_of_cases` can open to somebody who sees few cases."""
    return CaseDocument.objects.filter(among("case", _near(viewer))).order_by().values("document")


def participants(case: int) -> list[int]:
    """People at work on a case now, and its starter."""
    at_work = Task.objects.filter(case=case, state__in=["open", "waiting"]).values_list(
        "person_id", flat=True
    )
    starter = Case.objects.filter(pk=case).values_list("starter_id", flat=True)
    return list(dict.fromkeys([*at_work, *starter]))


def visible_postings(viewer: Viewer) -> QuerySet[Posting]:
    """Postings of documents a viewer may read; without a document those of cases he may read."""
    own_case = Q(seen_through(viewer, "case"), document__isnull=True)
    return Posting.objects.filter(Q(documents.seen_through(viewer, "document")) | own_case)


def inbox(person: int) -> QuerySet[Task]:
    """What waits for a person, the most urgent first (我的待办)."""
    return _with_case(Task.objects.filter(person=person, state="open")).order_by("due_at", "id")


def done(person: int) -> QuerySet[Task]:
    """What a person has done, the latest first (已办)."""
    return _with_case(Task.objects.filter(person=person, state="done")).order_by("-acted_at", "-id")


def started(person: int) -> QuerySet[Case]:
    """Cases a person started (我发起)."""
    found = Case.objects.filter(starter=person).select_related("version", "main_document")
    return found.defer("memory", "preset", "chain", "version__bpmn", "version__outline").order_by("-id")


def copied(viewer: Viewer) -> QuerySet[Copy]:
    """Cases copied to a person (抄送我), as far as he may still read them."""
    return (
        Copy.objects.filter(seen_through(viewer, "case"), person=viewer.person)
        .select_related("case__version", "case__starter", "by")
        .order_by("-id")
    )


def drafts(person: int) -> QuerySet[Task]:
    """Papers a person has begun and not handed in (草稿)."""
    unsent = Q(document__state__in=["draft", "returned", "withdrawn"])
    return _with_case(Task.objects.filter(person=person, state="open", act="fill").filter(unsent)).order_by(
        "-id"
    )


def _with_case(tasks: QuerySet[Task]) -> QuerySet[Task]:
    related = ("case__version", "case__starter", "position", "stands_for", "document__author")
    return tasks.select_related(*related).defer(*_HEAVY)


_HEAVY = (
    "case__memory",
    "case__preset",
    "case__chain",
    "case__version__bpmn",
    "case__version__outline",
    "document__unread",
)
"""What no list shows; a process version alone is a hundred thousand characters."""


def overdue_count(person: int, now: datetime) -> int:
    """How many of a person's open tasks are past their time."""
    return Task.objects.filter(person=person, state="open", due_at__lt=now).count()


def history(case: int) -> QuerySet[CaseEvent]:
    """What happened, in order."""
    return CaseEvent.objects.filter(case=case).order_by("seq")


def opinions(case: int) -> QuerySet[Task]:
    """All seats of a case that were answered or are open, in order, with answers to refusals."""
    return (
        Task.objects.filter(case=case)
        .select_related("person", "position", "stands_for")
        .prefetch_related("answers__by")
        .order_by(F("acted_at").asc(nulls_last=True), "id")
    )


def handlers(cases: list[int]) -> dict[int, list[str]]:
    """Who sits at these cases now: names with their step, by case."""
    found: dict[int, list[str]] = {}
    rows = (
        Task.objects.filter(case__in=cases, state="open")
        .order_by("id")
        .values_list("case_id", "person__name", "name")
    )
    for case, person, step in rows:
        found.setdefault(case, []).append(f"{person}({step})")
    return found


def source_titles(cases: Iterable[Case], viewer: Viewer) -> dict[int, str]:
    """What the cases are called that opened these, by the opened case, as far as the viewer may read them."""
    openers = {case.pk: case.opener_id for case in cases if case.opener_id}
    if not openers:
        return {}
    seen = visible_cases(viewer).filter(pk__in=set(openers.values())).order_by()
    titles = dict(seen.values_list("pk", "title"))
    return {case: titles[opener] for case, opener in openers.items() if titles.get(opener)}


def effective_versions() -> QuerySet[ProcessVersion]:
    """The versions that may start: those of releases in force."""
    return (
        ProcessVersion.objects.filter(release__state="effective")
        .select_related("process", "release__pack")
        .defer("bpmn", "outline", "release__source")
        .order_by("process__code")
    )


def waiting_versions() -> QuerySet[ProcessVersion]:
    """The newest version of every process that is installed but in no release in force."""
    others = ProcessVersion.objects.filter(process=OuterRef("process"))
    return (
        ProcessVersion.objects.exclude(Exists(others.filter(release__state="effective")))
        .exclude(Exists(others.filter(pk__gt=OuterRef("pk"))))
        .select_related("process", "release__pack")
        .defer("bpmn", "outline", "release__source")
        .order_by("process__code")
    )


def search_cases(cases: QuerySet[Case], words: str) -> QuerySet[Case]:
    """Those whose number, title, title's pinyin or starter holds every word."""
    for word in words.split()[:5]:
        plain = word.lower()
        cases = cases.filter(
            Q(number__icontains=word)
            | Q(title__icontains=word)
            | Q(main_document__title_pinyin__contains=plain)
            | Q(starter__name__contains=word)
            | Q(starter__name_pinyin__contains=plain)
        )
    return cases


def rows_of_step(case: int, node: str) -> list[Task]:
    """The open and done tasks of a step, one per row, in the order of the rows."""
    tasks = (
        Task.objects.filter(case_id=case, node=node)
        .exclude(state="closed")
        .select_related("person")
        .order_by("row", "-id")
    )
    found: dict[str, Task] = {}
    for task in tasks:
        found.setdefault(task.row, task)
    return list(found.values())
