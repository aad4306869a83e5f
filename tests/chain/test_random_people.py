"""Random people over the whole rail pack, on the database in use: nothing they do breaks a promise."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bihuan.kit import audit
from bihuan.ledger.public import Entry, verify_ledger
from bihuan.process.models import Posting
from bihuan.research.public import Fact, Item
from bihuan.strategy.public import Target
from tests.chain.player import Player, assert_sound

SEEDS = 8
MOVES = 260
STARTS = {"SC-001": "zhao", "SC-003": "qian", "SC-004": "wu"}


def orphans() -> list[str]:
    """Rows of registers whose posting, or the document behind it, is not there any more."""
    live = set(Posting.objects.filter(reversed_at=None).values_list("pk", flat=True))
    rows: list[tuple[str, int | None]] = [
        *(
            ("intel", one)
            for one in Fact.objects.filter(retired_at=None).values_list("posting_id", flat=True)
        ),
        *(
            ("intel", one)
            for one in Item.objects.filter(retired_at=None).values_list("posting_id", flat=True)
        ),
        *(
            ("target", one)
            for one in Target.objects.filter(state="current").values_list("posting_id", flat=True)
        ),
    ]
    found = [f"{register} {posting}" for register, posting in rows if posting not in live]
    entries = Entry.objects.exclude(posting_id__in=Posting.objects.values("pk")).count()
    bare = Posting.objects.filter(document=None).count()
    return [*found, *(["entry without posting"] * entries), *(["posting without document"] * bare)]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_people_do(db: None, tmp_path: Path, seed: int) -> None:
    player = Player(seed, tmp_path, STARTS)
    for number in range(MOVES):
        player.move()
        if number % 10 == 0:
            assert_sound()
    assert_sound()
    assert audit.verify("case") == []
    assert audit.verify("document") == []
    moved: Counter[str] = player.told
    assert moved.total() >= MOVES * 0.7, player.refused.most_common(8)
    assert verify_ledger() == []
    assert orphans() == []
