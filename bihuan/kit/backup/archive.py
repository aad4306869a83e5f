"""The file: a zip with `manifest.json`, `tables/LABEL.jsonl` and `files/SHA256`."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bihuan.kernel.errors import Invalid, text
from bihuan.kit.files.inspect import BROKEN_ARCHIVE

from .rows import Digest

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself: when it was made, at which state of the tables, and what is in it."""

    made_at: datetime
    migrations: dict[str, list[str]]
    tables: dict[str, dict[str, Any]]
    files: dict[str, int] = field(default_factory=dict)
    """SHA-256 → bytes."""

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(one["rows"] for one in self.tables.values())

    def dumped(self) -> bytes:
        """As it is written."""
        told = {
            "format": FORMAT, "made_at": self.made_at.isoformat(), "migrations": self.migrations,
            "tables": self.tables, "files": self.files,
        }  # fmt: skip
        return json.dumps(told, ensure_ascii=False, indent=1).encode()

    @classmethod
    def loaded(cls, content: bytes) -> Manifest:
        """As it was written. Raises Invalid for another format."""
        told = json.loads(content)
        if told["format"] != FORMAT:
            raise Invalid(text("这个备份是更新的版本做的，请先升级程序"))
        return cls(datetime.fromisoformat(told["made_at"]), told["migrations"], told["tables"], told["files"])


class Backup:
    """A backup that is read; usable in a `with`."""

    def __init__(self, path: Path) -> None:
        self._zip = _opened(path)
        try:
            self.manifest = Manifest.loaded(self._zip.read(MANIFEST))
        except (KeyError, TypeError, *BROKEN_ARCHIVE) as error:
            self._zip.close()
            raise Invalid(text("这不是备份文件，或者它已损坏：{path}"), path=path.name) from error

    def __enter__(self) -> Backup:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def lines(self, label: str) -> Iterator[bytes]:
        """The rows of a table."""
        with self._zip.open(f"tables/{label}.jsonl") as stream:
            yield from stream

    def content(self, sha256: str) -> Iterator[bytes]:
        """A kept file in portions."""
        with self._zip.open(f"files/{sha256}") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def check(self) -> None:
        """Read everything once and compare it with the manifest; raises Invalid naming the first part that differs."""
        for label, told in self.manifest.tables.items():
            self._check(label, told, self._digest(label))
        for sha256, size in self.manifest.files.items():
            self._check(sha256, {"sha256": sha256, "bytes": size}, self._hash(sha256))

    def _check(self, part: str, told: dict[str, Any], found: dict[str, Any] | None) -> None:
        if found != told:
            raise Invalid(text("备份已损坏：{part}和清单不一致；没有改动任何数据"), part=part)

    def _digest(self, label: str) -> dict[str, Any] | None:
        digest = Digest()
        try:
            for _ in digest.passing(self.lines(label)):
                pass
        except (KeyError, *BROKEN_ARCHIVE):
            return None
        return digest.told()

    def _hash(self, sha256: str) -> dict[str, Any] | None:
        hashed, size = hashlib.sha256(), 0
        try:
            for chunk in self.content(sha256):
                hashed.update(chunk)
                size += len(chunk)
        except (KeyError, *BROKEN_ARCHIVE):
            return None
        return {"sha256": hashed.hexdigest(), "bytes": size}


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise Invalid(text("没有这个文件：{path}"), path=str(path)) from error
    except BROKEN_ARCHIVE as error:
        raise Invalid(text("这不是备份文件，或者它已损坏：{path}"), path=path.name) from error
