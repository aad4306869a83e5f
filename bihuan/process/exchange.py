"""Process files outside the database: outlines and BPMN, alone or in their pack, read and checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bihuan.kernel.errors import Invalid
from bihuan.packs import public as packs
from bihuan.packs.public import PackSource, Problem
from bihuan.process import drawn
from bihuan.process.drawn import Drawn
from bihuan.process.engine.graph import Graph
from bihuan.process.outline.bpmn import from_bpmn, lines_of
from bihuan.process.outline.check import check_alone
from bihuan.process.outline.check_drawn import check_way
from bihuan.process.outline.compile import Names, compile_outline
from bihuan.process.outline.problems import OutlineError
from bihuan.process.outline.schema import Outline, parse_outline
from bihuan.process.surroundings import names_of

FOLDER = "processes"
SUFFIXES = (".yaml", ".bpmn")


@dataclass(frozen=True, slots=True)
class Note:
    """Something about one element of a drawing; `stops`: with it the process cannot run."""

    line: int
    element: str
    name: str
    reason: str
    stops: bool

    def __str__(self) -> str:
        name = f"({self.name})" if self.name else ""
        return f"{self.line}: {self.element}: {'' if self.stops else '提示:'}{self.reason}{name}"


def process_files(place: Path) -> list[Path]:
    """The file itself, or the process files of the packs in a folder, or those directly in it."""
    if not place.is_dir():
        return [place]
    homes = [file.parent / FOLDER for file in sorted(place.rglob("pack.yaml"))] or [place / FOLDER, place]
    inside = [file for home in dict.fromkeys(homes) if home.is_dir() for file in sorted(home.iterdir())]
    return [file for file in inside if file.suffix in SUFFIXES and not file.name.startswith(".")]


def check_files(files: Iterable[Path], search: Iterable[Path] = ()) -> list[Problem]:
    """All problems of process files, in their packs where they have one; file, line and key of each."""
    found: list[Problem] = []
    checked: dict[Path, list[Problem]] = {}
    places = list(search)
    for file in files:
        home = _pack_of(file)
        if home is None:
            found += _alone(file)[1]
            continue
        if home not in checked:
            checked[home] = packs.check_pack(home, places)
        found += _of_file(file, checked[home])
    return found


def graph_of(file: Path, search: Iterable[Path] = ()) -> tuple[Graph, Mapping[str, str]]:
    """The graph of a process file and the names of its pack's slots; raises PackErrors."""
    if problems := check_files([file], search):
        raise packs.PackErrors(problems)
    home = _pack_of(file)
    if home is None:
        value, problems = _alone(file)
        names = Names()
    else:
        source = packs.read_pack(home, list(search))
        path = f"{FOLDER}/{file.name}"
        value = next((e.value for e in source.entries.get(FOLDER, ()) if e.path == path), None)
        names = _names(source)
        problems = [] if value is not None else [Problem(str(file), 0, "", "没有这个文件")]
    if problems or value is None:
        raise packs.PackErrors(problems)
    return (value.graph if isinstance(value, Drawn) else compile_outline(value, names)), names.slots


def import_bpmn(file: Path) -> tuple[Graph | None, list[Note]]:
    """The graph of a BPMN file of ours or of another tool, None when it is refused; what is to say of it."""
    data = _bytes(file)
    try:
        read = from_bpmn(data)
    except Invalid as error:
        raise packs.PackErrors([Problem(str(file), 0, "", error.text())]) from error
    lines = lines_of(data)
    notes = [Note(lines.get(p.element, 0), p.element, p.name, p.reason, p.stops) for p in read.problems]
    if read.graph is not None:
        for problem in check_way(read.graph):
            element = str(problem.path[0])
            notes.append(
                Note(lines.get(element, 0), element, read.graph.nodes[element].name, problem.text, True)
            )
    return (None if any(note.stops for note in notes) else read.graph), notes


def _pack_of(file: Path) -> Path | None:
    """The folder of the pack a file stands in."""
    place = file.resolve().parent
    return place.parent if place.name == FOLDER and (place.parent / "pack.yaml").is_file() else None


def _of_file(file: Path, problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems of one file of a pack, under the name the user knows it by."""
    if not file.is_file():
        yield Problem(str(file), 0, "", "没有这个文件")
        return
    lines: Mapping[str, int] = lines_of(file.read_bytes()) if file.suffix == ".bpmn" else {}
    for one in problems:
        if one.file == f"{FOLDER}/{file.name}":
            line = one.line or lines.get(one.key.partition(".")[0], 0)
            yield replace(one, file=str(file), line=line)


def _alone(file: Path) -> tuple[Outline | Drawn | None, list[Problem]]:
    """A file without its pack: its shape and its way are checked, not what it names."""
    try:
        data = _bytes(file)
    except packs.PackErrors as error:
        return None, list(error.problems)
    if file.suffix == ".bpmn":
        return _alone_bpmn(file, data)
    read = packs.read_yaml(data)
    found = [Problem(str(file), line, _key(path), message) for line, path, message in read.findings]
    outline: Outline | None = None
    if not found:
        try:
            outline = parse_outline(read.data)
            wrong = check_alone(outline)
        except OutlineError as error:
            wrong = list(error.problems)
        found = [Problem(str(file), read.line(one.path), _key(one.path), one.text) for one in wrong]
    return outline, found


def _alone_bpmn(file: Path, data: bytes) -> tuple[Drawn | None, list[Problem]]:
    value, findings = drawn.parse(data)
    wrong = [*findings, *((p.path, p.text) for p in (check_way(value.graph) if value else ()))]
    lines = lines_of(data)
    at = [(lines.get(str(path[0]), 0) if path else 0, path, text) for path, text in wrong]
    return value, [Problem(str(file), line, _key(path), text) for line, path, text in at]


def _key(path: Iterable[Any]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise packs.PackErrors([Problem(str(file), 0, "", f"文件读不出来:{error.strerror}")]) from error


def _names(source: PackSource) -> Names:
    forms: dict[str, Any] = {}
    slots: dict[str, Any] = {}
    for one in source.with_required:
        forms.update({entry.value.code: entry.value for entry in one.entries.get("forms", ())})
        for entry in one.entries.get("slots.yaml", ()):
            slots.update(entry.value)
    written = source.files["pack.yaml"].data if "pack.yaml" in source.files else {}
    return names_of(forms, slots, written.get("due"))
