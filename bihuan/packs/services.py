"""Installing packs, making releases effective, changing settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, text
from bihuan.kernel.label import show
from bihuan.kit import audit
from bihuan.org.public import Unit

from .checking import check_source
from .domain.declared import store_setting
from .domain.problems import PackErrors, nearest
from .gates import refuse_if_a_gate_does, tell_installed
from .loading import PackSource
from .models import Pack, PackRelease, PackUse, Setting
from .own_files import label_map
from .queries import declared_settings
from .readers import readers

State = PackRelease.State


@transaction.atomic
def install_pack(
    source: PackSource,
    *,
    unit: Unit | None = None,
    by: Actor,
    at: datetime,
    effective: bool = False,
    announce: bool = False,
) -> PackRelease:
    """Install a pack and, before it, the packs it requires; returns its release, a draft unless `effective`.

    The same content installed again is the same release; new content under the same version is its
    next revision. `unit` also switches the pack on there, and is looked at by what guards a release
    (make_effective). `announce` tells the apps above of a new release, so that its joint review is opened
    (SC-000); building a company for demos and scenarios tells nobody. Raises PackErrors.
    """
    if problems := check_source(source):
        raise PackErrors(problems)
    known = find_release(source)
    release = _install(source, unit=unit, by=by, at=at, effective=effective)
    if announce and release != known:
        tell_installed(release, by, at)
    return release


def _install(
    source: PackSource, *, unit: Unit | None, by: Actor, at: datetime, effective: bool
) -> PackRelease:
    required = [_install(one, unit=unit, by=by, at=at, effective=effective) for one in source.requires]
    release = find_release(source, required) or _new_release(source, required, by=by, at=at)
    if effective:
        make_effective(release, unit=unit.pk if unit is not None else None, by=by, at=at)
    if unit is not None:
        switch_pack(source.code, unit, on=True, by=by, at=at)
    return release


def find_release(source: PackSource, required: Sequence[PackRelease] | None = None) -> PackRelease | None:
    """The release with exactly this content (and, if given, these required releases)."""
    found = PackRelease.objects.filter(pack__code=source.code, digest=source.digest).order_by("-id")
    if required is None:
        return found.first()
    return next((one for one in found if one.requires == _pins(required)), None)


def _pins(required: Sequence[PackRelease]) -> list[dict[str, Any]]:
    return [{"pack": one.pack.code, "release": one.id, "digest": one.digest} for one in required]


def _new_release(
    source: PackSource, required: Sequence[PackRelease], *, by: Actor, at: datetime
) -> PackRelease:
    if source.pack is None:
        raise PackErrors(source.problems)
    names = label_map(source.pack.name)
    pack, _ = Pack.objects.update_or_create(code=source.code, defaults={"names": names})
    same = PackRelease.objects.filter(pack=pack, version=source.pack.version)
    last = same.order_by("-revision").values_list("revision", flat=True).first() or 0
    release = PackRelease.objects.create(
        pack=pack,
        version=source.pack.version,
        revision=last + 1,
        digest=source.digest,
        source=source.content,
        requires=_pins(required),
        installed_at=at,
        installed_by=by.name[:40],
    )
    for reader in readers():
        entries = [one for one in source.entries.get(reader.folder, ()) if reader.reads(one.path)]
        if entries and reader.released:
            reader.install(release, entries, by=by, at=at)
    audit.record(
        kind="packs.release",
        id=release.id,
        verb="install",
        by=by,
        at=at,
        changes={"version": (None, release.version), "digest": (None, release.digest)},
        head=audit.EMPTY,
    )
    return release


@transaction.atomic
def make_effective(release: PackRelease, *, unit: int | None = None, by: Actor, at: datetime) -> PackRelease:
    """Put a release and those it requires in force; the one in force before becomes historic (SC-000 step 3).

    Running cases stay on the release they pin. Nothing happens when it is in force already. `unit` is
    where it is to work: what the apps above ask of a release (gates.py) must hold there, such as somebody
    responsible for every step (R-023); without one (a company is still to be built) nothing is asked.
    Raises Invalid.
    """
    for one in PackRelease.objects.filter(id__in=[entry["release"] for entry in release.requires]):
        make_effective(one, by=by, at=at)
    if release.state == State.EFFECTIVE:
        return release
    if unit is not None:
        refuse_if_a_gate_does(release, unit, at)
    before = release.state
    for earlier in PackRelease.objects.filter(pack_id=release.pack_id, state=State.EFFECTIVE).defer("source"):
        _change_state(earlier, State.EFFECTIVE, State.HISTORIC, by=by, at=at)
    _change_state(release, before, State.EFFECTIVE, by=by, at=at)
    return release


@transaction.atomic
def revoke_effective(release: PackRelease, *, by: Actor, at: datetime) -> PackRelease | None:
    """Take a release out of force again; answers the one before it, which is in force instead, if there is one.

    Releases it requires stay in force: others may rest on them. Nothing happens when it is not in force.
    """
    if release.state != State.EFFECTIVE:
        return None
    former = PackRelease.objects.filter(pack_id=release.pack_id, state=State.HISTORIC).defer("source")
    before = former.order_by("-effective_at", "-id").first()
    _change_state(release, State.EFFECTIVE, State.DRAFT, by=by, at=at)
    if before is not None:
        _change_state(before, State.HISTORIC, State.EFFECTIVE, by=by, at=at)
    return before


def _change_state(release: PackRelease, old: str, new: PackRelease.State, *, by: Actor, at: datetime) -> None:
    values: dict[str, Any] = {"state": new}
    if new == State.EFFECTIVE:
        values["effective_at"] = at
    if not PackRelease.objects.filter(id=release.id, state=old).update(**values):
        raise Conflict(text("流程包版本{release}已被别人更改"), release=release)
    for name, value in values.items():
        setattr(release, name, value)
    audit.record(
        kind="packs.release", id=release.id, verb=new.value, by=by, at=at, changes={"state": (old, new.value)}
    )


@transaction.atomic
def switch_pack(pack_code: str, unit: Unit, *, on: bool, by: Actor, at: datetime) -> PackUse:
    """Switch a pack on or off for a unit and all below it (R-003)."""
    _need_admin(by)
    pack = Pack.objects.filter(code=pack_code).first()
    if pack is None:
        raise NotFound(text("没有安装流程包{code}"), code=pack_code)
    use = PackUse.objects.filter(pack=pack, unit=unit).first()
    before = use.on if use else None
    if use is not None and before == on:
        return use
    use, _ = PackUse.objects.update_or_create(pack=pack, unit=unit, defaults={"on": on})
    audit.record(kind="packs.use", id=use.id, verb="switch", by=by, at=at, changes={"on": (before, on)})
    return use


@transaction.atomic
def change_setting(key: str, value: Any, *, unit: Unit, by: Actor, at: datetime) -> Any:
    """Give a setting a value for a unit and all below it, None to return to what holds above.

    Only administrators may. Returns what is stored. Raises Invalid (with `fields`), NotFound, NotAllowed.
    """
    _need_admin(by)
    declared = declared_settings()
    if key not in declared:
        raise NotFound(text("没有设置项{key}{hint}"), key=key, hint=nearest(key, declared))
    try:
        stored = store_setting(declared[key], value)
    except Invalid as error:
        label = show(declared[key].label)
        raise Invalid(text("{label}的值不可用"), label=label, fields={key: [error.text()]}) from error
    row = Setting.objects.filter(unit=unit, key=key).first()
    before = row.value if row else None
    if stored == before:
        return stored
    if stored is None:
        Setting.objects.filter(unit=unit, key=key).delete()
    else:
        Setting.objects.update_or_create(unit=unit, key=key, defaults={"value": stored})
    audit.record(
        kind="packs.settings", id=unit.id, verb="change", by=by, at=at, changes={key: (before, stored)}
    )
    return stored


def _need_admin(by: Actor) -> None:
    if not by.admin and by.person is not None:
        raise NotAllowed(text("只有系统管理员可以更改流程包的设置"))
