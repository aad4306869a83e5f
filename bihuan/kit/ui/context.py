"""What every page of the shell needs: menu, person, languages, and parts other apps provide.

kit knows no people and no notices. Apps provide those parts in ``AppConfig.ready()``:

===============  =====================================================================================
part             value the callable returns for a request
===============  =====================================================================================
``notices``      ``{"count": int, "url": str, "count_url": str, "settings_url": str}``: the bell and its settings
``person_menu``  ``{"sign_out_url": str, "positions": [{"id", "label", "active"}], "switch_url": str,
                 "links": [{"label", "url", "icon"}]}``
``palette``      ``{"url": str, "page": str}``: addresses of the palette's search (Ctrl-K) and of the search page
``home``         where the logo leads; "/" where no app says
===============  =====================================================================================
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from bihuan.kit.ui.menu import menu

Provider = Callable[[HttpRequest], Any]
_providers: dict[str, Provider] = {}
PARTS = ("notices", "person_menu", "palette", "home")


def provide(part: str, provider: Provider) -> None:
    """Let ``provider`` supply a part of the shell; a later call replaces an earlier one."""
    if part not in PARTS:
        raise ValueError(f"unknown part of the shell: {part}")
    _providers[part] = provider


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor; everything is lazy, so fragments and API answers pay nothing."""
    actor = getattr(request, "actor", None)
    signed_in = actor is not None and actor.person is not None
    parts = {part: _lazy(_providers.get(part) if signed_in else None, request) for part in PARTS}
    return {
        "menu": SimpleLazyObject(lambda: menu.sections(request) if signed_in else ()),
        "actor": actor,
        "signed_in": signed_in,
        "request_id": getattr(request, "request_id", ""),
        "languages": settings.LANGUAGES,
        "language_url": SimpleLazyObject(_language_url),
        **parts,
    }


def _lazy(provider: Provider | None, request: HttpRequest) -> Any:
    return SimpleLazyObject(lambda: provider(request)) if provider else None


def _language_url() -> str:
    """Address of Django's ``set_language`` view, empty where it is not wired."""
    try:
        return reverse("set_language")
    except NoReverseMatch:
        return ""
