"""Long papers lie on the desk as saved drafts; the person opens, reads and hands them in at the browser."""

from __future__ import annotations

from typing import Any

from bihuan.process.models import Case
from bihuan.process.scenario.acts import act
from bihuan.process.scenario.world import World


class Drafts(World):
    """The acts of scenarios on a company that stands already; only `save` is used, which decides nothing."""

    def __init__(self, clock: Any) -> None:
        self.clock, self.cases, self.since = clock, {}, 0

    def keep(self, who: str, place: str, **given: Any) -> None:
        """Save invented values for a task: `keep("zhao", "SC-001/draft", set={"plan_level": "年度"})`.

        The case is the newest of its process.
        """
        process = place.partition("/")[0]
        self.cases[process] = Case.objects.filter(process_code=process).latest("pk")
        act(self, {"act": "save", "task": place, "by": who, "data": "auto", **given})
