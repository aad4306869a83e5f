"""The examples of docs/how-to/use-the-api.md, sent as they stand there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bihuan.process.tests import stage

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "use-the-api.md"
EXAMPLE = re.compile(r"```http\n(\w+) /api(\S+)\n(.*?)\n?```\n```json (\d+)\n(.*?)```", re.DOTALL)
KNOWN = re.compile(r'"?\{(\w+)\}"?')


def test_the_examples_answer_as_they_say(rail: Any, api: Callable[..., Any]) -> None:
    programs = {"ZHAO": api("zhao"), "QIAN": api("qian")}
    case = stage.start_plan()
    stage.hand_in(case, plan_level="年度")
    known: dict[str, Any] = {}
    examples = EXAMPLE.findall(GUIDE.read_text(encoding="utf-8"))
    assert len(examples) > 10

    def put_in(text: str) -> str:
        return KNOWN.sub(lambda found: json.dumps(known[found[1]]), text)

    for method, path, rest, status, wanted in examples:
        head, _, body = rest.partition("\n\n")
        given = dict(line.split(": ", 1) for line in head.splitlines())
        program = programs[given["Authorization"].rpartition("$")[2]]
        answer = program(
            method,
            put_in(path),
            json.loads(put_in(body)) if body else None,
            key=given.get("Idempotency-Key", ""),
        )
        assert answer.status_code == int(status), f"{method} {path}: {answer.content.decode()}"
        compare(json.loads(wanted), answer.json(), known, f"{method} {path}")


def compare(wanted: Any, found: Any, known: dict[str, Any], place: str) -> None:
    """What the guide shows is there, of a list one row like it; `"{name}"` is remembered."""
    if isinstance(wanted, dict):
        for key, value in wanted.items():
            assert key in found, f"{place}: no {key}"
            compare(value, found[key], known, f"{place} {key}")
    elif isinstance(wanted, list):
        assert isinstance(found, list), place
        assert not wanted or any(_fits(wanted[0], one, known, place) for one in found), f"{place}: {found}"
    elif isinstance(wanted, str) and KNOWN.fullmatch(f'"{wanted}"'):
        known[wanted.strip("{}")] = found
    else:
        assert wanted == found, place


def _fits(wanted: Any, found: Any, known: dict[str, Any], place: str) -> bool:
    try:
        compare(wanted, found, known, place)
    except AssertionError:
        return False
    return True
