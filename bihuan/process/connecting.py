"""What this app fills in elsewhere: pack reader, participants, panels, notices, ticks, rebinding."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from bihuan.documents.public import Document, Panel, add_panel, add_participants
from bihuan.kit.access import viewer_of
from bihuan.kit.notify import NoticeKind, register_kind
from bihuan.kit.ui.menu import menu
from bihuan.org import public as org
from bihuan.process import jobs, outcomes, queries, reader
from bihuan.process.models import CaseDocument
from bihuan.process.notices import KINDS, MUST
from bihuan.process.presenting import opinion_entries
from bihuan.process.services import rebinding


def connect() -> None:
    """Called once when the app is ready."""
    reader.register()
    outcomes.connect()
    for code, label in KINDS.items():
        register_kind(NoticeKind(code, label, must=code in MUST))
    add_participants(queries.documents_of_cases)
    add_panel(_opinions_panel)
    org.on_binding_change(rebinding.after_binding)
    org.on_holding_change(rebinding.after_holding)
    org.on_calendar_change(rebinding.after_calendar)
    org.may_leave(rebinding.refuse_leaving)
    org.may_retire(rebinding.refuse_retiring)
    jobs.register()
    menu.group("processes", gettext_lazy("流程"), "route", 20)
    menu.add("processes", gettext_lazy("流程实例"), "process:cases", icon="list", order=10)
    menu.add("processes", gettext_lazy("流程手册"), "process:processes", icon="book", order=20)


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
