"""Viewer: all that decides what a person may see, gathered once a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from bihuan.kernel.errors import NotAllowed, NotFound
from bihuan.kernel.secrecy import Secrecy

P = ParamSpec("P")
FEW = 5
"""Up to so many people below him somebody sees few rows; with more, every page of a list is soon full."""

View = Callable[Concatenate[Any, P], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. Ids are plain numbers; paths are "/1/4/" from the root of the unit tree.

    `clearance` is a ceiling and never grants anything; `admin` shows structure, never content.
    """

    person: int | None
    positions: frozenset[int] = frozenset()
    unit_paths: frozenset[str] = frozenset()
    """Units the person sits in."""
    headed: frozenset[str] = frozenset()
    """Units the person heads."""
    inferiors: frozenset[int] = frozenset()
    """People below this one in the line of superiors, however deep."""
    clearance: Secrecy = Secrecy.INTERNAL
    admin: bool = False
    companies: frozenset[int] = frozenset()
    """Companies whose shared lists the person may use."""

    @property
    def sees_few(self) -> bool:
        """Whether the person sees few rows among all, so that a list had better begin with what is his."""
        return self.person is not None and not self.admin and len(self.inferiors) <= FEW

    @property
    def unit_prefixes(self) -> frozenset[str]:
        """Paths of the own units and all units above them: a grant to any of these reaches here."""
        return frozenset(prefix for path in self.unit_paths for prefix in _prefixes(path))


NOBODY = Viewer(None, clearance=Secrecy.PUBLIC)
"""Someone who has not signed in."""


def _prefixes(path: str) -> list[str]:
    ids = [part for part in path.split("/") if part]
    return [f"/{'/'.join(ids[:count])}/" for count in range(1, len(ids) + 1)]


_sources: list[Callable[[HttpRequest], Viewer]] = []


def provide_viewer(source: Callable[[HttpRequest], Viewer]) -> None:
    """Let the app that knows people say who looks; called once in its `AppConfig.ready()`."""
    _sources[:] = [source]


def viewer_of(request: HttpRequest) -> Viewer:
    """The viewer behind a request; without a source, the person alone with no further rights."""
    if _sources:
        return _sources[0](request)
    actor = getattr(request, "actor", None)
    return NOBODY if actor is None or actor.person is None else Viewer(actor.person, admin=actor.admin)


def signed_in(view: View[P]) -> View[P]:
    """A view for people who have signed in; all others are led to the sign-in page and back."""

    @wraps(view)
    def guarded(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        actor = getattr(request, "actor", None)
        if actor is None or actor.person is None:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return guarded


def require(condition: object, message: str, **params: object) -> None:
    """Raise NotAllowed (403) with a zh-Hans template unless the condition holds."""
    if not condition:
        raise NotAllowed(message, fields=None, **params)


def require_visible(condition: object, message: str, **params: object) -> None:
    """Raise NotFound (404) unless the condition holds: the invisible looks like the absent."""
    if not condition:
        raise NotFound(message, fields=None, **params)
