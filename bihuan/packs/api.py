"""The API of packs: what is installed, and the settings of a pack for a unit."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Schema, Status

from bihuan.kernel import clock
from bihuan.kernel.errors import Invalid, NotAllowed, NotFound, text
from bihuan.kit.access import Scope
from bihuan.kit.crud.rest import add_router
from bihuan.kit.crud.rest_router import ApiRouter, Strict, actor_of, needs, refuse_unknown
from bihuan.org.public import Unit

from . import queries
from .models import PackRelease
from .services import change_setting

router = ApiRouter(tags=["流程包"])


def register() -> None:
    """Called once when the app is ready."""
    add_router("/packs", router)


class ReleaseLine(Schema):
    """A release of a pack."""

    id: int
    pack: str
    version: str
    state: str


class Setting(Strict):
    """A new value of one setting, for a unit and all below it."""

    unit: int
    value: Any = None


@router.get(
    "/", response=list[ReleaseLine], summary="流程包",
)  # fmt: skip
def listing(request: HttpRequest) -> Any:
    """Every pack with its release in force, or its newest one."""
    refuse_unknown(request, ())
    return [_line(release) for release in queries.current_releases()]


@router.get(
    "/{str:code}/", response=list[ReleaseLine], summary="一个流程包的版本",
)  # fmt: skip
def detail(request: HttpRequest, code: str) -> Any:
    """All releases of a pack, the newest first."""
    refuse_unknown(request, ())
    found = PackRelease.objects.select_related("pack").filter(pack__code=code).defer("source").order_by("-id")
    if not found:
        raise NotFound(text("没有安装流程包{code}"), code=code)
    return [_line(release) for release in found]


def _line(release: PackRelease) -> dict[str, Any]:
    return {"id": release.pk, "pack": release.pack.code, "version": release.version, "state": release.state}


def _admins(request: HttpRequest, **address: Any) -> None:
    if not actor_of(request).admin:
        raise NotAllowed(text("只有系统管理员可以更改流程包的设置"))


@router.post(
    "/settings/{str:key}/", response={204: None}, summary="更改设置",
)  # fmt: skip
@needs(Scope.ADMIN, _admins)
def change(request: HttpRequest, key: str, body: Setting) -> Any:
    """Change one setting for a unit (admins)."""
    unit = Unit.objects.filter(pk=body.unit, retired_at=None).first()
    if unit is None:
        raise Invalid(text("填写的内容有问题"), fields={"unit": [text("没有这个单位")]})
    change_setting(key, body.value, unit=unit, by=actor_of(request), at=clock.now())
    return Status(204, None)
