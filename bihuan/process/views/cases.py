"""Cases: the list, one case with its live diagram, and what may be done with it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bihuan.kernel import clock
from bihuan.kernel.errors import Invalid, NotAllowed, NotFound, text
from bihuan.kit.access import viewer_of
from bihuan.kit.keyset import key_page
from bihuan.kit.once import once
from bihuan.kit.ui.http import Request, render_page, whole_number
from bihuan.org.models import Person
from bihuan.process import presenting, queries, services
from bihuan.process.archive import archive_of, papers_of
from bihuan.process.manual.contents import keep_text
from bihuan.process.models import Case, Task
from bihuan.process.program import program
from bihuan.process.services import handing

STATES = {"": text("全部"), "running": text("进行中"), "ended": text("已结束")}
FILTERS = frozenset({"state", "process", "q", "after"})


@require_GET
def case_list(request: Request) -> HttpResponse:
    """Cases a person may see, newest first."""
    unknown = set(request.GET) - FILTERS
    if unknown:
        raise Invalid(text("没有这些筛选条件:{names}"), names="、".join(sorted(unknown)))
    found = _filtered(request, queries.listed_cases(viewer_of(request)))
    page = key_page(found, ("-id",), request.GET.get("after", ""), bring=_with_starter)
    given = request.GET.copy()
    given.pop("after", None)
    base = f"{reverse('process:cases')}?{given.urlencode()}"
    context = {
        "title": gettext("流程实例"),
        "rows": page.rows,
        "sources": queries.source_titles(page.rows, viewer_of(request)),
        "handlers": queries.handlers([case.pk for case in page.rows]),
        "states": [
            (code, gettext(label), code == request.GET.get("state", "")) for code, label in STATES.items()
        ],
        "processes": queries.effective_versions(),
        "chosen": request.GET,
        "next": f"{base}&after={page.next}" if page.next else "",
        "first": base if request.GET.get("after") else "",
    }
    return render_page(request, "process/cases.html", context)


def _with_starter(found: QuerySet[Case]) -> QuerySet[Case]:
    return found.select_related("starter", "version").defer("memory", "version__bpmn", "version__outline")


def _filtered(request: Request, found: QuerySet[Case]) -> QuerySet[Case]:
    chosen = request.GET
    if chosen.get("state") in ("running", "ended"):
        found = found.filter(state=chosen["state"])
    if chosen.get("process"):
        found = found.filter(process_code=chosen["process"])
    if chosen.get("q"):
        found = queries.search_cases(found, chosen["q"][:100])
    return found


@require_GET
def case_page(request: Request, case_id: int) -> HttpResponse:
    """One case: facts, documents, opinions, history, and the diagram with its live position (R-038).

    Of a case whose title one may know but no more, the head alone (design.md §9).
    """
    case = _case(request, case_id)
    if not queries.can_see(case_id, request.actor):
        return _head_page(request, case)
    person = request.actor.person
    plan = program(case.version_id)
    open_tasks = presenting.working_now(case_id)
    services.mark_copy_read(case=case_id, by=request.actor, at=clock.now())
    archive = archive_of(case, plan)
    context: dict[str, Any] = {
        "title": case.title or case.number,
        "subtitle": f"{case.number} · {plan.names.get('zh-Hans', plan.code)}",
        "case": case,
        "plan": plan,
        "open_tasks": [(task, presenting.seat_name(task), task.pk) for task in open_tasks],
        "mine": next(
            (task for task in open_tasks if task.person_id == person and task.state == "open"), None
        ),
        "papers": papers_of(case, viewer_of(request)),
        "archive": archive,
        "keep": keep_text(archive.keep) if archive else "",
        "entries": presenting.opinion_entries(case_id),
        "history": presenting.history_entries(case, plan),
        "postings": presenting.posting_entries(
            queries.visible_postings(viewer_of(request)).filter(case=case)[: presenting.MOST_POSTINGS],
            viewer_of(request),
        ),
        "comments": case.comments.select_related("by"),
        "broken": handing.broken_for(request.actor, clock.now(), sender=case_id),
        "copies": case.copies.select_related("person", "by"),
        "diagram": presenting.diagram(plan, presenting.marks(case, open_tasks, clock.now()), case.title),
        "elapsed": (case.ended_at or clock.now()) - case.opened_at,
        "possible": presenting.possible(case, person, open_tasks, plan),
        "upstream": queries.opener_of(case, viewer_of(request)),
        "downstream": queries.opened_by(case, viewer_of(request)),
    }
    return render_page(request, "process/case.html", context)


def _head_page(request: Request, case: Case) -> HttpResponse:
    """Structure and task titles for administrators: where the case stands and with whom, never content."""
    plan = program(case.version_id)
    open_tasks = presenting.working_now(case.pk)
    context = {
        "title": case.title or case.number,
        "subtitle": f"{case.number} · {plan.names.get('zh-Hans', plan.code)}",
        "case": case,
        "open_tasks": [(task, presenting.seat_name(task), task.pk) for task in open_tasks],
        "diagram": presenting.diagram(plan, presenting.marks(case, open_tasks, clock.now()), case.title),
    }
    return render_page(request, "process/case_head.html", context)


@require_POST
@once
def withdraw(request: Request, case_id: int) -> HttpResponse:
    """Take one's case back."""
    services.withdraw_case(
        case=case_id, reason=request.POST.get("reason", ""), by=request.actor, at=clock.now()
    )
    messages.success(request, gettext("已撤回,可以修改后再提交"))
    task = Task.objects.filter(case=case_id, person=request.actor.person, state="open").first()
    return redirect("process:task", task_id=task.pk) if task else redirect("process:case", case_id=case_id)


@require_POST
@once
def comment(request: Request, case_id: int) -> HttpResponse:
    """Add a remark."""
    services.comment_case(case=case_id, text_=request.POST.get("text", ""), by=request.actor, at=clock.now())
    return redirect(f"{reverse('process:case', args=[case_id])}#comments")


@require_POST
@once
def copy(request: Request, case_id: int) -> HttpResponse:
    """Show the case to people."""
    queries.require_seen(case_id, request.actor)
    people = [
        number for value in request.POST.getlist("people") if (number := whole_number(value)) is not None
    ]
    if not people:
        raise Invalid(text("请选择抄送给谁"), fields={"people": [text("请选择抄送给谁")]})
    number = services.copy_case(
        case=case_id, to=people, note=request.POST.get("note", "")[:200], by=request.actor, at=clock.now()
    )
    messages.success(request, gettext("已抄送%(number)d人") % {"number": number})
    return redirect("process:case", case_id=case_id)


@require_POST
@once
def urge(request: Request, task_id: int) -> HttpResponse:
    """Remind a handler."""
    services.urge_task(task=task_id, by=request.actor, at=clock.now())
    messages.success(request, gettext("已催办"))
    return redirect("process:case", case_id=Task.objects.values_list("case_id", flat=True).get(pk=task_id))


@require_POST
@once
def reassign(request: Request, task_id: int) -> HttpResponse:
    """Give a task to another person (administrators)."""
    _require_steering(request, task_id)
    person = Person.objects.filter(pk=whole_number(request.POST.get("person", "")) or 0).first()
    if person is None:
        raise Invalid(text("请选择改派给谁"), fields={"person": [text("请选择改派给谁")]})
    services.reassign_task(
        task=task_id, to=person.pk, reason=request.POST.get("reason", ""), by=request.actor, at=clock.now()
    )
    messages.success(request, gettext("已改派给%(name)s") % {"name": person.name})
    return redirect("process:case", case_id=Task.objects.values_list("case_id", flat=True).get(pk=task_id))


def _require_steering(request: Request, task_id: int) -> None:
    """Raise NotAllowed for all but administrators, NotFound where even the task is none of one's business."""
    if not request.actor.admin:
        case = Task.objects.filter(pk=task_id).values_list("case_id", flat=True).first()
        queries.require_seen(case or 0, request.actor)
        raise NotAllowed(text("只有流程管理员可以改派任务"))


def _case(request: Request, case_id: int) -> Case:
    """The case, if the person may read at least its title; raises NotFound."""
    found = (
        queries.titled_cases(viewer_of(request))
        .select_related("version", "starter", "starter_position", "unit", "company", "main_document")
        .filter(pk=case_id)
        .first()
    )
    if found is None:
        raise NotFound(text("流程实例不存在"))
    return found
