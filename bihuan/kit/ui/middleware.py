"""Middlewares of the shell: a request id on everything, domain errors turned into answers."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from bihuan.kernel.errors import DomainError
from bihuan.kit import logs
from bihuan.kit.ui.errors import error_response, problem_of
from bihuan.kit.ui.http import wants_fragment, wants_json
from bihuan.kit.ui.problems import PROBLEMS_BY_STATUS, TOO_LARGE, UNREADABLE

logger = logging.getLogger(__name__)
requests = logging.getLogger("bihuan.requests")
"""A line a request at INFO: method, path, status, milliseconds; never what was asked for or sent."""

GetResponse = Callable[[HttpRequest], HttpResponse]
_KNOWN_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


class RequestIdMiddleware:
    """Gives each request an id (or keeps a proxy's ``X-Request-ID``) and returns it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set ``request.request_id`` and the response header."""
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _KNOWN_ID.fullmatch(given) else secrets.token_hex(8)
        request.request_id = request_id  # type: ignore[attr-defined]
        known, begun = logs.request_id.set(request_id), time.perf_counter()
        try:
            response = self.get_response(request)
            requests.info(
                "%s %s %s", request.method, request.path, response.status_code,
                extra={"facts": {"ms": round((time.perf_counter() - begun) * 1000)}},
            )  # fmt: skip
        finally:
            logs.request_id.reset(known)
        response.headers["X-Request-ID"] = request_id
        return response


class PermissionsMiddleware:
    """Says which abilities of a device our pages ask for; frames of other origins get none (R-049)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set ``Permissions-Policy``."""
        response = self.get_response(request)
        response.headers["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        return response


class InputMiddleware:
    """Turns away, before anything is parsed or kept, bodies too large for any page and text no database keeps."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 413 or 400, else pass on. Without a length the server gives us no body at all."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length[:18]) > settings.LARGEST_BODY:
            return error_response(request, TOO_LARGE)
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return error_response(request, UNREADABLE)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """Answer 400 to a form with such text."""
        if any("\0" in name or "\0" in "".join(values) for name, values in request.POST.lists()):
            return error_response(request, UNREADABLE)
        return None


class HeadMiddleware:
    """Answers HEAD at the API as GET would be answered; whoever sends the answer leaves its body out."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the endpoint see a GET; the request is a HEAD again when the answer is sent."""
        if request.method != "HEAD" or not request.path.startswith("/api/"):
            return self.get_response(request)
        request.method = "GET"
        response = self.get_response(request)
        request.method = "HEAD"
        return response


class DomainErrorMiddleware:
    """Turns a raised ``DomainError`` into page, fragment or JSON; an expired sign-in into a 401.

    Without the second, htmx and drafts would follow the redirect and take the sign-in page for
    their answer.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through, except redirects to the sign-in page that a script would follow."""
        response = self.get_response(request)
        scripted = wants_fragment(request) or wants_json(request)
        if scripted and _leads_to_sign_in(response):
            return error_response(request, PROBLEMS_BY_STATUS[401])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer domain errors; leave everything else to Django."""
        if not isinstance(exception, DomainError):
            return None
        logger.info("%s %s: %s", exception.status, request.path, exception.code)
        return error_response(request, problem_of(exception))


def _leads_to_sign_in(response: HttpResponse) -> bool:
    if response.status_code != 302:
        return False
    target = response.headers.get("Location", "").split("?")[0]
    return target == resolve_url(settings.LOGIN_URL).split("?")[0]
