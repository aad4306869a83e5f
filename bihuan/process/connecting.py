"""What this app fills in elsewhere: pack reader, participants, panels, notices, ticks, rebinding."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from bihuan.documents.public import (
    Document,
    Panel,
    Signing,
    add_panel,
    add_participants,
    add_signings,
    on_document_event,
)
from bihuan.kernel import clock
from bihuan.kit.access import viewer_of
from bihuan.kit.notify import NoticeKind, register_kind
from bihuan.kit.ui.menu import menu
from bihuan.org import public as org
from bihuan.packs import public as packs
from bihuan.process import api, jobs, outcomes, queries, reader
from bihuan.process.archive import archive_of
from bihuan.process.engine.events import CaseEnded
from bihuan.process.manual.contents import keep_text
from bihuan.process.models import CaseDocument
from bihuan.process.notices import KINDS, MUST
from bihuan.process.pack_register import PackRegister, tell_installed
from bihuan.process.presenting import MOST_POSTINGS, opinion_entries, posting_entries
from bihuan.process.program import program
from bihuan.process.registers import add_register
from bihuan.process.services import events, handing, posting, rebinding, timers, triggered
from bihuan.process.session import follow
from bihuan.process.vacancies import refuse_vacant


def connect() -> None:
    """Called once when the app is ready."""
    reader.register()
    outcomes.connect()
    for code, label in KINDS.items():
        register_kind(NoticeKind(code, label, must=code in MUST))
    handing.receiver("start", triggered.open_triggered)
    handing.receiver("wake", events.wake)
    handing.receiver("fire", timers.fire_again)
    on_document_event(events.document_event)
    follow(CaseEnded)(events.after_end)
    add_participants(queries.documents_of_cases, queries.near_documents)
    add_panel(_opinions_panel)
    add_panel(_postings_panel)
    add_register(PackRegister())
    packs.before_effective(refuse_vacant)
    packs.after_install(tell_installed)
    on_document_event(posting.after_document_event)
    add_panel(_archive_panel)
    add_signings(_signings)
    org.on_binding_change(rebinding.after_binding)
    org.on_holding_change(rebinding.after_holding)
    org.on_calendar_change(rebinding.after_calendar)
    org.may_leave(rebinding.refuse_leaving)
    org.may_retire(rebinding.refuse_retiring)
    jobs.register()
    api.register()
    menu.group("processes", gettext_lazy("流程"), "route", 20)
    menu.add("processes", gettext_lazy("流程实例"), "process:cases", icon="list", order=10)
    menu.add(
        "processes", gettext_lazy("交接失败"), "process:hand_overs", icon="alert-triangle", order=30,
        visible=_has_broken,
    )  # fmt: skip
    menu.add("processes", gettext_lazy("流程手册"), "process:processes", icon="book", order=20)
    menu.add("processes", gettext_lazy("过账记录"), "process:postings", icon="receipt", order=30)


def _postings_panel(request: HttpRequest, document: Document) -> Panel | None:
    """What a document posted to registers, with the way to its journal."""
    viewer = viewer_of(request)
    found = queries.visible_postings(viewer).filter(document=document)
    entries = posting_entries(found.order_by("-id")[:MOST_POSTINGS], viewer)
    return (
        Panel("process/_postings_panel.html", {"entries": entries, "document": document}) if entries else None
    )


def _opinions_panel(request: HttpRequest, document: Document) -> Panel | None:
    """The approval block of a document: who decided what in which case."""
    paper = CaseDocument.objects.filter(document=document).select_related("case").order_by("id").first()
    if paper is None:
        return None
    visible = queries.visible_cases(viewer_of(request)).filter(pk=paper.case_id).exists()
    return Panel(
        "process/_document_panel.html",
        {"case": paper.case if visible else None, "entries": opinion_entries(paper.case_id, document.pk)},
    )


def _archive_panel(request: HttpRequest, document: Document) -> Panel | None:
    """Since when and until when the paper lies in the archive of the case that made it."""
    paper = CaseDocument.objects.filter(document=document).select_related("case").order_by("id").first()
    if paper is None:
        return None
    archive = archive_of(paper.case, program(paper.case.version_id))
    if archive is None:
        return None
    visible = queries.visible_cases(viewer_of(request)).filter(pk=paper.case_id).exists()
    context = {
        "case": paper.case if visible else None,
        "outcome": paper.case.outcome,
        "archive": archive,
        "keep": keep_text(archive.keep),
    }
    return Panel("process/_archive_panel.html", context, side=True)


def _signings(document: Document) -> Iterator[Signing]:
    """What was decided about a document, for paper."""
    for case in (
        CaseDocument.objects.filter(document=document).order_by("id").values_list("case_id", flat=True)
    ):
        for entry in opinion_entries(case, document.pk):
            if not entry["answer"]:
                continue
            answers = tuple(
                gettext("{who}答复：{text}").format(who=one.by.name, text=one.text)
                for one in entry["answers"]
            )
            yield Signing(
                entry["step"], entry["person"], entry["position"], entry["answer"], entry["opinion"],
                entry["acted"], entry["version"] or 0, answers,
            )  # fmt: skip


def _has_broken(request: HttpRequest) -> bool:
    """Whether this person may try a failed hand-over again; one statement while there is none."""
    actor = getattr(request, "actor", None)
    return actor is not None and handing.any_broken() and bool(handing.broken_for(actor, clock.now()))
