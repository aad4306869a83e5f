"""Where a person may lead on, or send back to, when the way is a choice (formats.md, "Lists")."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bihuan.kernel import clock
from bihuan.process import services
from bihuan.process.models import Case
from bihuan.process.tests import stage
from bihuan.process.tests.small_pack import open_company
from bihuan.process.tests.test_deciding import text_of

Door = Callable[[str], Any]
CHOICE = """\
    code: TP-030
    name: 选择去向
    owner: head
    purpose: 金额决定可选的去向
    document: F-902
    start: [head]
    steps:
      - {id: write, do: fill, by: head}
      - id: decide
        do: approve
        by: boss
        refuse: [{if: doc.amount > 100, refuse: write}, {else: [write, again]}]
        go: [{if: doc.amount > 100, go: [large, inspect]}, {else: small}]
      - {id: again, name: 重做, do: do, by: head, go: decide}
      - {id: large, name: 大额办理, do: do, by: head, go: end}
      - {id: inspect, name: 先核查, do: do, by: manager, go: end}
      - {id: small, name: 小额办理, do: do, by: head, go: end}
    end: {state: 完毕}
"""


@pytest.mark.req("R-019")
@pytest.mark.parametrize(
    ("amount", "ways", "targets"),
    [("500", ["large", "inspect"], []), ("50", [], ["write", "again"])],
)
def test_only_ways_whose_condition_holds_are_offered(
    db: None, tmp_path: Path, web: Door, amount: str, ways: list[str], targets: list[str]
) -> None:
    open_company(tmp_path, "2026-03-02T09:00", {"TP-030": CHOICE})
    with clock.use(clock.FixedClock(clock.aware(stage.MONDAY))):
        case = services.start_case(process="TP-030", by=stage.actor("h"), at=clock.now())
        services.fill_task(
            task=stage.task_of(case, "write").pk,
            data={"title": "甲", "amount": amount},
            by=stage.actor("h"),
            at=clock.now(),
        )
        task = stage.task_of(case, "decide")
        page = text_of(web("b").get(f"/tasks/{task.pk}/"))
        assert offered(page, "go") == ways
        assert offered(page, "target") == targets
        if targets:
            refused = {"verb": "refuse", "opinion": "依据不足请补充", "target": targets[-1]}
            assert web("b").post(f"/tasks/{task.pk}/", refused).status_code == 302
            redo = stage.task_of(case, targets[-1])
            services.complete_task(task=redo.pk, by=stage.actor("h"), at=clock.now())
            task = stage.task_of(case, "decide")
        given = {"verb": "approve", "opinion": "同意", **({"go": ways[-1]} if ways else {})}
        assert web("b").post(f"/tasks/{task.pk}/", given).status_code == 302
        assert stage.task_of(Case.objects.get(pk=case.pk), ways[-1] if ways else "small")


def offered(page: str, name: str) -> list[str]:
    """The values of a list on the page; none where there is no list."""
    found = re.search(rf'<select[^>]* name="{name}".*?</select>', page, re.DOTALL)
    return re.findall(r'value="(\w+)"', found[0]) if found else []
