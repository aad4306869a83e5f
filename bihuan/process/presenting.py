"""Cases ready to be drawn: opinions, history, where it stands, what a person may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language, gettext

from bihuan.documents.public import Document, DocumentVersion
from bihuan.kernel.actor import Actor
from bihuan.kernel.label import show
from bihuan.kit.access import Viewer
from bihuan.org import public as org
from bihuan.packs import public as packs
from bihuan.process import queries
from bihuan.process.models import Case, CaseEvent, Posting, Task
from bihuan.process.naming import input_name, value_name
from bihuan.process.outline.layout import Layout, lay_out
from bihuan.process.outline.svg import steps_text, to_svg
from bihuan.process.program import Program, program
from bihuan.process.registers import register_of, word_of

VERBS = {
    "start": "发起",
    "fill": "提交",
    "complete": "完成",
    "approve": "同意",
    "refuse": "不同意",
    "withdraw": "撤回",
    "comment": "评论",
    "copy": "抄送",
    "reassign": "改派",
    "urge": "催办",
    "trigger": "触发",
    "fire": "到时",
    "due": "改期",
    "called": "子流程结束",
    "terminate": "终止",
    "event": "事件",
    "broken": "交接失败",
    "handed": "重新交接",
    "withheld": "密级不够,未通知",
}
_TONES = {
    "approve": "green",
    "refuse": "red",
    "withdraw": "orange",
    "reassign": "orange",
    "broken": "red",
    "fill": "blue",
    "complete": "blue",
}
MOST_POSTINGS = 20
"""How many postings a panel shows; the journal has them all."""
ANSWERS = {"agree": "同意", "refuse": "不同意", "done": "已完成"}


def opinion_entries(case: int, document: int | None = None) -> list[dict[str, Any]]:
    """The approval block: who sat where, what was decided when, and the author's answers; oldest first."""
    found = []
    for task in queries.opinions(case):
        if document is not None and task.document_id not in (None, document):
            continue
        found.append(
            {
                "task": task,
                "step": task.name,
                "person": seat_name(task),
                "position": task.position.name if task.position else "",
                "answer": gettext(ANSWERS.get(task.answer, "")) if task.answer else "",
                "tone": {"agree": "green", "refuse": "red", "done": "blue"}.get(task.answer, "secondary"),
                "opinion": task.opinion,
                "answers": list(task.answers.all()),
                "arrived": task.opened_at,
                "acted": task.acted_at,
                "due": task.due_at,
                "late": task.late,
                "state": task.get_state_display(),
                "open": task.state in ("open", "waiting"),
                "closed": task.state == "closed",
                "reason": task.reason,
                "version": task.document_version,
            }
        )
    return found


def seat_name(task: Task) -> str:
    """Who sits: the person, or 「A(B代)」 when a deputy does (R-034)."""
    if task.stands_for is not None:
        return gettext("%(person)s(%(deputy)s代)") % {
            "person": task.stands_for.name,
            "deputy": task.person.name,
        }
    return task.person.name


def history_entries(case: Case, plan: Program) -> list[dict[str, Any]]:
    """What happened, newest first, gates with what they read (R-019)."""
    entries: list[dict[str, Any]] = []
    for event in queries.history(case.pk):
        node = plan.graph.nodes.get(event.node)
        entries.append(
            {
                "title": gettext(VERBS.get(event.verb, event.verb)),
                "person": event.actor_name,
                "badge": node.name if node else "",
                "time": event.at,
                "text": event.note,
                "tone": _TONES.get(event.verb, "none"),
            }
        )
        entries.extend(_inner(event, plan))
    return list(reversed(entries))


def _inner(event: CaseEvent, plan: Program) -> Iterable[dict[str, Any]]:
    """The gates taken and steps skipped by a command."""
    flows = {flow.id: flow for flow in plan.graph.flows}
    for one in event.events:
        if one["event"] == "GateTaken" and one["flows"] not in ([], ["run"]):
            targets = [
                plan.graph.nodes[flows[f].target].name or flows[f].target for f in one["flows"] if f in flows
            ]
            yield _fact(
                gettext("分支"),
                event.at,
                plan,
                one["gate"],
                gettext("转到:") + "、".join(targets),
                one["inputs"],
            )
        elif one["event"] == "StepSkipped":
            yield _fact(gettext("跳过"), event.at, plan, one["node"], "", one["inputs"])
        elif one["event"] == "CaseEnded":
            yield {
                "title": gettext("流程结束"),
                "time": event.at,
                "text": one["outcome"],
                "tone": "green" if one["passed"] else "red",
            }


def _fact(
    title: str, at: datetime, plan: Program, node: str, text: str, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    gate = node.partition("/")[0]
    read = ",".join(
        f"{input_name(plan, gate, key)} = {value_name(plan, value)}" for key, value in inputs.items()
    )
    name = plan.graph.nodes[node].name if node in plan.graph.nodes else ""
    return {
        "title": title,
        "badge": name,
        "time": at,
        "text": " ".join(part for part in (text, f"({read})" if read else "") if part),
        "tone": "none",
    }


def posting_entries(postings: QuerySet[Posting], viewer: Viewer) -> list[dict[str, Any]]:
    """Postings as lists show them: what was written where, and the source each of them opens (R-021)."""
    related = postings.select_related("case__version", "document", "version", "by")
    found = list(related.defer("case__version__bpmn", "case__version__outline", "version__snapshot"))
    opened = set(
        queries.visible_cases(viewer)
        .filter(pk__in={one.case_id for one in found})
        .values_list("pk", flat=True)
    )
    entries = []
    for one in found:
        register = register_of(one.register)
        nodes = (
            program(one.case.version_id, one.case.version.digest).graph.nodes if one.case_id in opened else {}
        )
        entries.append(
            {
                "posting": one,
                "register": register.label if register is not None else one.register,
                "action": gettext(word_of(one.register, one.action)),
                "offered": register is not None,
                "case": one.case if one.case_id in opened else None,
                "step": nodes[one.node].name if one.node in nodes else "",
            }
        )
    return entries


def marks(case: Case, tasks: Iterable[Task], now: datetime) -> dict[str, str]:
    """Where a case stands: done, current, late and skipped steps, for the diagram."""
    found: dict[str, str] = {}
    memory = case.memory or {}
    for (node, _rows), _did in memory.get("did", ()):
        found[node] = "done"
    for (gate, _rows), taken in memory.get("gates", ()):
        found[gate] = "skipped" if "skip" in taken[0] else found.get(gate, "done")
    for task in tasks:
        if task.state in ("open", "waiting"):
            found[task.node] = "late" if task.due_at < now or task.late else "current"
    if case.state == Case.State.ENDED:
        found["end"] = "done"
    found["__start"] = "done"
    return found


def diagram(plan: Program, marked: Mapping[str, str], title: str = "", style: str = "") -> dict[str, Any]:
    """The swimlane as SVG with its steps as text; `style` is for paper, which has no style sheet."""
    names, layout = slot_names(plan), _layout(plan.version, plan.digest)
    return {
        "svg": to_svg(layout, marked, names, title, style),
        "steps": steps_text(plan.graph, marked, names),
        "width": layout.width,
    }


@lru_cache(maxsize=128)
def _layout(version: int, _digest: str) -> Layout:
    return lay_out(program(version).graph)


def slot_names(plan: Program) -> dict[str, str]:
    """The names of the slots in the reader's language."""
    known = packs.known(packs.release_by_id(plan.release)).slots
    language = get_language() or "zh-hans"
    return {code: show(slot.name, language) for code, slot in known.items()}


def version_seen(document: Document, by: Actor) -> DocumentVersion | None:
    """The version a person last decided on or handed in, if it is not the newest: what changed since is marked."""
    seen = (
        Task.objects.filter(document=document, person=by.person, state="done", document_version__isnull=False)
        .order_by("-acted_at")
        .values_list("document_version", flat=True)
        .first()
    )
    if seen is None or seen >= document.version_number:
        return None
    return document.versions.filter(number=seen).order_by("-revision").first()


def working_now(case: int) -> list[Task]:
    """Open seats of a case with their people."""
    return list(
        Task.objects.filter(case=case, state__in=["open", "waiting"])
        .select_related("person", "position", "stands_for")
        .order_by("id")
    )


def possible(case: Case, person: int | None, tasks: Iterable[Task], plan: Program) -> dict[str, bool]:
    """What a viewer may do with a case beyond his task; the services check again."""
    running = case.state == Case.State.RUNNING
    mine = case.starter_id == person
    acted = Task.objects.filter(case=case, state="done").exclude(node=case.memory.get("first", "")).exists()
    at_author = any(task.node == case.memory.get("first") for task in tasks)
    leads = {n.rules["lead"] for n in plan.steps() if isinstance(n.rules.get("lead"), str)}
    leading = any(
        seat.person.pk == person for lead in leads for seat in org.holders(lead, case.unit_id, case.opened_at)
    )
    return {
        "withdraw": running and mine and not acted and not at_author,
        "urge": running and (mine or leading),
    }
