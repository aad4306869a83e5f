"""What is wrong with an outline, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the path of the key in the file, a zh-Hans template and its parameters."""

    path: Path
    message: str
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    @property
    def key(self) -> str:
        """The innermost key of the path, for display beside file and line."""
        return next((str(p) for p in reversed(self.path) if isinstance(p, str)), "")

    @property
    def text(self) -> str:
        """The message with its parameters filled in, untranslated."""
        return self.message.format(**self.params)


def problem(path: Path, message: str, /, **params: Any) -> Problem:
    """Make a problem; `params` fill the `{…}` of `message`."""
    return Problem(path, message, MappingProxyType(params))


class OutlineError(ValueError):
    """An outline that cannot be read; `problems` says why."""

    def __init__(self, where: str, problems: Iterable[Problem]) -> None:
        self.where = where
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{where}:{'.'.join(map(str, p.path))}: {p.text}" for p in self.problems))


class ShapeError(ValueError):
    """Raised inside a value check; `at` is the path below the key that is being checked."""

    def __init__(self, message: str, /, *, at: Path = (), **params: Any) -> None:
        self.message, self.at, self.params = message, at, params
        super().__init__(message.format(**params))
