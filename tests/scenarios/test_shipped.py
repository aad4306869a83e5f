"""Every scenario that ships with a pack; its `req` names the requirements it proves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

PACKS = Path(__file__).resolve().parents[2] / "packs"


def _scenario(file: Path) -> Any:
    """The scenario as a parameter, marked with what it proves."""
    proved = YAML(typ="safe").load(file.read_text(encoding="utf-8")).get("req", ())
    marks = [pytest.mark.req(number) for number in proved]
    return pytest.param(file, id=f"{file.parts[-3]}/{file.stem}", marks=marks)


@pytest.mark.parametrize("file", [_scenario(file) for file in sorted(PACKS.glob("*/scenarios/*.yaml"))])
def test_scenario(file: Path, scenario: object) -> None:
    scenario(file)  # type: ignore[operator]
