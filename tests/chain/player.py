"""Random people over a whole pack: who has a task does it, well or badly, in any order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from bihuan.kernel.clock import FixedClock, use
from bihuan.kernel.errors import DomainError
from bihuan.kernel.moments import parse_span
from bihuan.org import public as org
from bihuan.process import services
from bihuan.process.models import Case, CaseDocument, CaseEvent, Task
from bihuan.process.program import program
from bihuan.process.queries import rows_of_step
from bihuan.process.scenario.acts import act
from bihuan.process.scenario.story import UnknownNameError, read_story
from bihuan.process.scenario.world import World
from bihuan.process.tests import stage

STORY = """\
scenario: Random people
pack: rail
now: 2026-03-02T09:00
effective: true
steps:
  - {wait: 0d}
"""
WAITS = ("2h", "1wd", "3wd", "10d")
MODES = (None, "all_again", "straight_back")
DECIDING = {"review", "approve", "all_sign", "separate", "any_sign", "sequential", "round"}


class Player:
    """Chooses what happens next; the same seed plays the same game."""

    def __init__(self, seed: int, folder: Path, starts: dict[str, str]) -> None:
        file = folder / "play.yaml"
        file.write_text(STORY, encoding="utf-8")
        self.random, self.starts = random.Random(seed), starts
        self.world = World(read_story(file), [])
        self.told: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    @property
    def clock(self) -> FixedClock:
        return self.world.clock

    def move(self) -> None:
        """One thing somebody does; what the system refuses changes nothing and is part of the play."""
        with use(self.clock):
            self.clock.advance(timedelta(minutes=self.random.randint(1, 90)))
            chosen = self._chosen()
            before = CaseEvent.objects.count()
            try:
                with transaction.atomic():
                    told = chosen()
            except (DomainError, UnknownNameError) as error:
                assert CaseEvent.objects.count() == before
                self.refused[f"{chosen.__name__}: {_said(error)}"] += 1
                return
            self.told[told] += 1

    def _chosen(self) -> Callable[[], str]:
        running = Case.objects.filter(state="running").count()
        odds = [self._work] * 30 + [self._wait] * 2 + [self._withdraw]
        if running < 4:
            odds += [self._start] * 4
        return self._start if not running else self.random.choice(odds)

    def _start(self) -> str:
        process = self.random.choice(sorted(self.starts))
        who = self.starts[process]
        services.start_case(process=process, by=self._actor(who), at=self.world.now)
        return f"start {process}"

    def _wait(self) -> str:
        span = parse_span(self.random.choice(WAITS))
        self.world.move_to(span.after(self.world.now, org.calendar_for(None, "cn")))
        return "wait"

    def _withdraw(self) -> str:
        case = self.random.choice(list(Case.objects.filter(state="running").order_by("id")))
        services.withdraw_case(case=case.pk, by=org.actor_for(case.starter), at=self.world.now)
        return "withdraw"

    def _work(self) -> str:
        tasks = list(Task.objects.filter(state="open").select_related("case", "person").order_by("id"))
        if not tasks:  # all that runs waits for a date
            return self._wait()
        task = self.random.choice(tasks)
        verb = self._verb(task)
        alias = task.case.number
        self.world.cases[alias] = task.case
        step: dict[str, Any] = {"act": verb, "by": task.person.username, "task": self._address(task, alias)}
        node = program(task.case.version_id).graph.nodes[task.node]
        if verb == "refuse":
            step |= {"opinion": "数据来源不清楚请补充", "mode": self.random.choice(MODES)}
            if targets := _targets(node.rules.get("refuse")):
                step["go"] = self.random.choice(targets)
        else:
            step |= {"data": "auto", "opinion": "同意,请按计划执行", "answers": "all"}
            step |= self._known(task)
        act(self.world, step)
        return f"{verb} {task.case.process_code}/{task.node}"

    def _known(self, task: Task) -> dict[str, Any]:
        """What a step's own rules want, which no single form knows."""
        managers = [person.username for person in self._managers()]
        match f"{task.case.process_code}/{task.node}":
            case "SC-002/assign":
                plan = _paper(task, "plan")
                mine = self.random.sample(managers, self.random.randint(1, len(managers)))
                tasks = [
                    {
                        "assignee": one,
                        "due": plan["scope_period"]["end"],
                        "training_needed": self.random.random() < 0.3,
                    }
                    for one in mine
                ]
                return {"forms": {"research_task": tasks}}
            case "SC-002/train" | "SC-002/again":
                passed = {"unit": "大客户部", "score": 90, "pass": True}
                return {
                    "forms": {
                        "training_sign": {"lines": [{"name": p.name, **passed} for p in self._managers()]}
                    }
                }
            case "SC-002/collect":
                return {"forms": {"market_info": [{}] * self.random.randint(1, 3)}}
            case "SC-002/check":
                marks = {"market_info.check_result": "采用", "questionnaire_answer.validity": "有效"}
                return {"set": {**marks, "research_qc.checked": 1}}
            case "SC-004/allot":
                total = _paper(task, "")["total_amount"]
                return {
                    "forms": {
                        "sales_task": [
                            {"assignee": one, "targets": [{"metric": "M-002", "value": total}]}
                            for one in managers
                        ]
                    }
                }
        return {}

    def _managers(self) -> list[Any]:
        slot = org.Slot.objects.get(code="ka_mgr")
        root = org.Unit.objects.filter(kind="company").order_by("pk")[0]
        return [seat.person for seat in org.holders(slot.code, root.pk, self.world.now)]

    def _verb(self, task: Task) -> str:
        if task.act not in DECIDING:
            return "complete"
        return "refuse" if self.random.random() < 0.2 else "approve"

    def _address(self, task: Task, alias: str) -> str:
        """`alias/step`, with the row's number where the person has several seats at the step."""
        mine = Task.objects.filter(case=task.case, node=task.node, state="open", person=task.person).count()
        if mine == 1:
            return f"{alias}/{task.node}"
        places = [one.pk for one in rows_of_step(task.case_id, task.node)]
        return (
            f"{alias}/{task.node}@{places.index(task.pk) + 1}"
            if task.pk in places
            else f"{alias}/{task.node}"
        )

    def _actor(self, username: str) -> Any:
        return self.world.actor(username)


def _paper(task: Task, name: str) -> dict[str, Any]:
    """The data of a case's document; its main one without a name."""
    if not name:
        assert task.case.main_document is not None
        return dict(task.case.main_document.data)
    return dict(CaseDocument.objects.get(case=task.case, name=name).document.data)


def _targets(refuse: Any) -> list[str]:
    """The targets the refuser picks from."""
    return [one for one in refuse if isinstance(one, str)] if isinstance(refuse, list) else []


def _said(error: Exception) -> str:
    return error.text() if isinstance(error, DomainError) else str(error)


def assert_sound() -> None:
    """What must hold whatever people do: histories, invariants, work for somebody."""
    for case in Case.objects.filter(state="running").values_list("pk", flat=True):
        stage.assert_sound(case)
