"""What a program with an access token may do: always less than, or as much as, the person it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.http import HttpRequest

from bihuan.kernel.errors import NotAllowed, text


class Scope(StrEnum):
    """Codes of scopes; few, and clear to the person who ticks them."""

    READ = "read"
    PAPERS = "documents:write"
    WORK = "work"
    REGISTERS = "registers:write"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        """What it allows, in zh-Hans."""
        return LABELS[self]


LABELS: Mapping[Scope, str] = {
    Scope.READ: text("查看：自己看得到的一切"),
    Scope.PAPERS: text("填单：发起流程、填写和提交单据、上传附件"),
    Scope.WORK: text("办理：同意、不同意、完成、撤回、评论、抄送、催办"),
    Scope.REGISTERS: text("登记：新建、修改和停用登记簿的记录"),
    Scope.ADMIN: text("管理：以系统管理员身份办事（仅系统管理员）"),
}


def scopes_of(request: HttpRequest) -> frozenset[str] | None:
    """What the request's token allows; None for a person who signed in, whom nothing narrows."""
    found: frozenset[str] | None = getattr(request, "scopes", None)
    return found


def require_scope(request: HttpRequest, scope: Scope) -> None:
    """Raise NotAllowed (403) unless the person signed in, or the token has the scope."""
    scopes = scopes_of(request)
    if scopes is not None and scope not in scopes:
        raise NotAllowed(text("这个访问令牌没有“{scope}”范围"), scope=scope.value)
