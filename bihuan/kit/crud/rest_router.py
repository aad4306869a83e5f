"""What every endpoint of the API has in common: sign-in, scope and right before input is read, and writes made whole.

An app's `api.py` makes an `ApiRouter`, declares each endpoint with `needs(…)` and adds it by
`rest.add_router` (docs/how-to/use-the-api.md shows the other side).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from functools import partial, wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Router, Schema
from ninja.decorators import decorate_view
from ninja.errors import HttpError
from ninja.parser import Parser
from ninja.security import HttpBearer, SessionAuth
from pydantic import ConfigDict

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError, text
from bihuan.kit.access import Scope, require_scope, scopes_of
from bihuan.kit.once import HEADER, answer_once

View = TypeVar("View", bound=Callable[..., Any])
Right = Callable[..., None]
"""Raises NotFound or NotAllowed; called with the request and what stands in its address."""
_KEY = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": "同一个键重复发送只生效一次",
    "schema": {"type": "string", "maxLength": 200},
}


class Strict(Schema):
    """A body in which an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")


class Json(Parser):
    """Reads bodies, but not those nested without end or with characters that no database keeps."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as data; raises HttpError 400 for anything that is no sound JSON."""
        try:
            found = json.loads(request.body)
            source = json.dumps(found, ensure_ascii=False)
            source.encode()
        except (ValueError, RecursionError) as error:
            raise HttpError(400, "JSON") from error
        if "\\u0000" in source:
            raise HttpError(400, "JSON")
        return found


class _Door:
    """Scope and right of one endpoint, asked after the sign-in and before the input is read."""

    def __init__(self, scope: Scope, right: Right | None) -> None:
        self.scope, self.right = scope, right

    def check(self, request: HttpRequest) -> None:
        """Raise NotAllowed or NotFound unless the asker may come in."""
        require_scope(request, self.scope)
        if self.right is not None:
            match = request.resolver_match
            self.right(request, **(match.kwargs if match else {}))


class Bearer(HttpBearer):
    """A program with a personal access token, which a middleware has read."""

    def __init__(self, door: _Door) -> None:
        super().__init__()
        self.door = door

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The person behind the token."""
        if scopes_of(request) is None:
            return None
        self.door.check(request)
        return request.user


class Session(SessionAuth):
    """A person in a browser; writes need the CSRF token."""

    def __init__(self, door: _Door) -> None:
        super().__init__()
        self.door = door

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The person signed in."""
        if not request.user.is_authenticated:
            return None
        self.door.check(request)
        return request.user


def needs(scope: Scope, right: Right | None = None) -> Callable[[View], View]:
    """Say what an endpoint asks of who comes in: the token's scope, and `right(request, **address)`."""

    def say(view: View) -> View:
        cast("Any", view).door = _Door(scope, right)
        return view

    return say


class ApiRouter(Router):
    """A router whose writes are whole, take an Idempotency-Key, and never stand open by oversight."""

    def add_api_operation(self, path: str, methods: list[str], view_func: Any, **options: Any) -> None:
        """Add an endpoint; one that writes must say what it `needs`, reading needs the scope `read`."""
        door: _Door | None = getattr(view_func, "door", None)
        writes = methods != ["GET"]
        if door is None:
            assert not writes, f"{view_func.__name__}: say what it needs"
            door = _Door(Scope.READ, None)
        extra = dict(options.pop("openapi_extra", None) or {})
        if writes:
            extra["parameters"] = [*extra.get("parameters", ()), _KEY]
        options |= {"auth": [Bearer(door), Session(door)], "openapi_extra": extra}
        super().add_api_operation(path, methods, view_func, **options)
        if writes:
            decorate_view(partial(_whole, door.scope))(view_func)


def _whole(scope: Scope, run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The endpoint so that it takes effect wholly or not at all, and once for one Idempotency-Key."""

    @wraps(run)
    def once(request: HttpRequest, **address: Any) -> HttpResponseBase:
        require_scope(request, scope)  # a kept answer is for those who could have asked for it
        return answer_once(request, partial(run, request, **address))

    return once


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request."""
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def refuse_unknown(request: HttpRequest, known: Collection[str]) -> Mapping[str, str]:
    """The parameters of the address; raises DomainError (400) for one that this endpoint has not."""
    for name in request.GET:
        if name not in known:
            raise DomainError(text("不认识的参数：{name}"), name=name)
    return request.GET.dict()
