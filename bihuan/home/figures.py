"""What other apps know about the stages of the loop: money, and hand-overs that failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from bihuan.home.loop import Money, add_broken, add_money, stage_of_process
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import text
from bihuan.kit.access import Viewer
from bihuan.ledger.public import Pot, held_by_processes
from bihuan.process import public as process

_SHOWN = {
    Pot.RESERVED: text("预占"),
    Pot.COMMITTED: text("承诺"),
    Pot.ACTUAL: text("实际支出"),
}


def connect() -> None:
    """Let the ring show them; called once when the app is ready."""
    add_money("ledger", money_of_stages)
    add_broken("process", broken_of_processes, "process:hand_overs")


def money_of_stages(viewer: Viewer, stage_of: Mapping[str, str]) -> Mapping[str, Iterable[Money]]:
    """What the processes of each stage hold and have spent, as far as the viewer may read the entries."""
    sums: dict[str, dict[Pot, Decimal]] = {}
    for code, pots in held_by_processes(viewer).items():
        stage = sums.setdefault(stage_of_process(code, stage_of), {})
        for pot in _SHOWN:
            stage[pot] = stage.get(pot, Decimal(0)) + pots.get(pot, Decimal(0))
    return {
        stage: [Money(label, pots[pot]) for pot, label in _SHOWN.items() if pots[pot]]
        for stage, pots in sums.items()
    }


def broken_of_processes(viewer: Viewer) -> Mapping[str, int]:
    """How many failed hand-overs the viewer may try again, by process."""
    by = Actor(viewer.person, "", admin=viewer.admin)
    return Counter(one.process_code for one in process.broken_for(by, clock.now()))
