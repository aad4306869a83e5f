"""What a view gets and gives: the typed request, page or fragment, and the toast."""

from collections.abc import Mapping
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import trigger_client_event
from django_htmx.middleware import HtmxDetails

from bihuan.kernel.actor import Actor

Tone = Literal["success", "info", "warning", "danger"]


class Request(HttpRequest):
    """A request as the middlewares leave it; use it to annotate views."""

    htmx: HtmxDetails
    actor: Actor
    request_id: str


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx will swap the answer into a part of the page.

    Boosted links and ``hx-select`` ask for whole pages; they say so in ``HX-Request-Type``.
    """
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and htmx.request_type == "partial"


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks: the REST interface, or a script that accepts JSON only."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or accept.startswith("application/json")


def whole_number(given: str) -> int | None:
    """The number a form or address sent, at most 18 plain digits (what an id column holds); None for anything else."""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    partial: str = "content",
    status: int = 200,
) -> HttpResponse:
    """Draw ``template``, or only its ``{% partialdef partial %}`` (where it has one) when htmx asks for a part.

    A form with errors is drawn again with ``status=422``: htmx swaps it in place.
    """
    names = [f"{template}#{partial}", template] if wants_fragment(request) else template
    response = render(request, names, dict(context or {}), status=status)
    response.headers["Vary"] = "HX-Request, HX-Request-Type"
    return response


def toast(response: HttpResponse, text: str, tone: Tone = "success") -> HttpResponse:
    """Let the browser show a short message when this htmx answer arrives.

    Before a redirect use ``django.contrib.messages`` instead: the next page shows it.
    """
    return trigger_client_event(response, "toast", {"text": text, "tone": tone})
