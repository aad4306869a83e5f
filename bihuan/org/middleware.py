"""Who asks: `request.actor` and `request.viewer`; nobody gets past here without signing in.

A program signs in with an access token instead of a session; `request.scopes` then says what it may.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kit.access import NOBODY, Scope, Viewer
from bihuan.kit.ui.errors import error_response, problem_of
from bihuan.kit.ui.http import wants_fragment, wants_json
from bihuan.kit.ui.problems import PROBLEMS_BY_STATUS
from bihuan.org.models import Person, Token
from bihuan.org.queries import actor_for, positions_of, viewer_for
from bihuan.org.tokens import TooMany, secret_in, token_behind

POSITION_KEY = "position"
"""Session key of the position a person chose to act in (R-007)."""
OUTSIDE = Actor(None, "")
"""Someone who has not signed in."""


class ActorMiddleware:
    """Default deny: a view needs sign-in unless it says `@login_not_required`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Attach actor and viewer, read only when someone looks at them."""
        found: Any = request
        refused = _sign_in_program(found)
        if refused is not None:
            return refused
        found.actor = SimpleLazyObject(lambda: _actor(request))
        found.viewer = SimpleLazyObject(lambda: _viewer(request))
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Send strangers to the sign-in page, programs and fragments away with 401."""
        if request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        if wants_json(request) or wants_fragment(request):
            return error_response(request, PROBLEMS_BY_STATUS[401])
        return redirect_to_login(request.get_full_path())


def viewer_of_request(request: HttpRequest) -> Viewer:
    """The viewer the middleware attached; nobody where it has not run."""
    return cast("Viewer", getattr(request, "viewer", NOBODY))


def _sign_in_program(request: Any) -> HttpResponse | None:
    """Let the person behind the request's token be its user; answers 401 or 429 where that cannot be.

    A request with a token never falls back to the session of a cookie (trust.md A16).
    """
    secret = secret_in(request)
    if secret is None:
        return None
    try:
        token = token_behind(secret, clock.now()) if request.path.startswith("/api/") else None
    except TooMany as error:
        response = error_response(request, problem_of(error))
        response.headers["Retry-After"] = str(error.wait)
        return response
    if token is None:
        response = error_response(request, PROBLEMS_BY_STATUS[401])
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    request.user, request.token, request.scopes = token.person, token, frozenset(token.scopes)
    request._dont_enforce_csrf_checks = True  # no browser sends this header by itself
    return None


def _actor(request: HttpRequest) -> Actor:
    person = request.user
    if isinstance(person, AnonymousUser) or not isinstance(person, Person):
        return OUTSIDE
    token: Token | None = getattr(request, "token", None)
    if token is not None:
        by = actor_for(person)
        return replace(by, admin=by.admin and Scope.ADMIN in token.scopes, through=token.name)
    chosen = request.session.get(POSITION_KEY)
    held = {position.pk: position for position in positions_of(person.pk)} if chosen else {}
    return actor_for(person, held.get(chosen) if isinstance(chosen, int) else None)


def _viewer(request: HttpRequest) -> Viewer:
    person = request.user
    if not isinstance(person, Person):
        return NOBODY
    found = viewer_for(person)
    token: Token | None = getattr(request, "token", None)
    return found if token is None or Scope.ADMIN in token.scopes else replace(found, admin=False)
