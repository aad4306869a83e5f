"""The API of oneself; people, units and positions come as registers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest
from ninja import Schema

from bihuan.kit.access import scopes_of
from bihuan.kit.crud.rest import add_router
from bihuan.kit.crud.rest_router import ApiRouter, actor_of, refuse_unknown
from bihuan.org.models import Person, Token
from bihuan.org.queries import positions_of

router = ApiRouter(tags=["我"])


def register() -> None:
    """Called once when the app is ready."""
    add_router("/me", router)


class Post(Schema):
    """A position held."""

    id: int
    code: str
    name: str
    unit: str


class TokenLine(Schema):
    """The token this request came with."""

    name: str
    scopes: list[str]
    expires_at: datetime


class Me(Schema):
    """Who asks, the post he acts in first; without a token `token` is empty."""

    id: int
    username: str
    name: str
    email: str
    mobile: str
    admin: bool
    position: int | None
    positions: list[Post]
    token: TokenLine | None


@router.get("/", response=Me, summary="我是谁")
def me(request: HttpRequest) -> Any:
    """The person behind this request."""
    refuse_unknown(request, ())
    person, by = cast("Person", request.user), actor_of(request)
    token: Token | None = getattr(request, "token", None) if scopes_of(request) is not None else None
    return {
        "id": person.pk,
        "username": person.username,
        "name": person.name,
        "email": person.email,
        "mobile": person.mobile,
        "admin": by.admin,
        "position": by.position,
        "positions": [
            {"id": one.pk, "code": one.code, "name": one.name, "unit": one.unit.name}
            for one in positions_of(person.pk)
        ],
        "token": token,
    }
