"""The page 岗位绑定: which positions fill the slots of each pack, and who holds them (R-001)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError, Invalid, NotFound, text
from bihuan.kernel.label import show
from bihuan.kit.access import viewer_of
from bihuan.kit.ui.http import render_page, whole_number
from bihuan.org import queries, services
from bihuan.org.models import Binding, Position, Slot, Unit
from bihuan.org.registry import name_packs


@dataclass(frozen=True, slots=True)
class SlotLine:
    """One slot with what is bound to it."""

    slot: Slot
    name: str
    bindings: list[Binding]
    editing: bool

    @property
    def unbound(self) -> bool:
        """Whether processes of the pack are refused because of it (R-002)."""
        return not self.bindings and not self.slot.external


@require_safe
def bindings_page(request: HttpRequest) -> HttpResponse:
    """All slots by pack; `edit` opens the form of one slot, `unbound` shows only what is missing."""
    _require_admin(request)
    unknown = set(request.GET) - {"edit", "unbound", "pack"}
    if unknown:
        raise DomainError(text("不认识的参数：{name}"), name=min(unknown))
    editing, pack = request.GET.get("edit", ""), request.GET.get("pack", "")
    lines = [_line(slot, editing) for slot in _slots()]
    missing = sum(line.unbound for line in lines)
    packs = list(dict.fromkeys(line.slot.pack for line in lines))
    names = _pack_names()
    shown = [
        line
        for line in lines
        if (not pack or line.slot.pack == pack) and (line.unbound or "unbound" not in request.GET)
    ]
    context = {
        "title": gettext("岗位绑定"),
        "subtitle": gettext(
            "流程只认岗位槽；在这里决定由哪些岗位担任。就近生效：下级单位有绑定时不再看上级单位。"
        ),
        "groups": [
            (names.get(code, code), list(found))
            for code, found in groupby(shown, key=lambda line: line.slot.pack)
        ],
        "missing": missing,
        "total": len(lines),
        "tabs": _tabs(packs, names, pack, missing, "unbound" in request.GET),
        **(_choices() if editing else {}),
    }
    return render_page(request, "org/bindings.html", context)


@require_POST
def bind(request: HttpRequest) -> HttpResponse:
    """Bind a slot in a unit to a position."""
    _require_admin(request)
    slot, unit, position = (_chosen(request, name, model) for name, model in
                            (("slot", Slot), ("unit", Unit), ("position", Position)))  # fmt: skip
    services.bind_slot(slot=slot, unit=unit, position=position, by=_actor(request), at=clock.now())
    messages.success(
        request, gettext("已绑定：%(slot)s → %(position)s") % {"slot": slot, "position": position}
    )
    return redirect(f"{reverse('org:bindings')}?edit={slot.pk}#slot-{slot.pk}")


@require_POST
def unbind(request: HttpRequest, binding: int) -> HttpResponse:
    """Take one binding back."""
    _require_admin(request)
    found = Binding.objects.select_related("slot", "unit", "position").filter(pk=binding).first()
    if found is None:
        raise NotFound(text("这个绑定已被解除"))
    services.unbind_slot(binding=found, by=_actor(request), at=clock.now())
    messages.success(request, gettext("已解除：%(binding)s") % {"binding": found})
    return redirect(f"{reverse('org:bindings')}?edit={found.slot_id}#slot-{found.slot_id}")


def _slots() -> QuerySet[Slot]:
    positions = queries.with_people(Position.objects.select_related("unit"))
    bound = Binding.objects.select_related("unit").prefetch_related(Prefetch("position", queryset=positions))
    return Slot.objects.prefetch_related(Prefetch("bindings", queryset=bound.order_by("unit__path", "id")))


def _line(slot: Slot, editing: str) -> SlotLine:
    name = show(slot.names, get_language() or "zh-hans") if slot.names else slot.code
    return SlotLine(slot, name, list(slot.bindings.all()), str(slot.pk) == editing)


def _pack_names() -> dict[str, str]:
    language = get_language() or "zh-hans"
    return {code: name for names in name_packs for code, name in names(language).items()}


def _tabs(
    packs: list[str], names: dict[str, str], pack: str, missing: int, only_missing: bool
) -> list[dict[str, Any]]:
    here = reverse("org:bindings")
    tabs: list[dict[str, Any]] = [
        {"label": gettext("全部"), "url": here, "active": not pack and not only_missing}
    ]
    tabs += [
        {"label": names.get(code, code), "url": f"{here}?pack={code}", "active": code == pack}
        for code in packs
    ]
    tabs.append(
        {"label": gettext("未绑定"), "url": f"{here}?unbound=1", "active": only_missing, "count": missing}
    )
    return tabs


def _choices() -> dict[str, Any]:
    return {
        "units": Unit.objects.filter(retired_at=None),
        "positions": Position.objects.filter(retired_at=None)
        .select_related("unit")
        .order_by("unit__path", "name_pinyin"),
    }


def _chosen(request: HttpRequest, name: str, model: type[Any]) -> Any:
    found = model.objects.filter(pk=whole_number(request.POST.get(name, ""))).first()
    if found is None:
        raise Invalid(text("请选择单位和岗位"))
    return found


def _actor(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def _require_admin(request: HttpRequest) -> None:
    if not viewer_of(request).admin:
        raise NotFound(text("找不到这个页面"))
