"""Contents on disk under FILES_DIR/aa/bb/<sha256>: written once, never changed, checked when read."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

CHUNK = 2**16
_NAME = re.compile(r"[0-9a-f]{64}")


class TooLargeError(Exception):
    """The content is longer than allowed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A content on its way in: complete, hashed, not yet in its place."""

    file: IO[bytes]
    path: Path
    sha256: str
    size: int


def root() -> Path:
    """The folder of all contents."""
    return Path(settings.FILES_DIR)


def path_of(sha256: str) -> Path:
    """Where a content lies. ValueError for anything but a SHA-256: no path is made of other text."""
    if not _NAME.fullmatch(sha256):
        raise ValueError(f"not a SHA-256: {sha256!r}")
    return root() / sha256[:2] / sha256[2:4] / sha256


@contextmanager
def drafting(chunks: Iterable[bytes], max_size: int) -> Iterator[Draft]:
    """Write a content to a temporary file and hash it; gone afterwards unless `settle` placed it.

    Raises TooLargeError as soon as more than `max_size` bytes came.
    """
    folder = root() / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder)
    path = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            hashed, size = hashlib.sha256(), 0
            for chunk in chunks:
                size += len(chunk)
                if size > max_size:
                    raise TooLargeError
                hashed.update(chunk)
                file.write(chunk)
            file.flush()
            yield Draft(file, path, hashed.hexdigest(), size)
    finally:
        path.unlink(missing_ok=True)


def settle(draft: Draft) -> None:
    """Put a draft in its place, safe against a power cut; the same content is kept only once."""
    target = path_of(draft.sha256)
    if target.exists() and target.stat().st_size == draft.size:
        os.utime(target)  # young again: the clean-up of unused contents leaves it alone
        return
    os.fsync(draft.file.fileno())
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(draft.path, target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_intact(sha256: str) -> bool | None:
    """Whether a content still has its hash; None if it is missing."""
    try:
        with path_of(sha256).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return None


def stored() -> Iterator[Path]:
    """Every file under the root, the temporary ones left out."""
    if not root().exists():
        return
    for folder, folders, names in os.walk(root()):
        if Path(folder) == root() and "tmp" in folders:
            folders.remove("tmp")
        for name in names:
            yield Path(folder) / name


def age(path: Path) -> float:
    """Seconds since a file was last written or asked for anew; 0 if it has just gone."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def drop_older(path: Path, seconds: float) -> bool:
    """Delete a file not touched for that long; returns whether it went."""
    if age(path) < seconds:
        return False
    path.unlink(missing_ok=True)
    return True


def drop_old_drafts(seconds: float) -> int:
    """Delete temporary files a crash left behind; returns how many."""
    folder = root() / "tmp"
    return sum(drop_older(path, seconds) for path in folder.iterdir()) if folder.exists() else 0
