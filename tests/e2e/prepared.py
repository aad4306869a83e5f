"""Long papers lie on the desk as saved drafts; the person opens, reads and hands them in at the browser."""

from __future__ import annotations

from typing import Any

from bihuan.process.models import Case
from bihuan.process.scenario.acts import act
from bihuan.process.scenario.world import World


class Drafts(World):
    """The acts of scenarios on a company that stands already."""

    def __init__(self, clock: Any) -> None:
        self.clock, self.cases, self.since = clock, {}, 0

    def keep(self, who: str, place: str, **given: Any) -> None:
        """Save invented values for a task: `keep("zhao", "SC-001/draft", set={"plan_level": "年度"})`.

        The case is the newest of its process.
        """
        process = place.partition("/")[0]
        self.cases[process] = Case.objects.filter(process_code=process).latest("pk")
        act(self, {"act": "save", "task": place, "by": who, "data": "auto", **given})

    def does(self, verb: str, place: str, who: str, **given: Any) -> None:
        """A person acts with invented values: `does("approve", "SC-001/head", "qian")`.

        For what comes before the part of a story that is played at the browser.
        """
        process, _, step = place.partition("/")
        if step:
            self.cases[process] = Case.objects.filter(process_code=process).latest("pk")
        where = {"task": place} if step else {"process": process}
        act(self, {"act": verb, "by": who, "data": "auto", **where, **given})
