"""Keeping files, giving them to their owner record, and who may read them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import IO

from django.core.files.base import File as DjangoFile
from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError, Invalid, NotAllowed, NotFound, text
from bihuan.kit.access import Viewer

from . import inspect, store
from .models import File

logger = logging.getLogger(__name__)

UNUSED_AFTER = timedelta(days=2)
STRAY_AFTER = 600
"""Seconds for which a content may stand without its row: the upload's transaction is still open."""
BATCH = 500
MISSING = text("文件内容缺失")
CHANGED = text("文件内容被改动")
STRAY = text("多余的文件，没有登记")

Source = bytes | IO[bytes] | DjangoFile[bytes]
MayRead = Callable[[File, Viewer], bool]
_owners: dict[str, MayRead] = {}


class Damaged(DomainError):  # noqa: N818 - named like the other domain errors
    """The stored content is not what was kept; nothing is served."""

    status = 500
    code = "damaged"


@dataclass(frozen=True, slots=True)
class Problem:
    """A content that is missing, changed or stray (zh-Hans `what`); `name` is a file that uses it."""

    sha256: str
    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.sha256} {self.name}: {self.what}".replace(" :", ":")


def register_owner(kind: str, owner_may_read: MayRead) -> None:
    """Let the app that owns records of `kind` decide who reads their files; without it nobody does."""
    _owners[kind] = owner_may_read


def keep(source: Source, *, name: str, by: Actor, at: datetime) -> File:
    """Keep an upload under its content hash. Raises Invalid for a type, size or content not allowed.

    Content is on the disk before the row is: a roll-back leaves a stray content, never a row without.
    """
    clean = inspect.clean_name(name)
    form = inspect.format_of(clean)
    try:
        with store.drafting(_chunks(source), inspect.MAX_SIZE) as draft:
            inspect.check_content(clean, form, draft.file)
            store.settle(draft)
    except store.TooLargeError as error:
        raise Invalid(text("文件超过20MB：{name}"), name=clean) from error
    return File.objects.create(
        sha256=draft.sha256, name=clean, size=draft.size, media_type=form.media_type,
        kept_at=at, kept_by=by.person, kept_by_name=by.name[:80],
    )  # fmt: skip


def _chunks(source: Source) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
    elif isinstance(source, DjangoFile):
        yield from source.chunks(store.CHUNK)
    else:
        while chunk := source.read(store.CHUNK):
            yield chunk


@transaction.atomic
def use_files(ids: Iterable[int], *, owner_kind: str, owner_id: int, by: Actor) -> list[File]:
    """Give uploads to the record that uses them; those it has already stay.

    Only one's own unused uploads can be given. Raises NotFound for ids that do not exist or that the
    person may not know, so that nobody reads a stranger's file by attaching it.
    """
    wanted = list(dict.fromkeys(ids))
    mine = File.objects.filter(id__in=wanted, owner_kind="", kept_by=by.person)
    mine.update(owner_kind=owner_kind, owner_id=owner_id)
    found = File.objects.filter(owner_kind=owner_kind, owner_id=owner_id).in_bulk(wanted)
    if len(found) != len(wanted):
        raise NotFound(text("找不到上传的文件，请重新上传"))
    return [found[id] for id in wanted]


def copy_file(file: File, *, owner_kind: str, owner_id: int, by: Actor, at: datetime) -> File:
    """Register a file's content once more for another record; the right to read is checked before."""
    return File.objects.create(
        sha256=file.sha256, name=file.name, size=file.size, media_type=file.media_type, kept_at=at,
        kept_by=by.person, kept_by_name=by.name[:80], owner_kind=owner_kind, owner_id=owner_id,
    )  # fmt: skip


def may_read(file: File, viewer: Viewer) -> bool:
    """Unused uploads belong to who uploaded them; all others are decided by their owner's app."""
    if not file.owner_kind:
        return viewer.person is not None and file.kept_by == viewer.person
    decide = _owners.get(file.owner_kind)
    return decide is not None and decide(file, viewer)


def _file(file_id: int) -> File:
    found = File.objects.filter(id=file_id).first()
    if found is None:
        raise NotFound(text("找不到这个文件"))
    return found


def readable_file(file_id: int, viewer: Viewer) -> File:
    """The file, if this person may read it. Raises NotFound: forbidden and absent look the same."""
    file = _file(file_id)
    if not may_read(file, viewer):
        raise NotFound(text("找不到这个文件"))
    return file


def open_file(file: File | int) -> IO[bytes]:
    """The content of a file (or of the file with this id) for reading; its hash is checked first.

    Whether the reader may is decided before (`readable_file`). Raises NotFound for an id that does
    not exist and Damaged, naming the file in the log, when the content is missing or changed.
    """
    if isinstance(file, int):
        file = _file(file)
    intact = store.is_intact(file.sha256)
    if not intact:
        logger.error("file %s (%s) is %s", file.pk, file.sha256, "missing" if intact is None else "changed")
        raise Damaged(text("文件“{name}”的存档已损坏，请联系系统管理员"), name=file.name)
    return store.path_of(file.sha256).open("rb")


@transaction.atomic
def drop_upload(file_id: int, *, by: Actor) -> None:
    """Take back one's own upload before it is used. Raises NotFound, NotAllowed."""
    mine = File.objects.filter(id=file_id, kept_by=by.person)
    if not mine.exists():
        raise NotFound(text("找不到这个文件"))
    if not mine.filter(owner_kind="").delete()[0]:
        raise NotAllowed(text("文件已被使用，不能删除"))


def verify_files() -> Iterator[Problem]:
    """Check every content against its hash; names missing, changed and stray ones. Reads everything."""
    known: set[str] = set()
    rows = File.objects.order_by("sha256", "id").values_list("sha256", "name")
    for sha256, name in rows.iterator(chunk_size=2000):
        if sha256 in known:
            continue
        known.add(sha256)
        intact = store.is_intact(sha256)
        if not intact:
            yield Problem(sha256, name, MISSING if intact is None else CHANGED)
    for path in store.stored():
        placed = path.name in known and path == store.path_of(path.name)
        if not placed and store.age(path) > STRAY_AFTER:
            yield Problem(path.name, "", STRAY)


def drop_unused(at: datetime) -> int:
    """Forget uploads nobody used for two days and contents no row names; returns how many contents went."""
    File.objects.filter(owner_kind="", kept_at__lt=at - UNUSED_AFTER).delete()
    seconds = UNUSED_AFTER.total_seconds()
    store.drop_old_drafts(seconds)
    dropped = 0
    paths = store.stored()
    while batch := list(islice(paths, BATCH)):
        names = [path.name for path in batch]
        known = set(File.objects.filter(sha256__in=names).values_list("sha256", flat=True))
        dropped += sum(store.drop_older(path, seconds) for path in batch if path.name not in known)
    return dropped
