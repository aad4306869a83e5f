"""A demo: an invented company with some weeks of work behind it, made by the services people use.

The same pack, day and seed make the same company, minute for minute.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.db import transaction

from bihuan.catalogue.public import open_product
from bihuan.home.demo_chain import Day, Step, Story, joint_review, monthly_plan, production, stories
from bihuan.home.demo_company import find_opened, months, open_books, raw_body
from bihuan.home.demo_paper import paper
from bihuan.home.demo_story import DRAFT, PLANS, PRODUCTS, Plan
from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM, Actor
from bihuan.kernel.calendar import WorkCalendar
from bihuan.kernel.errors import Conflict, DomainError, Invalid, text
from bihuan.kit import notify
from bihuan.org import public as org
from bihuan.packs import public as packs
from bihuan.process import public as process
from bihuan.process.public import Choices, Task

logger = logging.getLogger(__name__)

PROCESS = "SC-001"
SEED = 20260302
ADMIN = "admin"
BEFORE = 75
"""Calendar days of work that the demo shows."""
WORK = ((time(9, 10), time(11, 50)), (time(13, 20), time(17, 40)))
NIGHT = time(7, 30)
STEP = "step"


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person did: when, under which slot, to which plan."""

    at: datetime
    place: int
    who: str
    verb: str
    text: str = ""
    step: Step | None = None
    """For what follows the plans: the step as a scenario writes it."""


def build_demo(pack: str, as_of: date) -> None:
    """Make the invented company of a pack in an empty, migrated database, with its work up to the morning of `as_of`.

    Raises Conflict where people are there already, Invalid where no such pack is known or it has no demo.
    """
    if org.Person.objects.exists():
        raise Conflict(text("这个数据库里已经有人员，不能再建演示公司"))
    folder = packs.find_pack(pack, [settings.PACKS_DIR])
    if folder is None:
        raise Invalid(text("没有流程包“{pack}”"), pack=pack)
    source = packs.load_pack(folder, [settings.PACKS_DIR])
    files = source.entries.get("demo.yaml", ())
    if not files:
        raise Invalid(text("流程包“{pack}”没有演示公司"), pack=pack)
    first = datetime.combine(as_of - timedelta(days=BEFORE), NIGHT, clock.TZ)
    fixed = clock.FixedClock(first)
    with clock.use(fixed):
        packs.install_pack(source, by=SYSTEM, at=first, effective=True)
        packs.import_calendars(source, by=SYSTEM, at=first)
        packs.build_organisation(files[0].value, by=SYSTEM, at=first)
        for code, name, stage, price in PRODUCTS:
            open_product(code=code, name=name, stage=stage, list_price=price, by=SYSTEM, at=first)
        open_books(first)
        org.open_person(username=ADMIN, name="管理员", is_admin=True, by=SYSTEM, at=first)
        org.Installation.objects.create(pk=1, demo=True, created_at=first)
        if process.effective_versions().filter(process__code=PROCESS).exists():
            _Story(fixed, as_of).play()


class _Story:
    """Plays the plans' acts in the order of time; alarms ring between them as they would have."""

    def __init__(self, fixed: clock.FixedClock, as_of: date) -> None:
        self.clock, self.as_of = fixed, as_of
        self.random = Random(SEED)  # noqa: S311 - a story, no secret
        company = org.Unit.objects.filter(kind="company").order_by("id")[0]
        self.company = company.pk
        self.calendar: WorkCalendar = org.calendar_for(company.pk)
        self.cases: dict[int, int] = {}
        self.cut: dict[int, str] = {}
        """Stories that could not go on, and why."""
        self.world = process.World.joining(fixed)

    def play(self) -> None:
        """Everything up to the morning of the day shown."""
        morning = datetime.combine(self.as_of, NIGHT, clock.TZ)
        acts = [act for place, plan in enumerate(PLANS) for act in self._acts(place, plan)]
        acts += (act for act in self._chain() if act.at < morning)
        for act in sorted(acts, key=lambda one: (one.at, one.place)):
            self._pass_time(act.at)
            self._do(act)
            notify.read_all(person=self.person(act.who), at=act.at)
        self._pass_time(morning)

    def _do(self, act: Act) -> None:
        """One act. A story of the chain ends where the day shown leaves no room for its next step."""
        if act.place in self.cut:
            return
        try:
            with transaction.atomic():
                _VERBS[act.verb.rstrip("*")](self, act)
        except (DomainError, process.UnknownNameError) as error:
            if act.verb != STEP:
                raise
            self.cut[act.place] = str(error)
            logger.warning("the demo's story %s ends on %s: %s", act.place, act.at.date(), error)

    def _chain(self) -> Iterator[Act]:
        """What follows the plans: each story in its own order, one after the other at the same moment."""
        told: list[tuple[Day, Story]] = [(self.day, story) for story in stories(self.day)]
        told.append((self._after(self.clock.now().date()), joint_review()))
        for period, opening, last in months(self.clock.now().date(), self.as_of, self.calendar):
            day = self._after(opening)
            told.append((day, monthly_plan(period, day, last)))
            if not last:
                told += [
                    (day, production(f"production-{by}-{period}", period)) for by in ("case", "schedule")
                ]
        for place, (day, story) in enumerate(told, start=len(PLANS)):
            before: datetime | None = None
            for step in story:
                before = self._next_moment(day(step.day), before)
                yield Act(before, place, str(step.body["by"]), STEP, step=step)

    def day(self, number: int) -> date:
        """The day so many working days from the one shown."""
        return self.calendar.add_workdays(self.as_of, number)

    def _after(self, first: date) -> Callable[[int], date]:
        return lambda number: self.calendar.add_workdays(first, number)

    def _next_moment(self, day: date, before: datetime | None) -> datetime:
        """Some time on a day at work, and later than what came before."""
        at = self._moment(day)
        return at if before is None or at > before else before + timedelta(minutes=self.random.randint(9, 38))

    def _acts(self, place: int, plan: Plan) -> Iterator[Act]:
        before: datetime | None = None
        for line in filter(None, map(str.strip, plan.lines.splitlines())):
            day, who, verb, *rest = line.split(" ", 3)
            before = self._next_moment(self.day(int(day)), before)
            yield Act(before, place, who, verb, rest[0] if rest else "")

    def _moment(self, day: date) -> datetime:
        start, end = (datetime.combine(day, edge, clock.TZ) for edge in self.random.choice(WORK))
        return start + timedelta(minutes=self.random.randint(0, int((end - start).total_seconds()) // 60))

    def _pass_time(self, moment: datetime) -> None:
        while (rings := process.next_moment()) is not None and rings <= moment:
            self.clock.move_to(max(rings, self.clock.now()))
            if not process.ring_alarms(self.clock.now()):
                break
        self.clock.move_to(max(moment, self.clock.now()))

    # who and what ------------------------------------------------------------------------------

    def person(self, who: str) -> int:
        """The id of a person named by sign-in name or by the slot he fills."""
        named = org.Person.objects.filter(username=who).values_list("pk", flat=True)
        return named[0] if named else self.seat(who).person.pk

    def seat(self, slot: str) -> org.Seat:
        """Who fills a slot."""
        return org.holders(slot, self.company, self.clock.now())[0]

    def actor(self, slot: str) -> Actor:
        """The person who fills a slot, acting in that position."""
        seat = self.seat(slot)
        return org.actor_for(seat.person, seat.position)

    def task(self, act: Act) -> Task:
        """The open task of the case for who acts."""
        found = Task.objects.filter(case=self.cases[act.place], state="open")
        return found.get(person=self.seat(act.who).person)

    def start(self, act: Act) -> Task:
        """The plan's first task; the case is started where it is not there yet."""
        if act.place not in self.cases:
            case = process.start_case(process=PROCESS, by=self.actor(act.who), at=self.clock.now())
            self.cases[act.place] = case.pk
        return self.task(act)

    def values(self, act: Act) -> dict[str, Any]:
        """The plan as filled on that day."""
        staff = [self.seat(slot).person.pk for slot in ("mkt_mgr", "ka_mgr", "technical")]
        return paper(PLANS[act.place], self.clock.now().date(), staff, Random(f"{SEED}-{act.place}"))  # noqa: S311


def _save(story: _Story, act: Act) -> None:
    task = story.start(act)
    values = {
        key: value
        for key, value in story.values(act).items()
        if key in ("title", "plan_level", "background", "topics")
    }
    _see(story, task, act)
    process.save_task(task=task.pk, data=values, by=story.actor(act.who), at=story.clock.now())


def _fill(story: _Story, act: Act) -> None:
    task = story.start(act)
    owed = process.open_comments(task.case_id, task.document_id or 0)
    process.fill_task(
        task=task.pk,
        data=story.values(act),
        head={"urgency": PLANS[act.place].urgency},
        answers={one.pk: act.text for one in owed},
        by=story.actor(act.who),
        at=story.clock.now(),
    )


def _approve(story: _Story, act: Act) -> None:
    task = story.task(act)
    data: Mapping[str, Any] | None = None
    if task.node == "budget" and task.document is not None:
        wanted = task.document.data["budget_total"]
        data = {"approved_amount": wanted}
    _see(story, task, act)
    process.approve_task(task=task.pk, opinion=act.text, data=data, by=_hat(task), at=story.clock.now())


def _refuse(story: _Story, act: Act) -> None:
    task = story.task(act)
    mode = "straight_back" if act.verb.endswith("*") else None
    _see(story, task, act)
    process.refuse_task(
        task=task.pk, opinion=act.text, choices=Choices(mode=mode), by=_hat(task), at=story.clock.now()
    )


def _withdraw(story: _Story, act: Act) -> None:
    process.withdraw_case(
        case=story.cases[act.place], reason=act.text, by=story.actor(act.who), at=story.clock.now()
    )


def _comment(story: _Story, act: Act) -> None:
    process.comment_case(
        case=story.cases[act.place], text_=act.text, by=story.actor(act.who), at=story.clock.now()
    )


def _copy(story: _Story, act: Act) -> None:
    to, _, note = act.text.partition(" ")
    process.copy_case(
        case=story.cases[act.place],
        to=[story.seat(to).person.pk],
        note=note,
        by=story.actor(act.who),
        at=story.clock.now(),
    )


def _urge(story: _Story, act: Act) -> None:
    task = story.task(Act(act.at, act.place, act.text, act.verb, ""))
    process.urge_task(task=task.pk, by=story.actor(act.who), at=story.clock.now())


def _reassign(story: _Story, act: Act) -> None:
    to, _, reason = act.text.partition(" ")
    task = Task.objects.get(case=story.cases[act.place], state="open")
    admin = org.actor_for(org.Person.objects.get(username=ADMIN))
    process.reassign_task(
        task=task.pk, to=story.seat(to).person.pk, reason=reason, by=admin, at=story.clock.now()
    )


def _step(story: _Story, act: Act) -> None:
    """A step of the chain, played as scenarios are."""
    if act.step is None:
        return
    if str(act.step.body.get("task", "")).partition("/")[0] not in story.world.cases:
        find_opened(story.world, story.cases)
    process.play_step(story.world, raw_body(act.step, story.world.actor(act.who), act.at))
    process.deliver(act.at)


def _see(story: _Story, task: Task, act: Act) -> None:
    """Whoever decides has opened the page some minutes before."""
    process.mark_task_seen(task=task.pk, by=_hat(task), at=max(task.opened_at, act.at - timedelta(minutes=6)))


def _hat(task: Task) -> Actor:
    return org.actor_of(task.person_id, task.position_id, task.stands_for_id)


_VERBS: Mapping[str, Callable[[_Story, Act], None]] = {
    DRAFT: _save,
    STEP: _step,
    "fill": _fill,
    "approve": _approve,
    "refuse": _refuse,
    "withdraw": _withdraw,
    "comment": _comment,
    "copy": _copy,
    "urge": _urge,
    "reassign": _reassign,
}
