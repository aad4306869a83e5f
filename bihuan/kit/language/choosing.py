"""Choosing a language: kept with the person (`language` of the user model), in a cookie for those not signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.i18n import set_language


def is_offered(language: str) -> bool:
    """Whether this installation speaks a language: it has a catalogue (settings.LANGUAGES)."""
    return language in dict(settings.LANGUAGES)


def language_of(person: int) -> str:
    """The language in which to write to a person: the chosen one while it is offered, else the program's own."""
    people = get_user_model()._default_manager.filter(pk=person)
    chosen = people.values_list("language", flat=True).first() or ""
    return chosen if is_offered(chosen) else settings.LANGUAGE_CODE


@login_not_required
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language sent as `language` and go back to `next`; a signed-in person finds it everywhere."""
    response = set_language(request)
    code = request.POST.get("language", "")
    if request.method == "POST" and is_offered(code) and request.user.is_authenticated:
        get_user_model()._default_manager.filter(pk=request.user.pk).update(language=code)
    return response


class LanguageMiddleware:
    """Speaks the language kept with the person who asks; stands behind sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through, and say in which language the answer is."""
        response = self.get_response(request)
        if hasattr(request, "LANGUAGE_CODE"):
            response.headers["Content-Language"] = request.LANGUAGE_CODE
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Activate it; the person was read by the sign-in check just before."""
        code = getattr(request.user, "language", "")
        if code and is_offered(code):
            translation.activate(code)
            request.LANGUAGE_CODE = code
        return None
