"""What is wrong in a pack, and where."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from bihuan.kernel.errors import Invalid

KeyPath = tuple[str | int, ...]
"""Where a value stands in its file: the keys of maps and the places (from 0) in lists."""

Finding = tuple[KeyPath, str]
"""What a reader has to say about a value: its path and a message in zh-Hans."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: `file` within the pack, `line` from 1 (0: the whole file), `key` a dotted path."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class PackErrors(Invalid):
    """A pack cannot be read or installed; `problems` says why, in file order."""

    code = "pack_invalid"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "流程包有{count}处错误：{first}",
            count=len(self.problems),
            first=str(self.problems[0]) if self.problems else "",
        )


def dotted(path: Sequence[str | int]) -> str:
    """`("steps", 3, "gate")` as `steps[3].gate`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """「，是不是“x”？」 in the reader's language for the known word most like `word`, else nothing."""
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return gettext("，是不是“{word}”？").format(word=found[0]) if found else ""
