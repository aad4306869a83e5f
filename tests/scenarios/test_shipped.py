"""Every scenario that ships with a pack."""

from __future__ import annotations

from pathlib import Path

import pytest

PACKS = Path(__file__).resolve().parents[2] / "packs"


@pytest.mark.parametrize(
    "file", sorted(PACKS.glob("*/scenarios/*.yaml")), ids=lambda file: f"{file.parts[-3]}/{file.stem}"
)
def test_scenario(file: Path, scenario: object) -> None:
    scenario(file)  # type: ignore[operator]
