"""Random people over the whole rail pack, on the database in use: nothing they do breaks a promise."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bihuan.kit import audit
from tests.chain.player import Player, assert_sound

SEEDS = 8
MOVES = 260
STARTS = {"SC-001": "zhao"}


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
    assert moved.total() >= MOVES * 0.8, player.refused.most_common(8)
