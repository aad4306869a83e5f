"""The loop: six stages, which process belongs to which, and what stands in each for one viewer.

Packs say which process belongs to which stage (`stages` of pack.yaml, ADR 0015); a process that no pack names is
execution. Money and broken hand-overs come from the apps that know them, through `add_money` and `add_broken`:
where nothing is known, nothing shows, not a zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from bihuan.kernel.errors import NotFound, text
from bihuan.kit.access import Viewer
from bihuan.packs import public as packs
from bihuan.process import public as process
from bihuan.process.public import Case, Task

SHOWN = 5
"""Lines of each list in the summary."""
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the six: its code in packs, its name (zh-Hans, the message id), what it is for, its icon."""

    code: str
    label: str
    hint: str
    icon: str


STAGES = (
    Stage("research", text("市场调研"), text("情报、调研计划与报告"), "search"),
    Stage("strategy", text("目标与策略"), text("目标分解、定位与定价"), "target"),
    Stage("planning", text("计划与预算"), text("推广计划、销售计划与预算"), "calendar-event"),
    Stage("execution", text("执行"), text("物料、活动、培训与销售"), "rocket"),
    Stage("evaluation", text("评估"), text("效果评估与数据分析"), "chart-bar"),
    Stage("improvement", text("改进与风险"), text("反馈、整改与风险"), "refresh"),
)
DEFAULT = "execution"
BY_CODE = {stage.code: stage for stage in STAGES}


@dataclass(frozen=True, slots=True)
class Money:
    """One sum of a stage: its name (zh-Hans, a message id) and the amount in yuan."""

    label: str
    amount: Decimal


@dataclass
class Standing:
    """A stage as one viewer sees it now: cases under way, of these late, my own tasks, sums, broken hand-overs."""

    stage: Stage
    cases: int = 0
    late: int = 0
    mine: int = 0
    broken: int = 0
    money: list[Money] = field(default_factory=list)


MoneyOf = Callable[[Viewer, Mapping[str, str]], Mapping[str, Iterable[Money]]]
BrokenOf = Callable[[Viewer], Mapping[str, int]]
_money: dict[str, MoneyOf] = {}
_broken: dict[str, tuple[BrokenOf, str]] = {}


def add_money(name: str, source: MoneyOf) -> None:
    """Let a register of money say what each stage holds: (viewer, process → stage) → stage → sums.

    Only what the viewer may read counts; the same name replaces the earlier source.
    """
    _money[name] = source


def add_broken(name: str, source: BrokenOf, url_name: str) -> None:
    """Let an app say how many hand-overs of each process are broken, and which page lists them."""
    _broken[name] = (source, url_name)


def broken_page() -> str:
    """The name of the page that lists broken hand-overs, empty where no app offers one."""
    return next((url_name for _, url_name in _broken.values()), "")


def stage_named(code: str) -> Stage:
    """The stage of this code; raises NotFound."""
    if code not in BY_CODE:
        raise NotFound(text("找不到这个页面"))
    return BY_CODE[code]


def stage_of_process(code: str, stage_of: Mapping[str, str]) -> str:
    """The stage of a process; one that no pack names counts as execution."""
    return stage_of.get(code, DEFAULT)


def standings(viewer: Viewer, at: datetime) -> list[Standing]:
    """The six stages in their order, counted for a viewer; the same number of queries always."""
    stage_of = packs.stages_of_processes()
    found = {stage.code: Standing(stage) for stage in STAGES}
    for code, cases, late in _cases(viewer, at):
        here = found[stage_of_process(code, stage_of)]
        here.cases, here.late = here.cases + cases, here.late + late
    for code, mine in _mine(viewer):
        found[stage_of_process(code, stage_of)].mine += mine
    for broken_of, _ in _broken.values():
        for code, number in broken_of(viewer).items():
            found[stage_of_process(code, stage_of)].broken += number
    for money_of in _money.values():
        for stage, sums in money_of(viewer, stage_of).items():
            found[stage].money += sums
    return list(found.values())


def _cases(viewer: Viewer, at: datetime) -> Iterable[tuple[str, int, int]]:
    return (
        process.listed_cases(viewer)
        .filter(state=Case.State.RUNNING)
        .annotate(is_late=_is_late(at))
        .order_by()
        .values_list("process_code")
        .annotate(cases=Count("pk"), late=Count("pk", filter=Q(is_late=True)))
    )


def _is_late(at: datetime) -> Exists:
    return Exists(Task.objects.filter(case=OuterRef("pk"), state=Task.State.OPEN, due_at__lt=at))


def _mine(viewer: Viewer) -> Iterable[tuple[str, int]]:
    if viewer.person is None:
        return ()
    mine = process.inbox(viewer.person).select_related(None).order_by()
    return mine.values_list("case__process_code").annotate(number=Count("pk"))


def cases_of(stage: Stage, viewer: Viewer, *, late_at: datetime | None = None) -> QuerySet[Case]:
    """The cases under way in a stage that show in the viewer's lists; `late_at`: only those late at this moment."""
    found = _in_stage(process.listed_cases(viewer).filter(state=Case.State.RUNNING), stage, "process_code")
    return found.filter(_is_late(late_at)) if late_at else found


def tasks_of(stage: Stage, person: int) -> QuerySet[Task]:
    """A person's own open tasks in a stage."""
    return _in_stage(process.inbox(person), stage, "case__process_code")


def _in_stage(rows: QuerySet[Any], stage: Stage, column: str) -> QuerySet[Any]:
    stage_of = packs.stages_of_processes()
    own = [code for code, where in stage_of.items() if where == stage.code]
    if stage.code != DEFAULT:
        return rows.filter(**{f"{column}__in": own})
    others = [code for code, where in stage_of.items() if where != stage.code]
    return rows.exclude(**{f"{column}__in": others})


def late_below(viewer: Viewer, at: datetime) -> QuerySet[Task]:
    """Late tasks of the people below a viewer, in cases he may read; the longest overdue first."""
    late = Task.objects.filter(person__in=viewer.inferiors, state=Task.State.OPEN, due_at__lt=at)
    seen = late.filter(case__in=process.visible_cases(viewer))
    return seen.select_related("case", "person").order_by("due_at", "id")


def coming(viewer: Viewer, at: datetime) -> QuerySet[Task]:
    """What others have to finish within a week: people below the viewer, and in cases he started."""
    open_tasks = Task.objects.filter(state=Task.State.OPEN, case__in=process.visible_cases(viewer))
    others = open_tasks.filter(Q(case__starter=viewer.person) | Q(person__in=viewer.inferiors))
    found = others.exclude(person=viewer.person).filter(due_at__gte=at, due_at__lt=at + SOON)
    return found.select_related("case", "person").order_by("due_at", "id")
