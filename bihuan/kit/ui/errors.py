"""Error pages: what happened, what was kept, what to do; as page, fragment or JSON."""

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django_htmx.http import reswap, retarget

from bihuan.kernel.errors import DomainError, text
from bihuan.kit.ui.http import wants_fragment, wants_json
from bihuan.kit.ui.problems import PROBLEMS_BY_STATUS, TOO_LARGE, Problem

PROBLEMS = "#problems"
"""Where a fragment's error goes: a region of every page, so the user's input stays untouched."""


def problem_of(error: DomainError) -> Problem:
    """The problem a domain error stands for, texts translated."""
    known = PROBLEMS_BY_STATUS.get(error.status, PROBLEMS_BY_STATUS[400])
    fields = {path: [gettext(message) for message in found] for path, found in error.fields.items()}
    message = error.text(gettext)
    return Problem(error.status, error.code, known.title, message, known.kept, known.todo, fields)


def error_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Answer ``problem`` in the form the asker understands: JSON, fragment or page."""
    if wants_json(request):
        response: HttpResponse = JsonResponse(_as_json(request, problem), status=problem.status)
    elif wants_fragment(request):
        html = render_to_string("kit/problem.html", {"problem": problem}, request=request)
        response = retarget(HttpResponse(html, status=problem.status), PROBLEMS)
        response = reswap(response, "innerHTML")
    else:
        html = render_to_string(_page(problem.status), {"problem": problem}, request=request)
        response = HttpResponse(html, status=problem.status)
    response.headers["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """``handler400``."""
    too_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return error_response(request, TOO_LARGE if too_large else PROBLEMS_BY_STATUS[400])


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """``handler403``."""
    return error_response(request, PROBLEMS_BY_STATUS[403])


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """``handler404``."""
    return error_response(request, PROBLEMS_BY_STATUS[404])


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """``CSRF_FAILURE_VIEW``: the page is older than the sign-in it was made for."""
    stale = Problem(
        403,
        "stale_page",
        text("页面已失效"),
        text("这个页面打开太久，或在别处重新登录过。"),
        text("填写中的内容保留在本浏览器中，登录后可以恢复。"),
        text("刷新页面后再试。"),
    )
    return error_response(request, stale)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """``handler500``: needs neither database nor session, they may be what is broken."""
    problem = PROBLEMS_BY_STATUS[500]
    if wants_json(request):
        return JsonResponse(_as_json(request, problem), status=500)
    context = {"problem": problem, "request_id": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string("kit/500.html", context), status=500)


def _page(status: int) -> str:
    return f"kit/{status}.html" if status in PROBLEMS_BY_STATUS else "kit/400.html"


def _as_json(request: HttpRequest, problem: Problem) -> dict[str, object]:
    return {
        "error": {
            "code": problem.code,
            "message": gettext(problem.message or problem.title),
            "fields": {path: list(found) for path, found in problem.fields.items()},
            "request_id": getattr(request, "request_id", ""),
        }
    }
