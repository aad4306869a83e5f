"""Reading the audit trail: the history of one object, and the proof that nothing was tampered with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef

from bihuan.kernel.errors import text

from .chain import digest
from .models import Checkpoint, Entry, SealedHead
from .services import COLUMNS, checkpoint_hash, content_hash, log_path, read_log

CHANGED = text("内容被改过")
MISSING = text("中间的记录被删除")
MOVED = text("顺序被改动或插入了记录")
CUT = text("末尾的记录被删除")
REWRITTEN = text("记录在封存之后被重写")
CHECKPOINT_CHANGED = text("校验点被改过")
CHECKPOINT_MISSING = text("校验点缺失，数据库可能被换成旧的备份")
LOG_MISSING = text("外部校验点文件缺少这个校验点")
LOG_DIFFERS = text("校验点与外部文件不一致")


@dataclass(frozen=True, slots=True)
class Problem:
    """The first bad record of one object's chain (`kind`, `id`, `seq`), and what is wrong (zh-Hans)."""

    kind: str
    id: int
    seq: int
    what: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id} #{self.seq}: {self.what}"


def history(kind: str, id: int, *, before: int | None = None, limit: int = 50) -> list[Entry]:
    """Entries of one object, newest first; `before` is the seq the next page starts under."""
    entries = Entry.objects.filter(kind=kind, object_id=id)
    if before is not None:
        entries = entries.filter(seq__lt=before)
    return list(entries.order_by("-seq")[:limit])


def verify(kind: str | None = None) -> list[Problem]:
    """Check every chain against itself, the checkpoints and the file outside the database.

    Reads everything once, in a stream. Names the first bad record of each object; problems of the
    checkpoints themselves come under the kind "checkpoint". `kind` limits the check to one kind.
    """
    found: dict[tuple[str, int], Problem] = {}
    for problem in (*_broken_chains(kind), *_broken_seals(kind)):
        known = found.get((problem.kind, problem.id))
        if known is None or problem.seq < known.seq:
            found[problem.kind, problem.id] = problem
    problems = list(found.values())
    if kind is None:
        problems += [*_broken_checkpoints(), *_broken_log()]
    return problems


def _broken_chains(kind: str | None) -> Iterator[Problem]:
    entries = Entry.objects.order_by("kind", "object_id", "seq")
    if kind is not None:
        entries = entries.filter(kind=kind)
    rows = entries.values_list(*COLUMNS).iterator(chunk_size=2000)
    for _, chain in groupby(rows, key=lambda row: row[:2]):
        problem = _first_bad(chain)
        if problem:
            yield problem


def _first_bad(chain: Iterator[tuple[Any, ...]]) -> Problem | None:
    expected, prev = 1, ""
    for row in chain:
        kind, id, seq = row[:3]
        if seq != expected:
            return Problem(kind, id, expected, MISSING)
        *content, hash_ = row
        honest = content_hash(tuple(content)) == hash_
        if content[-1] != prev:
            return Problem(kind, id, seq, MOVED)
        if not honest:
            return Problem(kind, id, seq, CHANGED)
        expected, prev = expected + 1, hash_
    return None


def _broken_seals(kind: str | None) -> Iterator[Problem]:
    """Sealed heads whose entry is gone or no longer the same."""
    same = Entry.objects.filter(
        kind=OuterRef("kind"), object_id=OuterRef("object_id"), seq=OuterRef("seq"), hash=OuterRef("hash")
    )
    heads = SealedHead.objects.filter(~Exists(same))
    if kind is not None:
        heads = heads.filter(kind=kind)
    for head in heads.order_by("id").iterator(chunk_size=2000):
        there = Entry.objects.filter(kind=head.kind, object_id=head.object_id)
        if there.filter(seq=head.seq).exists():
            yield Problem(head.kind, head.object_id, head.seq, REWRITTEN)
        else:
            last = there.order_by("-seq").values_list("seq", flat=True).first() or 0
            yield Problem(head.kind, head.object_id, last + 1 if last < head.seq else head.seq, CUT)


def _broken_checkpoints() -> Iterator[Problem]:
    """The first checkpoint that does not fit its heads or the checkpoint before it."""
    expected, prev = 1, ""
    for point in Checkpoint.objects.order_by("seq").iterator(chunk_size=500):
        if point.seq != expected:
            yield Problem("checkpoint", expected, expected, CHECKPOINT_MISSING)
            return
        heads = point.heads.order_by("id").values_list("kind", "object_id", "seq", "hash")
        root = digest([part for head in heads for part in head])
        hash_ = checkpoint_hash(point.seq, point.at, point.last_entry, point.count, root, prev)
        if (point.prev, point.root, point.hash) != (prev, root, hash_):
            yield Problem("checkpoint", point.seq, point.seq, CHECKPOINT_CHANGED)
            return
        expected, prev = expected + 1, point.hash


def _broken_log() -> Iterator[Problem]:
    """The first checkpoint in which the database and the file outside it differ."""
    stored = dict(Checkpoint.objects.values_list("seq", "hash"))
    logged = dict(read_log()) if log_path().exists() else {}
    for seq in sorted(stored.keys() | logged.keys()):
        if seq not in stored:
            yield Problem("checkpoint", seq, seq, CHECKPOINT_MISSING)
            return
        if seq not in logged:
            yield Problem("checkpoint", seq, seq, LOG_MISSING)
            return
        if stored[seq] != logged[seq]:
            yield Problem("checkpoint", seq, seq, LOG_DIFFERS)
            return
