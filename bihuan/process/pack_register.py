"""The register `pack`: passing the joint review puts a pack in force (SC-000, R-014)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db.models import QuerySet

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, NotFound, text
from bihuan.org.public import Unit
from bihuan.packs import public as packs
from bihuan.packs.public import PackRelease
from bihuan.process.models import Posting
from bihuan.process.registers import Post
from bihuan.process.services import events


def tell_installed(release: PackRelease, by: Actor, at: datetime) -> None:
    """`pack.created` in every company that uses the pack: a new version asks for a joint review (SC-000)."""
    for company in Unit.objects.filter(kind="company", retired_at=None).values_list("pk", flat=True):
        if packs.pack_is_on(release.pack.code, company):
            events.raise_event("pack.created", plain(release), company=company, unit=company, by=by, at=at)


def plain(row: PackRelease) -> Mapping[str, Any]:
    """A release's values."""
    return {
        "id": row.pk,
        "code": row.pack.code,
        "name": str(row.pack),
        "version": row.version,
        "state": row.state,
        "effective_at": row.effective_at,
    }


class PackRegister:
    """The releases of packs; `pack.effective` takes the pack's code and puts its newest release in force."""

    name = "pack"
    label = "流程包"
    words: Mapping[str, str] = MappingProxyType({"effective": text("流程包生效")})
    actions: Mapping[str, frozenset[str]] = MappingProxyType({"effective": frozenset({"pack"})})

    def post(self, post: Post, *, by: Actor, at: datetime) -> None:
        """Put the newest release of the pack in force; the release is noted, so that it can be revoked.

        Raises Invalid while a step of it has nobody responsible (R-023).
        """
        code = str(post.values.get("pack") or "")
        if not code:
            raise Invalid(text("没有写明要生效的流程包"))
        release = packs.latest_release(code)
        if release is None:
            raise NotFound(text("没有安装流程包{code}"), code=code)
        packs.make_effective(release, unit=post.source.unit, by=by, at=at)
        Posting.objects.filter(pk=post.posting).update(
            values={"pack": code, "release": release.pk, "version": release.version}
        )

    def reverse(self, posting: int, *, by: Actor, at: datetime) -> None:
        """Put the release before in force again, if there is one."""
        release = Posting.objects.values_list("values__release", flat=True).get(pk=posting)
        packs.revoke_effective(packs.release_by_id(int(release)), by=by, at=at)

    def rows(self, kind: str) -> QuerySet[PackRelease] | None:
        """`pack.release`: all releases."""
        return PackRelease.objects.select_related("pack").defer("source") if kind in ("", "release") else None

    def plain(self, row: PackRelease) -> Mapping[str, Any]:
        """A release's values."""
        return plain(row)
