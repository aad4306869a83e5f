"""Marks in forms, and the guard that lets each take effect once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from bihuan.kernel import clock

from .models import Receipt

P = ParamSpec("P")
View = Callable[Concatenate[Any, P], HttpResponse]
FIELD = "once"
KEEP = timedelta(days=2)


def new_mark() -> str:
    """A mark for one form on one page."""
    return secrets.token_urlsafe(12)


def once(view: View[P]) -> View[P]:
    """A view whose redirect is kept with its effects, in one transaction, and repeated for the same form.

    The same form is: the same person, address, mark and content. Forms without a mark pass unguarded.
    """

    @wraps(view)
    def guarded(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST" or not request.POST.get(FIELD):
            return view(request, *args, **kwargs)
        key = _key(request)
        try:
            with transaction.atomic():
                receipt = Receipt.objects.create(key=key, at=clock.now())
                response = view(request, *args, **kwargs)
                if response.status_code == 302:
                    Receipt.objects.filter(pk=receipt.pk).update(url=response.headers["Location"][:500])
                else:
                    transaction.set_rollback(True)  # refused: nothing happened, nothing is kept
                return response
        except IntegrityError:
            found = Receipt.objects.filter(key=key).first()
            if found is None:
                raise
            return redirect(found.url)

    return guarded


def _key(request: HttpRequest) -> str:
    given = request.POST.copy()
    given.pop("csrfmiddlewaretoken", None)
    person = request.actor.person  # type: ignore[attr-defined]
    return hashlib.sha256(f"{person} {request.get_full_path()} {given.urlencode()}".encode()).hexdigest()


def drop_old(at: datetime) -> int:
    """Delete receipts of forms nobody sends again; returns how many."""
    return Receipt.objects.filter(at__lt=at - KEEP).delete()[0]
