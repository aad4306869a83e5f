"""The pages 流程包: what is installed, and the settings of a pack for a unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, NotFound, text
from bihuan.kernel.label import Label, show
from bihuan.kit.access import require, require_visible
from bihuan.kit.ui.http import Request, render_page, whole_number
from bihuan.org.public import Slot, Unit, unbound_slots, unstaffed_slots

from . import queries
from .models import PackRelease
from .services import change_setting, switch_pack
from .setting_fields import posted_settings, setting_fields

_SIGNED_IN = text("找不到这个页面")
_ADMINS_ONLY = text("只有系统管理员可以更改流程包的设置")
_TONES = {"draft": "orange", "effective": "green", "historic": "secondary"}


@dataclass(frozen=True, slots=True)
class PackLine:
    """A pack in the list, as one unit sees it."""

    code: str
    name: str
    release: PackRelease
    tone: str
    slots: int
    unbound: int
    forms: int
    processes: int
    requires: str
    is_on: bool


def is_admin(request: HttpRequest) -> bool:
    """Whether the menu shows the packs."""
    actor: Actor | None = getattr(request, "actor", None)
    return actor is not None and actor.admin


@require_GET
def pack_list(request: Request) -> HttpResponse:
    """Every installed pack with its release, state and slots."""
    require_visible(request.actor.person is not None, _SIGNED_IN)
    unit = _unit(request)
    lines = [_line(release, unit) for release in queries.current_releases()]
    context = {"title": gettext("流程包"), "lines": lines, "unit": unit, "units": _units()}
    return render_page(request, "packs/list.html", context)


@require_http_methods(["GET", "POST"])
def pack_detail(request: Request, code: str) -> HttpResponse:
    """One pack: releases, slots, and for administrators its settings; POST changes them for the unit."""
    require_visible(request.actor.person is not None, _SIGNED_IN)
    release = _release(code)
    unit = _unit(request)
    errors: dict[str, str] = {}
    if request.method == "POST":
        require(request.actor.admin, _ADMINS_ONLY)
        errors = _save(request, release, unit)
        if not errors:
            messages.success(request, gettext("设置已保存"))
            return redirect(_address(code, unit))
    return render_page(
        request, "packs/detail.html", _detail(request, release, unit, errors), status=422 if errors else 200
    )


@require_POST
def pack_use(request: Request, code: str) -> HttpResponse:
    """Switch the pack on or off for the unit (R-003)."""
    require_visible(request.actor.person is not None, _SIGNED_IN)
    unit = _unit(request)
    if unit is None:
        raise NotFound(text("还没有单位"))
    on = request.POST.get("on") == "true"
    switch_pack(code, unit, on=on, by=request.actor, at=clock.now())
    messages.success(request, gettext("已启用") if on else gettext("已停用"))
    return redirect(_address(code, unit))


def _address(code: str, unit: Unit | None) -> str:
    query = f"?unit={unit.pk}" if unit else ""
    return reverse("packs:detail", kwargs={"code": code}) + query


def _release(code: str) -> PackRelease:
    found = queries.effective_release(code) or queries.latest_release(code)
    if found is None:
        raise NotFound(text("没有安装流程包{code}"), code=code)
    return found


def _units() -> list[Unit]:
    return list(Unit.objects.filter(retired_at=None).order_by("path"))


def _unit(request: Request) -> Unit | None:
    """The unit that is looked at: the one asked for, else the company of all."""
    wanted = whole_number(request.POST.get("unit") or request.GET.get("unit") or "")
    if wanted is not None:
        return Unit.objects.filter(pk=wanted, retired_at=None).first()
    return Unit.objects.filter(parent=None, retired_at=None).order_by("path").first()


def _label(label: Label) -> str:
    return show(label, get_language() or "zh-hans")


def _line(release: PackRelease, unit: Unit | None) -> PackLine:
    known = queries.known(release)
    source = queries.source(release)
    inside = [code for code, slot in known.slots.items() if not slot.external]
    return PackLine(
        code=release.pack.code,
        name=_label(release.pack.names),
        release=release,
        tone=_TONES[release.state],
        slots=len(inside),
        unbound=len(unbound_slots(inside, unit.pk)) if unit else len(inside),
        forms=len(source.entries.get("forms", ())),
        processes=len(source.entries.get("processes", ())),
        requires="、".join(one["pack"] for one in release.requires),
        is_on=queries.pack_is_on(release.pack.code, unit.pk if unit else None),
    )


def _detail(
    request: Request, release: PackRelease, unit: Unit | None, errors: dict[str, str]
) -> dict[str, Any]:
    known = queries.known(release)
    declared = queries.source(release).settings
    unbound, empty = _gaps(known.slots, unit)
    there = set(Slot.objects.filter(code__in=list(known.slots)).values_list("code", flat=True))
    return {
        "title": _label(release.pack.names),
        "breadcrumbs": [
            {"label": gettext("流程包"), "url": reverse("packs:list")},
            {"label": _label(release.pack.names), "url": ""},
        ],
        "line": _line(release, unit),
        "releases": [
            {"release": one, "tone": _TONES[one.state]}
            for one in PackRelease.objects.filter(pack_id=release.pack_id).defer("source")
        ],
        "slots": [
            {
                "code": code,
                "name": _label(slot.name),
                "external": slot.external,
                "via": _label(known.slots[slot.via].name) if slot.via and slot.via in known.slots else "",
                "bound": code in there and code not in unbound and unit is not None,
                "vacant": code in empty,
                "convention": slot.origin == "convention",
            }
            for code, slot in known.slots.items()
        ],
        "unit": unit,
        "units": _units(),
        "may_change": request.actor.admin,
        "fields": setting_fields(
            declared,
            unit.pk if unit else None,
            readonly=not request.actor.admin or unit is None,
            posted=request.POST if errors else None,
            errors=errors,
            label=_label,
        ),
        "problem": gettext("有的设置没有保存") if errors else "",
    }


def _gaps(slots: Iterable[str], unit: Unit | None) -> tuple[set[str], set[str]]:
    """The slots no position is bound to, and those nobody fills, seen from a unit."""
    if unit is None:
        return set(), set()
    unbound = {slot.code for slot in unbound_slots(slots, unit.pk)}
    return unbound, unstaffed_slots(slots, unit.pk, clock.now())


def _save(request: Request, release: PackRelease, unit: Unit | None) -> dict[str, str]:
    """Store what was sent; all or nothing. Returns the errors by setting."""
    if unit is None:
        raise NotFound(text("还没有单位"))
    errors: dict[str, str] = {}
    with transaction.atomic():
        for key, value in posted_settings(queries.source(release).settings, request.POST, unit).items():
            try:
                change_setting(key, value, unit=unit, by=request.actor, at=clock.now())
            except Invalid as error:
                errors |= {path: "；".join(found) for path, found in error.fields.items()}
        transaction.set_rollback(bool(errors))
    return errors
