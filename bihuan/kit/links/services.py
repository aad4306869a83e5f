"""Making, dropping and following links."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, NotFound, text
from bihuan.kit import audit

from .models import Link


class Ref(NamedTuple):
    """A record of some kind at some version (0: it has none)."""

    kind: str
    id: int
    version: int = 0


class Edge(NamedTuple):
    """A link as seen from one of its ends; `out` tells whether that end is the source."""

    link: Link
    out: bool
    other: Ref


@transaction.atomic
def link(*, kind: str, source: Ref, target: Ref, by: Actor, at: datetime) -> Link:
    """Join two records; joining them again in the same way changes nothing. Raises Invalid."""
    if (source.kind, source.id) == (target.kind, target.id):
        raise Invalid(text("不能关联到自己"))
    made, _ = Link.objects.get_or_create(
        kind=kind,
        source_kind=source.kind, source_id=source.id, source_version=source.version,
        target_kind=target.kind, target_id=target.id, target_version=target.version,
        defaults={"made_at": at, "made_by": by.person, "made_by_name": by.name[:80]},
    )  # fmt: skip
    return made


@transaction.atomic
def unlink(*, link_id: int, by: Actor, at: datetime, note: str = "") -> None:
    """Drop a link; the audit trail keeps what it joined. Raises NotFound."""
    found = Link.objects.filter(id=link_id).first()
    if found is None or not Link.objects.filter(id=link_id).delete()[0]:
        raise NotFound(text("找不到这个关联"))
    changes = {
        "kind": (found.kind, None),
        "source": ([found.source_kind, found.source_id, found.source_version], None),
        "target": ([found.target_kind, found.target_id, found.target_version], None),
    }
    audit.record(kind="link", id=link_id, verb="unlink", by=by, at=at, changes=changes, note=note)


def links_from(ref: Ref, *, kind: str | None = None) -> list[Link]:
    """Links that start at a record; version 0 means at any of its versions."""
    found = Link.objects.filter(source_kind=ref.kind, source_id=ref.id)
    if ref.version:
        found = found.filter(source_version=ref.version)
    return list((found if kind is None else found.filter(kind=kind)).order_by("id"))


def links_to(ref: Ref, *, kind: str | None = None) -> list[Link]:
    """Links that end at a record; version 0 means at any of its versions."""
    found = Link.objects.filter(target_kind=ref.kind, target_id=ref.id)
    if ref.version:
        found = found.filter(target_version=ref.version)
    return list((found if kind is None else found.filter(kind=kind)).order_by("id"))


def links_of(ref: Ref, *, kind: str | None = None) -> list[Edge]:
    """Both directions, in the order they were made."""
    out = [
        Edge(found, True, Ref(found.target_kind, found.target_id, found.target_version))
        for found in links_from(ref, kind=kind)
    ]
    back = [
        Edge(found, False, Ref(found.source_kind, found.source_id, found.source_version))
        for found in links_to(ref, kind=kind)
    ]
    return sorted([*out, *back], key=lambda edge: edge.link.pk)
