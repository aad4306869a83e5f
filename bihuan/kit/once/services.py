"""Marks in forms and keys of programs, and the guards that let each take effect once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from bihuan.kernel import clock
from bihuan.kernel.errors import DomainError, Invalid, text

from .models import Receipt

P = ParamSpec("P")
View = Callable[Concatenate[Any, P], HttpResponse]
FIELD = "once"
HEADER = "Idempotency-Key"
REPEATED = "Idempotent-Replayed"
"""Set on an answer that was given before."""
LONGEST_KEY = 200
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
    return _digest(f"{person} {request.get_full_path()} {given.urlencode()}".encode())


def answer_once(request: Any, work: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer to a program's write, kept with its effects under its Idempotency-Key and repeated for it.

    `work` does it and answers; nothing of a refused write (status 400 and above) is kept, it may be sent
    again. Without the header the write is only made whole: all of it or nothing. Raises Invalid where
    the key was used for another request, DomainError for a key that is none.
    """
    name = request.headers.get(HEADER)
    if name is None:
        with transaction.atomic():
            return _unless_refused(work())
    if not 0 < len(name) <= LONGEST_KEY or not name.isprintable():
        raise DomainError(text("Idempotency-Key应为1到{most}个字符"), most=LONGEST_KEY)
    key = _digest(f"{request.actor.person} {request.method} {request.get_full_path()} {name}".encode())
    content = _content(request)
    try:
        with transaction.atomic():
            receipt = Receipt.objects.create(key=key, content=content, at=clock.now())
            response = _unless_refused(work())
            if response.status_code < 400 and isinstance(response, HttpResponse):
                kept = {"status": response.status_code, "answer": response.content.decode()}
                Receipt.objects.filter(pk=receipt.pk).update(**kept)
            return response
    except IntegrityError:
        found = Receipt.objects.filter(key=key).first()
        if found is None:
            raise
        return _repeated(found, content)


def _unless_refused(response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code >= 400:
        transaction.set_rollback(True)
    return response


def _repeated(found: Receipt, content: str) -> HttpResponse:
    if found.content != content:
        raise Invalid(text("这个Idempotency-Key已经用于另一个请求"))
    response = HttpResponse(found.answer, status=found.status, content_type="application/json")
    response.headers[REPEATED] = "true"
    return response


def _content(request: HttpRequest) -> str:
    """The digest of what was sent; of an upload the parts, since each envelope differs."""
    if request.content_type != "multipart/form-data":
        return _digest(request.body)
    found = hashlib.sha256(request.POST.urlencode().encode())
    for name in sorted(request.FILES):
        file = cast("UploadedFile[Any]", request.FILES[name])
        found.update(f"{name} {file.name} ".encode())
        for chunk in file.chunks():
            found.update(chunk)
        file.seek(0)
    return found.hexdigest()


def _digest(given: bytes) -> str:
    return hashlib.sha256(given).hexdigest()


def drop_old(at: datetime) -> int:
    """Delete receipts of requests nobody sends again; returns how many."""
    return Receipt.objects.filter(at__lt=at - KEEP).delete()[0]
