"""One task: the document, the decision, where the case stands."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.documents import public as documents
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, NotAllowed, NotFound, text
from bihuan.kit.once import once
from bihuan.kit.ui.http import Request, render_page, whole_number
from bihuan.kit.ui.offline import keep_offline
from bihuan.org import public as org
from bihuan.process import presenting, queries, services
from bihuan.process.choices import offered
from bihuan.process.models import Case, Task
from bihuan.process.papers import form_version
from bihuan.process.program import ACTS, DECIDING
from bihuan.process.services.work import Choices, Desk, open_comments

PHRASES = (
    "同意。",
    "同意,请按计划执行。",
    "请补充依据后再报。",
    "预算依据不足,请说明。",
    "时间安排请再核实。",
)


@require_http_methods(["GET", "POST"])
@once
def task_page(request: Request, task_id: int) -> HttpResponse:
    """The page of a task; a POST acts on it and leads on to the next one."""
    task = _task(request, task_id)
    if request.method == "POST":
        return _act(request, task, _handler(request, task))
    if task.state != Task.State.OPEN or task.person_id != request.actor.person:
        return redirect("process:case", case_id=task.case_id)
    actor = _handler(request, task)
    services.mark_task_seen(task=task_id, by=actor, at=clock.now())
    return _draw(request, task, actor)


def _act(request: Request, task: Task, actor: Actor) -> HttpResponse:
    try:
        _VERBS.get(request.POST.get("verb", ""), _unknown)(request, task, actor)
    except Invalid as error:
        if "verb" not in request.POST or (not error.fields and request.POST["verb"] == "save"):
            raise
        return _draw(request, task, actor, error)
    following = queries.inbox(actor.person or 0).first()
    if request.POST["verb"] == "save":
        messages.success(request, gettext("已暂存"))
        return redirect("process:task", task_id=task.pk)
    messages.success(request, gettext("已处理:%(step)s") % {"step": task.name})
    if following is not None and request.POST.get("next"):
        return redirect("process:task", task_id=following.pk)
    return redirect("process:case", case_id=task.case_id)


def _save(request: Request, task: Task, actor: Actor) -> None:
    desk = Desk(task.pk, actor, clock.now(), ACTS)
    data, head = _posted(request, desk)
    services.save_task(
        task=task.pk,
        data=data,
        head=head,
        lock=_lock(request),
        opinion=request.POST.get("opinion"),
        by=actor,
        at=clock.now(),
    )


def _fill(request: Request, task: Task, actor: Actor) -> None:
    desk = Desk(task.pk, actor, clock.now(), {"fill"})
    data, head = _posted(request, desk)
    answers = {
        number: str(words)
        for key, words in request.POST.items()
        if key.startswith("answer-") and (number := whole_number(key.removeprefix("answer-"))) is not None
    }
    services.fill_task(
        task=task.pk,
        data=data,
        head=head,
        lock=_lock(request),
        answers=answers,
        choices=_choices(request),
        by=actor,
        at=clock.now(),
    )


def _complete(request: Request, task: Task, actor: Actor) -> None:
    desk = Desk(task.pk, actor, clock.now(), {"do", "archive", "collect"})
    data, _ = _posted(request, desk)
    services.complete_task(
        task=task.pk,
        data=data,
        opinion=request.POST.get("opinion", ""),
        choices=_choices(request),
        by=actor,
        at=clock.now(),
    )


def _approve(request: Request, task: Task, actor: Actor) -> None:
    desk = Desk(task.pk, actor, clock.now(), DECIDING)
    data, _ = _posted(request, desk)
    services.approve_task(
        task=task.pk,
        data=data,
        opinion=request.POST.get("opinion", ""),
        choices=_choices(request),
        by=actor,
        at=clock.now(),
    )


def _refuse(request: Request, task: Task, actor: Actor) -> None:
    services.refuse_task(
        task=task.pk,
        opinion=request.POST.get("opinion", ""),
        choices=_choices(request, refusing=True),
        by=actor,
        at=clock.now(),
    )


def _unknown(request: Request, task: Task, actor: Actor) -> None:
    raise Invalid(text("没有这个动作"))


_VERBS = {"save": _save, "fill": _fill, "complete": _complete, "approve": _approve, "refuse": _refuse}


@require_POST
def save(request: Request, task_id: int) -> HttpResponse:
    """Autosave of the step's document, or of one of its sheets (`?sheet=` its document)."""
    task = _task(request, task_id)
    actor = _handler(request, task)
    desk = Desk(task_id, actor, clock.now(), ACTS)
    number = whole_number(request.GET.get("sheet", ""))
    document, name = desk.sheet(number) if number is not None else (desk.document, "")
    if document is None:
        raise NotFound(text("单据不存在"))
    data, head = documents.posted(document, request.POST, desk.rights(name))
    saved = (
        services.save_task(
            task=task_id,
            data=data,
            head=head,
            lock=_lock(request),
            sheet=document.pk if name else None,
            by=actor,
            at=clock.now(),
        )
        or document
    )
    return documents.draft_response(
        request,
        saved,
        desk.rights(name),
        by=actor,
        process_code=task.case.process_code,
        roots=desk.context.outer_roots(desk.place),
    )


@require_POST
@once
def add_sheet(request: Request, task_id: int, name: str) -> HttpResponse:
    """Begin one more sheet of this step."""
    task = _task(request, task_id)
    services.make_sheet(task=task_id, name=name, by=_handler(request, task), at=clock.now())
    return redirect("process:task", task_id=task_id)


def _draw(request: Request, task: Task, actor: Actor, error: Invalid | None = None) -> HttpResponse:
    desk = Desk(task.pk, actor, clock.now(), ACTS)
    case = Case.objects.select_related("version", "starter", "unit", "main_document").get(pk=task.case_id)
    open_tasks = presenting.working_now(case.pk)
    plan = desk.context.program
    context: dict[str, Any] = {
        "title": case.title or case.number,
        "subtitle": f"{case.number} · {task.name}",
        "task": task,
        "case": case,
        "step": desk.node,
        "deciding": task.act in DECIDING,
        "labels": {
            "approve": gettext("同意"),
            "refuse": gettext("不同意"),
            **desk.node.rules.get("labels", {}),
        },
        **offered(desk),
        "phrases": PHRASES,
        "opinion": request.POST.get("opinion", task.saved_opinion),
        "error": error,
        "error_text": error.text(gettext) if error else "",
        "opinion_error": "".join(error.fields.get("opinion", ())) if error else "",
        "entries": presenting.opinion_entries(case.pk),
        "diagram": presenting.diagram(plan, presenting.marks(case, open_tasks, clock.now()), case.title),
        "next_exists": queries.inbox(actor.person or 0).exclude(pk=task.pk).exists(),
        "back": _back(desk),
    }
    context |= _paper(request, desk, error)
    response = render_page(request, "process/task.html", context, status=422 if error else 200)
    return keep_offline(response, actor.person) if _may_stay_offline(context) else response


def _may_stay_offline(context: dict[str, Any]) -> bool:
    """Whether the page of a task may be kept for work without a network: if all papers on it may (R-049)."""
    shown = [paper["document"] for sheet in context["sheets"] for paper in sheet["papers"]]
    if context["document"] is not None:
        shown.append(context["document"])
    return bool(shown) and all(documents.may_stay_offline(paper) for paper in shown)


def _paper(request: Request, desk: Desk, error: Invalid | None) -> dict[str, Any]:
    """The document of the step as form or to read, what changed since this person last saw it, and answers owed."""
    document = desk.document
    found: dict[str, Any] = {"document": document, "sheets": _sheets(desk)}
    if document is None:
        return found
    rights = desk.rights()
    writes = desk.node.rules["do"] == "fill" or bool(rights.write)
    if desk.node.rules["do"] == "fill":
        owed = open_comments(desk.session.row.id, document.pk)
        found["owed"] = [
            {
                "task": task,
                "answer": request.POST.get(f"answer-{task.pk}", ""),
                "error": "".join(error.fields.get(f"answers.{task.pk}", ())) if error else "",
            }
            for task in owed
        ]
    since = presenting.version_seen(document, desk.by)
    found["since"] = since
    if writes:
        data = documents.posted(document, request.POST, rights)[0] if error else None
        errors = (
            {k: v for k, v in error.fields.items() if not k.startswith("answers.") and k != "opinion"}
            if error
            else None
        )
        return found | documents.form_context(
            document, rights, by=desk.by, errors=errors, data=data, since=since,
            save_url=reverse("process:save", args=[desk.task_id]),
            process_code=desk.session.row.process_code, roots=desk.context.outer_roots(desk.place),
        ) | {"filling": True}  # fmt: skip
    return found | documents.read_context(document, rights, since=since)


def _sheets(desk: Desk) -> list[dict[str, Any]]:
    """The papers beside the document, each with its form and whether one more may be begun."""
    found = [
        (
            str(one["name"]),
            str(form_version(one["form"], desk.context.release)),
            one["max"] is None or len(there) < one["max"],
            there,
        )
        for one, there in desk.sheets()
    ]
    found += [(name, there[0].title if there else name, False, there) for name, there in desk.others()]
    return [
        {"name": name, "label": label, "more": more, "papers": [_sheet(desk, name, paper) for paper in there]}
        for name, label, more, there in found
    ]


def _sheet(desk: Desk, name: str, paper: documents.Document) -> dict[str, Any]:
    save_url = reverse("process:save", args=[desk.task_id])
    return documents.form_context(
        paper,
        desk.rights(name),
        by=desk.by,
        save_url=f"{save_url}?sheet={paper.pk}",
        process_code=desk.session.row.process_code,
    )


def _back(desk: Desk) -> dict[str, Any] | None:
    """The return this fill step answers, and whether its author may choose how it goes on."""
    back = desk.session.state.back_at(desk.seat.token)
    return {"mode": back.mode} if back is not None else None


def _posted(request: Request, desk: Desk) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    document = desk.document
    if document is None or not (desk.node.rules["do"] == "fill" or desk.rights().write):
        return None, None
    return documents.posted(document, request.POST, desk.rights())


def _choices(request: Request, *, refusing: bool = False) -> Choices:
    post = request.POST
    target = post.get("target", "")
    named = [f"rows-{target}"] if target else [key for key in post if key.startswith("rows-")]
    rows = [number for key in named for row in post.getlist(key) if (number := whole_number(row)) is not None]
    return Choices(
        go=post.get("target" if refusing else "go") or None,
        rows=(rows or None) if refusing else None,
        choose={
            key.removeprefix("ask-"): value == "yes" for key, value in post.items() if key.startswith("ask-")
        },
        mode=post.get("mode") or None,
    )


def _lock(request: Request) -> int | None:
    return whole_number(request.POST.get("lock", ""))


def _task(request: Request, task_id: int) -> Task:
    """The task, if it is the person's own or of a case he may read; raises NotFound."""
    task = (
        Task.objects.select_related("case__version", "person", "position", "stands_for")
        .filter(pk=task_id)
        .first()
    )
    if task is None or not (
        task.person_id == request.actor.person or queries.can_see(task.case_id, request.actor)
    ):
        raise NotFound(text("任务不存在"))
    return task


def _handler(request: Request, task: Task) -> Actor:
    """Who acts: the task's person, wearing its hat. Raises NotAllowed for all others, who may only look."""
    if task.person_id != request.actor.person:
        raise NotAllowed(text("这项任务不是您的"))
    return org.actor_of(task.person_id, task.position_id, task.stands_for_id)
