"""Random plays of SC-001 by random people: after every command history gives the state that is stored."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError
from bihuan.kit import audit
from bihuan.org import public as org
from bihuan.process import services
from bihuan.process.models import Case, CaseEvent, Task
from bihuan.process.services.work import Choices, open_comments
from bihuan.process.tests import stage

COMMANDS = 30
LEVELS = ("年度", "月度", "重大专题", "常规")
MODES = (None, "all_again", "straight_back")


class Player:
    """Chooses what happens next; the same seed plays the same game."""

    def __init__(self, seed: int, fixed: clock.FixedClock) -> None:
        self.random, self.clock = random.Random(seed), fixed
        self.admin = Actor(None, "系统", admin=True)
        self.everyone = list(org.Person.objects.filter(is_active=True).order_by("id"))
        self.case = stage.start_plan()
        self.plan = stage.auto_plan(stage.task_of(self.case, "draft"))

    def move(self) -> str:
        """One command of somebody; refusals of the system are part of the play."""
        self.clock.advance(timedelta(minutes=self.random.randint(1, 600)))
        acts = [self.work] * 12 + [self.withdraw, self.reassign, self.talk, self.stranger, self.ring]
        act: Callable[[], None] = self.random.choice(acts)
        before = CaseEvent.objects.filter(case=self.case).count()
        try:
            with transaction.atomic():
                act()
        except DomainError as error:
            assert CaseEvent.objects.filter(case=self.case).count() == before
            return f"{act.__name__}: {error.text()}"
        return act.__name__

    def task(self) -> Task:
        return self.random.choice(list(Task.objects.filter(case=self.case, state="open").order_by("id")))

    def work(self) -> None:
        task = self.task()
        by = stage.handler_of(task)
        if task.act == "fill":
            self.fill(task, by)
        elif self.random.random() < 0.35:
            choices = Choices(mode=self.random.choice(MODES))
            services.refuse_task(task=task.pk, opinion=stage.REASON, choices=choices, by=by, at=clock.now())
        else:
            services.approve_task(task=task.pk, opinion="同意", by=by, at=clock.now())

    def fill(self, task: Task, by: Actor) -> None:
        changes = {"plan_level": self.random.choice(LEVELS)} if self.random.random() < 0.3 else {}
        self.plan |= changes
        answers = {
            one.pk: "已改"
            for one in open_comments(self.case.pk, task.document_id)
            if self.random.random() < 0.95
        }
        choices = Choices(mode=self.random.choice(MODES))
        services.fill_task(
            task=task.pk, data=self.plan, answers=answers, choices=choices, by=by, at=clock.now()
        )

    def withdraw(self) -> None:
        services.withdraw_case(
            case=self.case.pk, by=stage.actor(self.random.choice(["zhao", "qian"])), at=clock.now()
        )

    def reassign(self) -> None:
        to = self.random.choice(self.everyone)
        services.reassign_task(task=self.task().pk, to=to.pk, by=self.admin, at=clock.now())

    def talk(self) -> None:
        services.comment_case(case=self.case.pk, text_="请尽快处理", by=stage.actor("zhao"), at=clock.now())

    def stranger(self) -> None:
        services.approve_task(
            task=self.task().pk, by=org.actor_for(self.random.choice(self.everyone)), at=clock.now()
        )

    def ring(self) -> None:
        services.ring_alarms(clock.now())


@pytest.mark.parametrize("seed", range(12))
def test_history_gives_the_stored_state_after_every_command(rail: clock.FixedClock, seed: int) -> None:
    player = Player(seed, rail)
    for _ in range(COMMANDS):
        if Case.objects.get(pk=player.case.pk).state == "ended":
            break
        move = player.move()
        try:
            stage.assert_sound(player.case.pk)
        except AssertionError as error:
            raise AssertionError(f"after {move}") from error
    assert audit.verify("case") == []
    assert audit.verify("document") == []
