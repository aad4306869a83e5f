"""What is installed and in force: releases, settings, tables, which packs are on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from bihuan.kernel.errors import NotFound, text
from bihuan.kernel.label import show
from bihuan.org.public import Unit

from .domain.declared import Declared, read_setting
from .domain.known import Known
from .domain.problems import nearest
from .domain.tables import TableHit, look_up
from .loading import PackSource, known_to, source_of
from .lookups import settings_along
from .models import Pack, PackRelease, PackUse, Setting

_RELEASES = PackRelease.objects.select_related("pack").defer("source")


def effective_release(pack_code: str) -> PackRelease | None:
    """The release in force, the only one that starts new cases (SC-000); its large `source` is deferred."""
    return _RELEASES.all().filter(pack__code=pack_code, state=PackRelease.State.EFFECTIVE).first()


def pack_names(language: str) -> dict[str, str]:
    """The installed packs by code, as people call them."""
    return {pack.code: show(pack.names, language) for pack in Pack.objects.all() if pack.names}


def release_by_id(release_id: int) -> PackRelease:
    """The release with this id; its large `source` is deferred."""
    return _RELEASES.all().get(id=release_id)


@lru_cache(maxsize=64)
def pinned_release(release_id: int, _digest: str) -> PackRelease:
    """The release with this id and digest, read once: for what never changes of it, not for its state."""
    return release_by_id(release_id)


def latest_release(pack_code: str) -> PackRelease | None:
    """The release installed last, whatever its state."""
    return _RELEASES.all().filter(pack__code=pack_code).order_by("-id").first()


def current_releases() -> list[PackRelease]:
    """Of each pack the release in force, else the one installed last; by pack code."""
    found: dict[str, PackRelease] = {}
    for release in _RELEASES.all().order_by("pack__code", "-id"):
        best = found.setdefault(release.pack.code, release)
        if best.state != PackRelease.State.EFFECTIVE and release.state == PackRelease.State.EFFECTIVE:
            found[release.pack.code] = release
    return list(found.values())


def with_required(release: PackRelease) -> list[PackRelease]:
    """The release, then those it was installed with; each once. Look for a form or slot in this order."""
    found = {release.id: release}
    for one in _RELEASES.all().filter(id__in=[entry["release"] for entry in release.requires]):
        found.update({inner.id: inner for inner in with_required(one)})
    return list(found.values())


def source(release: PackRelease) -> PackSource:
    """The pack that a release keeps, parsed; cached, for a release never changes."""
    return _source(*_identity(release))


def known(release: PackRelease) -> Known:
    """Everything a release and those it requires give: slots, forms, tables, settings, processes."""
    return _known(*_identity(release))


def _identity(release: PackRelease) -> tuple[int, str]:
    """What a cached reading belongs to: an id alone may come again after a roll-back."""
    return release.id, release.digest + "".join(one["digest"] for one in release.requires)


@lru_cache(maxsize=32)
def _source(release_id: int, _digests: str) -> PackSource:
    return source_of(PackRelease.objects.select_related("pack").get(id=release_id))


@lru_cache(maxsize=32)
def _known(release_id: int, digests: str) -> Known:
    return known_to(_source(release_id, digests))


def declared_settings(release: PackRelease | None = None) -> dict[str, Declared]:
    """The settings a release (with what it requires) declares; without one, those of all current releases."""
    found: dict[str, Declared] = {}
    for one in [release] if release else current_releases():
        found.update(known(one).settings)
    return found


def setting(key: str, unit_id: int | None, *, release: PackRelease | None = None) -> Any:
    """The value of a setting for a unit, in its declared type.

    The nearest unit upwards that has a value counts, else the declared default. Raises NotFound.
    """
    declared = declared_settings(release)
    if key not in declared:
        raise NotFound(text("没有设置项{key}{hint}"), key=key, hint=nearest(key, declared))
    stored = stored_settings(unit_id, [key]).get(key, declared[key].default)
    return read_setting(declared[key], stored)


def settings_for(unit_id: int | None, *, release: PackRelease | None = None) -> dict[str, Any]:
    """All settings for a unit, nested by the dots of their keys: the root `setting` of expressions."""
    declared = _known(*_identity(release)).settings if release else declared_settings()
    values = dict(_defaults(*_identity(release)) if release else _read_defaults(declared))
    for key, stored in settings_along(unit_id).items():
        if key in declared:
            values[key] = read_setting(declared[key], stored)
    tree: dict[str, Any] = {}
    for key, value in values.items():
        here = tree
        *above, last = key.split(".")
        for part in above:
            here = here.setdefault(part, {})
        here[last] = value
    return tree


@lru_cache(maxsize=64)
def _defaults(release_id: int, digests: str) -> Mapping[str, Any]:
    return _read_defaults(_known(release_id, digests).settings)


def _read_defaults(declared: Mapping[str, Declared]) -> dict[str, Any]:
    return {key: read_setting(one, one.default) for key, one in declared.items()}


def own_settings(unit_id: int) -> dict[str, Any]:
    """The values that this very unit has been given, as stored."""
    return dict(Setting.objects.filter(unit_id=unit_id).values_list("key", "value"))


def stored_settings(unit_id: int | None, keys: Iterable[str]) -> dict[str, Any]:
    """What these keys were given along the unit tree, as stored; a nearer unit overrides a farther one."""
    wanted = set(keys)
    return {key: value for key, value in settings_along(unit_id).items() if key in wanted}


def path_ids(unit_id: int | None) -> list[int]:
    """The ids of a unit and all above it, the root first."""
    path = Unit.objects.filter(id=unit_id).values_list("path", flat=True).first() if unit_id else None
    return [int(part) for part in (path or "").split("/") if part] or ([unit_id] if unit_id else [])


def pack_is_on(pack_code: str, unit_id: int | None) -> bool:
    """Whether a pack is switched on for a unit (R-003): the nearest unit upwards that says so, else on."""
    above = path_ids(unit_id)
    rows = PackUse.objects.filter(pack__code=pack_code, unit_id__in=above).values_list("unit_id", "on")
    said = sorted(rows, key=lambda row: above.index(row[0]))
    return said[-1][1] if said else True


def lookup_table(
    key: str,
    inputs: Mapping[str, Any],
    *,
    release: PackRelease,
    roots: Mapping[str, Any] | None = None,
) -> TableHit:
    """The first true row of a table for these inputs, as the case records it (R-019); raises NotFound."""
    table = known(release).tables.get(key)
    if table is None:
        raise NotFound(text("没有表{key}{hint}"), key=key, hint=nearest(key, known(release).tables))
    return look_up(table, inputs, roots)


def slots_of(release: PackRelease) -> list[str]:
    """The codes of all slots a release uses, its own and those of the packs it requires."""
    return list(known(release).slots)


def stages_of_processes() -> dict[str, str]:
    """The stage of the loop of each process that a pack in use names (`stages` of pack.yaml, ADR 0015)."""
    found: dict[str, str] = {}
    for release in current_releases():
        pack = source(release).pack
        for stage, codes in (pack.stages if pack else {}).items():
            found.update(dict.fromkeys(codes, stage))
    return found
