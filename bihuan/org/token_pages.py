"""我的访问令牌: a person's access tokens, making one and revoking it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.kernel import clock
from bihuan.kernel.errors import Invalid
from bihuan.kit.access import Scope
from bihuan.kit.ui.http import Request, render_page, whole_number
from bihuan.org import services
from bihuan.org.models import Token
from bihuan.org.services.tokens import DAYS

USUAL = (Scope.READ,)
USUAL_DAYS = 90


@require_http_methods(["GET", "POST"])
def tokens_page(request: Request) -> HttpResponse:
    """One's tokens and the form for a new one; a POST makes it and shows its secret, this once."""
    if request.method != "POST":
        return _draw(request)
    scopes = request.POST.getlist("scopes")
    days = whole_number(request.POST.get("days", "")) or 0
    try:
        _, secret = services.issue_token(
            name=request.POST.get("name", ""), scopes=scopes, days=days, by=request.actor, at=clock.now()
        )
    except Invalid as error:
        return _draw(request, error=error)
    response = _draw(request, secret=secret)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def revoke(request: Request, token_id: int) -> HttpResponse:
    """Take a token out of force."""
    services.revoke_token(token=token_id, by=request.actor, at=clock.now())
    messages.success(request, gettext("访问令牌已撤销，用它的程序不能再访问"))
    return redirect("org:tokens")


def _names(token: Token) -> str:
    """The scopes of a token in a word each."""
    return "、".join(gettext(Scope(code).label).partition("：")[0] for code in token.scopes)


def _draw(request: Request, *, secret: str = "", error: Invalid | None = None) -> HttpResponse:
    given: Any = request.POST if error is not None else {}
    chosen = request.POST.getlist("scopes") if error is not None else list(USUAL)
    now = clock.now()
    context = {
        "title": gettext("访问令牌"),
        "subtitle": gettext("让程序代您查看和办理；权限不会超过您本人"),
        "secret": secret,
        "name": given.get("name", ""),
        "days": whole_number(given.get("days", "")) or USUAL_DAYS,
        "day_choices": DAYS,
        "scopes": [
            (scope.value, gettext(scope.label), scope.value in chosen)
            for scope in Scope
            if scope != Scope.ADMIN or request.actor.admin
        ],
        "errors": {key: "".join(map(gettext, found)) for key, found in error.fields.items()} if error else {},
        "tokens": [
            (token, _names(token), token.is_valid(now))
            for token in Token.objects.filter(person=request.actor.someone)[:50]
        ],
    }
    return render_page(request, "org/tokens.html", context, status=422 if error else 200)
