"""Who asks: `request.actor` and `request.viewer`; nobody gets past here without signing in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from bihuan.kernel.actor import Actor
from bihuan.kit.access import NOBODY, Viewer
from bihuan.kit.ui.errors import error_response
from bihuan.kit.ui.http import wants_fragment, wants_json
from bihuan.kit.ui.problems import PROBLEMS_BY_STATUS
from bihuan.org.models import Person
from bihuan.org.queries import actor_for, positions_of, viewer_for

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


def _actor(request: HttpRequest) -> Actor:
    person = request.user
    if isinstance(person, AnonymousUser) or not isinstance(person, Person):
        return OUTSIDE
    chosen = request.session.get(POSITION_KEY)
    held = {position.pk: position for position in positions_of(person.pk)} if chosen else {}
    return actor_for(person, held.get(chosen) if isinstance(chosen, int) else None)


def _viewer(request: HttpRequest) -> Viewer:
    person = request.user
    return viewer_for(person) if isinstance(person, Person) else NOBODY
