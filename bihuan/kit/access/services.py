"""Giving and taking back grants, and the condition they add to a query."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, NotFound, text
from bihuan.kit import audit

from .models import Grant
from .viewer import Viewer


def valid_at(at: datetime) -> Q:
    """The grants in force at a moment."""
    return Q(revoked_at__isnull=True) & (Q(until__isnull=True) | Q(until__gt=at))


def reaching(viewer: Viewer) -> Q:
    """The grants given to this viewer in person, by position or by unit."""
    found = Q(pk__in=[])
    if viewer.person is not None:
        found |= Q(person=viewer.person)
    if viewer.positions:
        found |= Q(position__in=viewer.positions)
    if viewer.unit_prefixes:
        found |= Q(unit_path__in=viewer.unit_prefixes)
    return found


def granted(viewer: Viewer, kind: str, *, at: datetime | None = None, ref: str = "pk") -> Exists:
    """For querysets: rows of `kind` this viewer holds a grant for; `ref` is the column of the id."""
    grants = Grant.objects.filter(valid_at(at or clock.now()), kind=kind, object_id=OuterRef(ref))
    return Exists(grants.filter(reaching(viewer)))


def granted_ids(viewer: Viewer, kind: str) -> QuerySet[Grant, Any]:
    """For querysets that begin with few rows: the ids of all objects of `kind` this viewer holds a grant for."""
    grants = Grant.objects.filter(valid_at(clock.now()), kind=kind)
    return grants.filter(reaching(viewer)).order_by().values("object_id")


def is_granted(viewer: Viewer, kind: str, object_id: int, *, at: datetime | None = None) -> bool:
    """Whether the viewer holds a grant for one object."""
    grants = Grant.objects.filter(valid_at(at or clock.now()), kind=kind, object_id=object_id)
    return grants.filter(reaching(viewer)).exists()


def grants_of(kind: str, object_id: int, *, at: datetime | None = None) -> list[Grant]:
    """The grants in force for one object, newest first."""
    grants = Grant.objects.filter(valid_at(at or clock.now()), kind=kind, object_id=object_id)
    return list(grants.order_by("-granted_at", "-id"))


@transaction.atomic
def grant_access(
    *,
    kind: str,
    object_id: int,
    why: str,
    by: Actor,
    at: datetime,
    person: int | None = None,
    position: int | None = None,
    unit_path: str | None = None,
    until: datetime | None = None,
) -> Grant:
    """Let exactly one of person, position or unit subtree read an object, up to `until` if given.

    Whether `by` may grant is decided by the app that owns the object. Raises Invalid.
    """
    problems: dict[str, list[str]] = {}
    if sum(receiver is not None for receiver in (person, position, unit_path)) != 1:
        problems["person"] = [text("请选择一个人、一个岗位或一个单位")]
    if unit_path is not None and not (unit_path.startswith("/") and unit_path.endswith("/")):
        problems["unit_path"] = [text("没有这个单位")]
    if not why.strip():
        problems["why"] = [text("请写明授权原因")]
    if until is not None and until <= at:
        problems["until"] = [text("截止时间已过")]
    if problems:
        raise Invalid(text("授权信息不完整"), fields=problems)
    grant = Grant.objects.create(
        kind=kind, object_id=object_id, person=person, position=position, unit_path=unit_path,
        why=why.strip()[:200], until=until, granted_at=at, granted_by=by.person, granted_by_name=by.name[:80],
    )  # fmt: skip
    changes = {
        "kind": (None, kind), "object_id": (None, object_id), "person": (None, person),
        "position": (None, position), "unit_path": (None, unit_path), "until": (None, until),
    }  # fmt: skip
    audit.record(kind="grant", id=grant.id, verb="grant", by=by, at=at, changes=changes, note=why)
    return grant


@transaction.atomic
def revoke_access(*, grant_id: int, by: Actor, at: datetime, note: str = "") -> None:
    """Take a grant back. Raises NotFound, or Conflict when that was done before."""
    if not Grant.objects.filter(id=grant_id, revoked_at__isnull=True).update(revoked_at=at):
        if Grant.objects.filter(id=grant_id).exists():
            raise Conflict(text("这项授权已经收回"))
        raise NotFound(text("找不到这项授权"))
    audit.record(
        kind="grant", id=grant_id, verb="revoke", by=by, at=at, changes={"revoked_at": (None, at)}, note=note
    )
