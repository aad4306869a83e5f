"""A pack and its scenarios that are no part of the product load and run (formats.md is the contract)."""

from __future__ import annotations

from pathlib import Path

import pytest

SHOP = Path(__file__).resolve().parents[1] / "outside" / "shop"


@pytest.mark.parametrize("file", sorted((SHOP / "scenarios").glob("*.yaml")), ids=lambda file: file.stem)
def test_scenario(file: Path, scenario: object) -> None:
    scenario(file)  # type: ignore[operator]
