"""Making and revoking access tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, text
from bihuan.kit import audit
from bihuan.kit.access import Scope
from bihuan.org.models import Token

MARK = "bht_"
"""Begins every token, so that scanners for leaked secrets know one."""
SHOWN = 10
"""Characters of a token that stay readable."""
DAYS = (7, 30, 90, 365)
"""Days a token may hold."""
MOST = 20
"""Tokens in force a person may have."""


def digest_of(secret: str) -> str:
    """What is kept of a token. It is 256 random bits: one plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def issue_token(
    *, name: str, scopes: Collection[str], days: int, by: Actor, at: datetime
) -> tuple[Token, str]:
    """Make a token for oneself; answers it with the secret, which is never to be had again.

    `days`: one of `DAYS`. Raises Invalid, NotAllowed for a program, which makes no tokens, and for the
    scope of administrators in other hands.
    """
    if by.through:
        raise NotAllowed(text("访问令牌只能由本人登录后创建"))
    wrong: dict[str, list[str]] = {}
    name = name.strip()
    if not 0 < len(name) <= 60:
        wrong["name"] = [text("请填写名称，最多60个字")]
    if not scopes or set(scopes) - set(Scope):
        wrong["scopes"] = [text("请选择范围")]
    if days not in DAYS:
        wrong["days"] = [text("请选择有效期")]
    if wrong:
        raise Invalid(text("填写的内容有问题"), fields=wrong)
    if Scope.ADMIN in scopes and not by.admin:
        raise NotAllowed(text("只有系统管理员可以创建“管理”范围的令牌"))
    if Token.objects.filter(person=by.someone, revoked_at=None, expires_at__gt=at).count() >= MOST:
        raise Conflict(text("有效的访问令牌最多{most}个，请先撤销不用的"), most=MOST)
    secret = MARK + secrets.token_urlsafe(32)
    kept = [scope.value for scope in Scope if scope in scopes]
    token = Token.objects.create(
        person_id=by.someone, name=name, prefix=secret[:SHOWN], digest=digest_of(secret), scopes=kept,
        made_at=at, expires_at=at + timedelta(days=days),
    )  # fmt: skip
    changes = {"token": (None, token.prefix), "scopes": (None, kept), "expires_at": (None, token.expires_at)}
    audit.record(
        kind="org.person", id=by.someone, verb="issue_token", by=by, at=at, note=name, changes=changes
    )
    return token, secret


@transaction.atomic
def revoke_token(*, token: int, by: Actor, at: datetime) -> None:
    """Take one's own token out of force at once. Raises NotFound, Conflict when that was done before."""
    mine = Token.objects.filter(pk=token, person=by.someone)
    if not mine.filter(revoked_at=None).update(revoked_at=at):
        if mine.exists():
            raise Conflict(text("这个访问令牌已经撤销"))
        raise NotFound(text("找不到这个访问令牌"))
    found = mine.get()
    audit.record(
        kind="org.person", id=by.someone, verb="revoke_token", by=by, at=at, note=found.name,
        changes={"token": (found.prefix, None)},
    )  # fmt: skip
