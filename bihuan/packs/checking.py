"""`pack check`: everything formats.md says is refused, by the readers of every app."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from .domain.problems import Problem
from .loading import PackSource, findings_to_problems, known_to, read_pack
from .readers import reader_of


def check_pack(folder: Path, search: Iterable[Path] = ()) -> list[Problem]:
    """All problems of a pack folder in file order; `search` are folders that hold packs it may require.

    Problems of a required pack are given as one line: check that pack to see them.
    """
    return check_source(read_pack(folder, search))


def check_source(source: PackSource) -> list[Problem]:
    """All problems of a pack that was read."""
    problems = [*source.problems, *_of_required(source)]
    if "pack.yaml" in source.unread:  # what the pack may name besides its own files isn't known
        return sorted(set(problems))
    known = known_to(source)
    for entries in source.entries.values():
        for entry in entries:
            if reader := reader_of(entry.path):
                problems += findings_to_problems(source, entry, reader.check(entry.value, known))
    return sorted(set(problems))


def warnings_of(source: PackSource) -> list[Problem]:
    """What is doubtful in a pack and may stay: it is told, and nothing is refused for it."""
    found: list[Problem] = []
    known = known_to(source)
    for entries in source.entries.values():
        for entry in entries:
            if reader := reader_of(entry.path):
                found += findings_to_problems(source, entry, reader.warn(entry.value, known))
    return sorted(set(found))


def _of_required(source: PackSource) -> Iterator[Problem]:
    codes = [one.code for one in source.requires] if source.pack is None else source.pack.requires
    for required in source.requires:
        if found := check_source(required):
            place = codes.index(required.code) if required.code in codes else 0
            message = f"依赖的流程包“{required.code}”有{len(found)}处错误，如{found[0]}"
            yield source.files["pack.yaml"].problem(("requires", place), message)
