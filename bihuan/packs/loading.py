"""Reading a pack folder: every file, every mistake, and where it stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db import DatabaseError

from .domain.declared import Declared
from .domain.files import PackFile
from .domain.known import Known
from .domain.problems import Finding, KeyPath, PackErrors, Problem, dotted
from .domain.strict import parser_of, schema_of
from .domain.yaml import Read, read_yaml
from .models import PackRelease
from .readers import Entry, reader_of

MAX_FILES = 2000
MAX_FILE_BYTES = 20 * 2**20
_TEXT_SUFFIXES = (".bpmn", ".csv", ".md")
_UNREAD = ("metrics.yaml", "terms.csv", "README.md")
_UNREAD_FOLDERS = ("templates/", "calendars/", "forms/", "processes/", "scenarios/")
_NOT_RELEASED = ("scenarios/", "README.md")
_SUFFIXES = {
    "forms/": (".yaml",),
    "processes/": (".yaml", ".bpmn"),
    "scenarios/": (".yaml",),
    "calendars/": (".csv",),
}

parse_pack_file = parser_of(PackFile)
_parse_settings = parser_of(dict[str, Declared])


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a pack: `data` is plain YAML data, or the bytes of another file."""

    path: str
    data: Any
    read: Read | None
    sha256: str

    def problem(self, path: KeyPath, message: str) -> Problem:
        """A problem of this file at a path."""
        return Problem(self.path, self.read.line(path) if self.read else 0, dotted(path), message)


@dataclass(frozen=True)
class PackSource:
    """A pack as it was read: its files, what the readers made of them, and the packs it requires."""

    name: str
    pack: PackFile | None
    files: Mapping[str, SourceFile]
    entries: Mapping[str, Sequence[Entry]]
    problems: Sequence[Problem]
    requires: Sequence[PackSource] = field(default=())
    unread: frozenset[str] = frozenset()
    """Files that are there but are no YAML."""

    @property
    def code(self) -> str:
        """The pack's code, its folder's name while pack.yaml cannot be read."""
        return self.pack.code if self.pack else self.name

    @property
    def settings(self) -> Mapping[str, Declared]:
        """The settings it declares."""
        return self.pack.settings if self.pack else {}

    @cached_property
    def content(self) -> dict[str, Any]:
        """What is released, as a release keeps it: path → data, text, or only the hash of other files."""
        return {path: _kept(file) for path, file in sorted(self.files.items()) if _is_released(path)}

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical text of `content`: comments and key order do not count."""
        text = json.dumps(self.content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def with_required(self) -> list[PackSource]:
        """The packs it requires, deepest first, then itself; each once."""
        found: dict[str, PackSource] = {}
        for source in self.requires:
            found.update({one.code: one for one in source.with_required})
        return [*found.values(), self]


def _is_released(path: str) -> bool:
    reader = reader_of(path)
    return reader.released if reader else not path.startswith(_NOT_RELEASED)


def _kept(file: SourceFile) -> dict[str, Any]:
    if file.read is not None:
        return {"data": file.data}
    if file.path.endswith(_TEXT_SUFFIXES):
        return {"text": file.data.decode("utf-8", errors="replace").replace("\x00", "")}
    return {"sha256": file.sha256}


def load_pack(folder: Path, search: Iterable[Path] = ()) -> PackSource:
    """Read a pack and what it requires (looked for in `search`); raises PackErrors if a file is unfit."""
    source = read_pack(folder, search)
    if source.problems:
        raise PackErrors(source.problems)
    return source


def pack_schema() -> dict[str, Any]:
    """The JSON Schema of pack.yaml."""
    return schema_of(PackFile)


def read_pack(folder: Path, search: Iterable[Path] = (), _above: tuple[str, ...] = ()) -> PackSource:
    """Read a pack with whatever is wrong in its `problems`; never raises for what stands in it."""
    folder = Path(folder)
    if not folder.is_dir():
        return PackSource(folder.name, None, {}, {}, [Problem(str(folder), 0, "", "没有这个文件夹")])
    problems: list[Problem] = []
    files = {file.path: file for file in _files(folder, problems)}
    if "pack.yaml" not in files and not problems:
        problems.append(Problem("pack.yaml", 0, "", "缺少pack.yaml"))
    unread = frozenset(problem.file for problem in problems) - files.keys()
    pack = _pack_file(files, problems)
    entries = _entries(files, problems)
    requires = list(_required(pack, folder, list(search), files, problems, _above))
    return PackSource(folder.resolve().name, pack, files, entries, sorted(problems), requires, unread)


def from_release(code: str, content: Mapping[str, Any], requires: Sequence[PackSource] = ()) -> PackSource:
    """A pack as a release kept it (`PackSource.content`), without lines."""
    files = {
        path: SourceFile(path, kept["data"], Read(kept["data"], {}), "")
        if "data" in kept
        else SourceFile(path, kept.get("text", "").encode(), None, kept.get("sha256", ""))
        for path, kept in content.items()
    }
    problems: list[Problem] = []
    return PackSource(code, _pack_file(files, problems), files, _entries(files, problems), problems, requires)


def _files(folder: Path, problems: list[Problem]) -> Iterator[SourceFile]:
    count = 0
    for found in sorted(folder.rglob("*")):
        path = found.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in path.split("/")):
            continue
        if found.is_symlink():
            problems.append(Problem(path, 0, "", "不接受符号链接"))
        elif found.is_file():
            count += 1
            if count > MAX_FILES:
                problems.append(Problem(path, 0, "", f"文件超过{MAX_FILES}个"))
                return
            yield from _file(found, path, problems)


def _file(found: Path, path: str, problems: list[Problem]) -> Iterator[SourceFile]:
    if not _is_known(path):
        problems.append(Problem(path, 0, "", f"不认识的文件，流程包里没有它的位置{_renamed(path)}"))
        return
    if found.stat().st_size > MAX_FILE_BYTES:
        problems.append(Problem(path, 0, "", f"文件超过{MAX_FILE_BYTES // 2**20}MB"))
        return
    try:
        content = found.read_bytes()
    except OSError as error:
        problems.append(Problem(path, 0, "", f"文件读不出来：{error.strerror}"))
        return
    sha256 = hashlib.sha256(content).hexdigest()
    if not path.endswith(".yaml") or path.startswith("templates/"):
        yield SourceFile(path, content, None, sha256)
        return
    read = read_yaml(content)
    problems += [Problem(path, line, dotted(key), message) for line, key, message in read.findings]
    if read.data is not None or not read.findings:
        yield SourceFile(path, read.data, read, sha256)


def _is_known(path: str) -> bool:
    if path == "pack.yaml" or path in _UNREAD or reader_of(path):
        return True
    folder = next((one for one in _UNREAD_FOLDERS if path.startswith(one)), None)
    if folder is None or folder == "templates/":
        return folder is not None
    return path.count("/") == 1 and path.endswith(_SUFFIXES[folder])


def _renamed(path: str) -> str:
    return "，扩展名请用.yaml" if path.endswith(".yml") else ""


def _pack_file(files: Mapping[str, SourceFile], problems: list[Problem]) -> PackFile | None:
    file = files.get("pack.yaml")
    if file is None:
        return None
    pack, findings = parse_pack_file(file.data)
    problems += [file.problem(path, message) for path, message in findings]
    return cast("PackFile | None", pack)


def _entries(files: Mapping[str, SourceFile], problems: list[Problem]) -> dict[str, list[Entry]]:
    """What the readers make of the files, by the reader's folder; codes given twice are refused."""
    entries: dict[str, list[Entry]] = {}
    first: dict[tuple[str, str], str] = {}
    for file in files.values():
        reader = reader_of(file.path)
        if reader is None:
            continue
        value, findings = reader.parse(file.data)
        problems += [file.problem(path, message) for path, message in findings]
        if value is None:
            continue
        entries.setdefault(reader.folder, []).append(Entry(file.path, file.data, value))
        for code in reader.gives(value):
            before = first.setdefault((reader.folder, code), file.path)
            if before != file.path:
                written = file.data if isinstance(file.data, dict) else {}
                key = tuple(name for name in ("code", "key") if name in written)[:1]
                problems.append(file.problem(key, f"“{code}”与{before}重复"))
    return entries


def _required(
    pack: PackFile | None,
    folder: Path,
    search: Sequence[Path],
    files: Mapping[str, SourceFile],
    problems: list[Problem],
    above: tuple[str, ...],
) -> Iterator[PackSource]:
    own = pack.code if pack else folder.resolve().name
    for place, code in enumerate(pack.requires if pack else _readable_requires(files)):
        here = files["pack.yaml"]
        if code == own or code in above:
            problems.append(here.problem(("requires", place), f"流程包“{code}”与本包互相依赖"))
        elif found := find_pack(code, [*search, folder.resolve().parent, settings.PACKS_DIR]):
            yield read_pack(found, search, (*above, own))
        elif installed := _installed(code):
            yield installed
        else:
            problems.append(here.problem(("requires", place), f"找不到依赖的流程包“{code}”"))


def _readable_requires(files: Mapping[str, SourceFile]) -> list[str]:
    """What a pack.yaml with a mistake elsewhere requires, so that one mistake is reported once."""
    file = files.get("pack.yaml")
    codes = file.data.get("requires") if file and isinstance(file.data, dict) else None
    return [code for code in codes if isinstance(code, str)] if isinstance(codes, list) else []


def _installed(code: str) -> PackSource | None:
    """The pack as it is installed; None also where there is no database yet (`pack check` needs none)."""
    try:
        current = PackRelease.objects.filter(pack__code=code).order_by("-effective_at", "-id").first()
    except DatabaseError:
        return None
    return source_of(current) if current else None


def source_of(release: PackRelease) -> PackSource:
    """The pack that a release keeps, with the releases it was installed with."""
    requires = PackRelease.objects.filter(id__in=[one["release"] for one in release.requires])
    return from_release(release.pack.code, release.source, [source_of(one) for one in requires])


def find_pack(code: str, search: Iterable[Path]) -> Path | None:
    """The folder of the pack with this code: named so, or any whose pack.yaml says so."""
    for place in search:
        inside = sorted(place.iterdir()) if place.is_dir() else []
        for folder in (place / code, *inside):
            if _code_of(folder / "pack.yaml") == code:
                return folder
    return None


def _code_of(file: Path) -> str | None:
    if not file.is_file() or file.stat().st_size > MAX_FILE_BYTES:
        return None
    data = read_yaml(file.read_bytes()).data
    return data.get("code") if isinstance(data, dict) else None


def known_to(source: PackSource) -> Known:
    """Everything a file of this pack may name; what the pack gives itself goes before what it requires."""
    given: dict[str, dict[str, Any]] = {}
    settings: dict[str, Declared] = {}
    broken: dict[str, set[str]] = {}
    for one in source.with_required:
        settings.update(one.settings or _readable_settings(one))
        for folder, entries in one.entries.items():
            for entry in entries:
                reader = reader_of(entry.path)
                given.setdefault(folder, {}).update(reader.gives(entry.value) if reader else {})
        for folder, code in _unreadable(one):
            broken.setdefault(folder, set()).add(code)
    packs = frozenset(one.code for one in source.with_required)
    calendar = source.pack.calendar if source.pack else "cn"
    absent = {folder: frozenset(codes) for folder, codes in broken.items()}
    return Known(packs, settings, given, absent, calendar)


def _readable_settings(source: PackSource) -> Mapping[str, Declared]:
    """The settings of a pack.yaml with a mistake elsewhere, so that one mistake is reported once."""
    file = source.files.get("pack.yaml")
    declared = file.data.get("settings") if file and isinstance(file.data, dict) else None
    value, _ = _parse_settings(declared)
    return value or {}


def _unreadable(source: PackSource) -> Iterator[tuple[str, str]]:
    """Place and code of what is there but broken: files without a value, and slots that were dropped."""
    read = {entry.path: entry for entries in source.entries.values() for entry in entries}
    for file in source.files.values():
        reader = reader_of(file.path)
        if reader is None or not isinstance(file.data, dict):
            continue
        if file.path not in read:
            stem = file.path.rpartition("/")[2].removesuffix(".yaml")
            codes: Iterable[Any] = (file.data.get("code"), file.data.get("key"), stem)
        elif "/" not in file.path:
            codes = file.data
        else:
            continue
        yield from ((reader.folder, code) for code in codes if isinstance(code, str))
    for path in source.unread:
        if reader := reader_of(path):
            yield reader.folder, path.rpartition("/")[2].removesuffix(".yaml")


def findings_to_problems(source: PackSource, entry: Entry, findings: Iterable[Finding]) -> Iterator[Problem]:
    """Findings of a reader's check with file and line."""
    file = source.files[entry.path]
    return (file.problem(path, message) for path, message in findings)
