"""Who reads which files of a pack: every app registers readers for its own (design.md §3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bihuan.kernel.actor import Actor

from .domain.known import Known
from .domain.problems import Finding

if TYPE_CHECKING:
    from .models import PackRelease


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: `path` in the pack, `data` as written (bytes if not YAML), `value` as its reader has it."""

    path: str
    data: Any
    value: Any


def nothing_to_check(_value: Any, _known: Known) -> Sequence[Finding]:
    """The check of files whose shape says everything."""
    return ()


def nothing_to_install(_release: PackRelease, _entries: Sequence[Entry], *, by: Actor, at: datetime) -> None:
    """The installation of files that are read from the release itself."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """How one kind of file is read.

    `folder` is a folder of the pack (`forms`) or a single file (`metrics.yaml`); `parse` gets plain
    YAML data, or the bytes of a file with another suffix, and returns the value (None when it is
    unusable) and its findings; `gives` names what the file makes known, by code; `check` looks at
    the value beside everything known, `warn` tells what is doubtful but may stay; `install` writes
    rows for a release, all files at once; `schema` is the JSON Schema of a YAML file. Lower `order`
    installs first.
    """

    folder: str
    parse: Callable[[Any], tuple[Any, Sequence[Finding]]]
    gives: Callable[[Any], Mapping[str, Any]]
    suffixes: tuple[str, ...] = (".yaml",)
    check: Callable[[Any, Known], Sequence[Finding]] = nothing_to_check
    warn: Callable[[Any, Known], Sequence[Finding]] = nothing_to_check
    install: Callable[..., None] = nothing_to_install
    schema: Callable[[], Mapping[str, Any]] | None = None
    order: int = 100
    released: bool = True
    """Whether the files are part of what is signed; scenarios and the demo company are not."""

    def reads(self, path: str) -> bool:
        """Whether `path` (relative to the pack, with slashes) is such a file."""
        folder, _, name = path.rpartition("/")
        if not folder:
            return path == self.folder
        return folder == self.folder and name.endswith(self.suffixes) and not name.startswith(".")


_readers: dict[tuple[str, tuple[str, ...]], Reader] = {}


def register_reader(reader: Reader) -> None:
    """Add a reader; the same folder and suffixes replace the earlier one."""
    _readers[reader.folder, reader.suffixes] = reader


def readers() -> list[Reader]:
    """All readers in the order in which they install."""
    return sorted(_readers.values(), key=lambda reader: (reader.order, reader.folder))


def reader_of(path: str) -> Reader | None:
    """The reader of this file, if any."""
    return next((reader for reader in _readers.values() if reader.reads(path)), None)


def schemas() -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Name and JSON Schema of each kind of YAML file (`forms`, `slots`, …)."""
    for reader in readers():
        if reader.schema:
            yield reader.folder.removesuffix(".yaml"), reader.schema()
