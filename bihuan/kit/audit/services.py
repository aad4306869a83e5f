"""Writing the audit trail: entries by `record` or `prepare`, checkpoints by `seal`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, text

from .chain import EMPTY, Head, changes_text, clean, digest, moment
from .models import Checkpoint, Entry, SealedHead

COLUMNS = (
    "kind",
    "object_id",
    "seq",
    "at",
    "person",
    "person_name",
    "position",
    "position_name",
    "deputy_for",
    "verb",
    "changes",
    "note",
    "company",
    "prev",
    "hash",
)
"""Columns of `kit_audit_entry` in the order of the rows that `prepare` returns."""

INSERT = (
    "INSERT INTO kit_audit_entry (" + ", ".join(f'"{name}"' for name in COLUMNS) + ") "
    "VALUES (" + ", ".join(["%s"] * len(COLUMNS)) + ")"
)
"""For `cursor.executemany(audit.INSERT, rows)` in the one place that writes by hand, process/store/."""

LAST = "SELECT seq, hash FROM kit_audit_entry WHERE kind = %s AND object_id = %s ORDER BY seq DESC LIMIT 1"
SEAL_LIMIT = 20_000
"""Entries one checkpoint looks at; more make several checkpoints."""

Row = tuple[Any, ...]


def prepare(
    *,
    kind: str,
    id: int,
    verb: str,
    by: Actor,
    at: datetime,
    head: Head,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    note: str = "",
    company: int | None = None,
) -> tuple[Row, Head]:
    """The row (see `COLUMNS`, `INSERT`) that follows `head`, and the new head. Asks the database nothing."""
    seq = head.seq + 1
    content = (
        kind,
        id,
        seq,
        at,
        by.person,
        clean(by.name)[:80],
        by.position,
        clean(by.position_name)[:120],
        by.deputy_for,
        verb,
        changes_text(changes or {}),
        clean(_note(note, by)),
        company,
        head.hash,
    )
    hash_ = content_hash(content)
    stored_at = connection.ops.adapt_datetimefield_value(at)
    return (*content[:3], stored_at, *content[4:], hash_), Head(seq, hash_)


def _note(note: str, by: Actor) -> str:
    """The note, with the access token through which a program acted."""
    return f"{note} 经令牌 {by.through}".strip() if by.through else note


def content_hash(content: Row) -> str:
    """The hash of an entry's columns, given without the hash itself and in the order of `COLUMNS`."""
    return digest([*content[:3], moment(content[3]), *content[4:]])


def head_of(kind: str, id: int) -> Head:
    """Where the chain of one object stands; reads one row."""
    with connection.cursor() as cursor:
        cursor.execute(LAST, [kind, id])
        last = cursor.fetchone()
    return Head(*last) if last else EMPTY


def record(
    *,
    kind: str,
    id: int,
    verb: str,
    by: Actor,
    at: datetime,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    note: str = "",
    company: int | None = None,
    head: Head | None = None,
) -> Head:
    """Write one entry in the caller's transaction and return the chain's new head.

    `changes` maps a field to its old and new value. A caller that holds the head (it has locked the
    object and knows what it wrote last) passes it and saves a read; `audit.EMPTY` for a new object.
    Raises Conflict when someone else wrote to the same chain meanwhile.
    """
    start = head if head is not None else head_of(kind, id)
    row, new = prepare(
        kind=kind, id=id, verb=verb, by=by, at=at, head=start, changes=changes, note=note, company=company
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, row)
    except IntegrityError as error:
        if connection.in_atomic_block:
            transaction.set_rollback(True)
        raise Conflict(text("别人刚刚更改了同一对象，请刷新后再试")) from error
    return new


def seal(at: datetime) -> Checkpoint | None:
    """Seal all chains that grew since the last checkpoint, in the database and in the file beside it.

    Looks back to the checkpoint before the last one: a transaction still open at the last seal has
    lower entry ids than entries sealed then. The file follows when the transaction commits.
    Returns the newest checkpoint made, None if nothing grew.
    """
    made = None
    while True:
        with transaction.atomic():
            new = _seal_once(at)
        if new is None:
            break
        made = new
    transaction.on_commit(append_log)
    return made


def _seal_once(at: datetime) -> Checkpoint | None:
    recent = list(Checkpoint.objects.order_by("-seq")[:2])
    floor = recent[1].last_entry if len(recent) > 1 else 0
    start = recent[0].last_entry if recent else 0
    window = Entry.objects.filter(id__gt=start).order_by("id").values_list("id", flat=True)[:SEAL_LIMIT]
    last = max(window, default=start)
    heads = _unsealed(floor, last)
    if not heads:
        return None
    previous = recent[0] if recent else None
    seq, prev = (previous.seq + 1, previous.hash) if previous else (1, "")
    root = digest([part for head in heads for part in head])
    made = Checkpoint(
        seq=seq, at=at, last_entry=last, count=len(heads), root=root, prev=prev,
        hash=checkpoint_hash(seq, at, last, len(heads), root, prev),
    )  # fmt: skip
    (saved,) = Checkpoint.objects.bulk_create([made])
    SealedHead.objects.bulk_create(
        [SealedHead(checkpoint=saved, kind=k, object_id=o, seq=s, hash=h) for k, o, s, h in heads],
        batch_size=1000,
    )
    return saved


def _unsealed(floor: int, last: int) -> list[tuple[str, int, int, str]]:
    """Heads among the entries after `floor` up to `last` that no checkpoint holds yet, sorted."""
    grown: dict[tuple[str, int], tuple[int, str]] = {}
    rows = Entry.objects.filter(id__gt=floor, id__lte=last).values_list("kind", "object_id", "seq", "hash")
    for kind, object_id, seq, hash_ in rows.iterator(chunk_size=2000):
        known = grown.get((kind, object_id))
        if known is None or known[0] < seq:
            grown[kind, object_id] = (seq, hash_)
    sealed = {
        (kind, object_id, seq)
        for kind, object_id, seq in SealedHead.objects.filter(checkpoint__last_entry__gt=floor).values_list(
            "kind", "object_id", "seq"
        )
    }
    return sorted((*key, *found) for key, found in grown.items() if (*key, found[0]) not in sealed)


def checkpoint_hash(seq: int, at: datetime, last_entry: int, count: int, root: str, prev: str) -> str:
    """The hash of a checkpoint's columns."""
    return digest([seq, moment(at), last_entry, count, root, prev])


def log_path() -> Path:
    """The file outside the database that repeats every checkpoint; copy it to another place."""
    return Path(settings.DATA_DIR) / "audit-checkpoints.log"


def read_log() -> Iterator[tuple[int, str]]:
    """Number and hash of each checkpoint in the file; a torn line counts as absent."""
    path = log_path()
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                found = json.loads(line)
                yield int(found["seq"]), str(found["hash"])
            except (ValueError, KeyError, TypeError):
                continue


def append_log() -> int:
    """Add the checkpoints the file lacks (also those a crash kept from it); returns how many."""
    known = max((seq for seq, _ in read_log()), default=0)
    missing = list(Checkpoint.objects.filter(seq__gt=known).order_by("seq"))
    if not missing:
        return 0
    path = log_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if file.tell() and not _ends_with_newline(file):
            file.write(b"\n")
        for point in missing:
            line = {
                "seq": point.seq, "at": moment(point.at), "last_entry": point.last_entry,
                "count": point.count, "root": point.root, "prev": point.prev, "hash": point.hash,
            }  # fmt: skip
            file.write(json.dumps(line).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return len(missing)


def _ends_with_newline(file: Any) -> bool:
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) == b"\n")
