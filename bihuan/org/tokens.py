"""Reading the access token of a request, and how many requests it may make."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from django.conf import settings
from django.http import HttpRequest

from bihuan.kernel.errors import DomainError, text
from bihuan.org.models import Token
from bihuan.org.services.tokens import digest_of

SCHEME = "bearer"
MINUTE = 60
REMEMBERED = 10_000
NOTED_EVERY = timedelta(minutes=1)
"""The time of last use is written no more often."""


class TooMany(DomainError):  # noqa: N818 - named like the other domain errors
    """More requests than a token has a minute; `wait` seconds and it may go on."""

    status = 429
    code = "too_many"

    def __init__(self, wait: int) -> None:
        super().__init__(text("请求太多，请在{wait}秒后再试"), wait=wait)
        self.wait = wait


class Allowance:
    """Counts requests by token and minute, in this process: cheap enough to ask every time."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._lock = Lock()

    def take(self, token: str, at: datetime, limit: int) -> None:
        """Count one request of a token; raises TooMany beyond `limit` requests in this minute."""
        second = int(at.timestamp())
        minute = second // MINUTE
        with self._lock:
            then, count = self._counts.pop(token, (minute, 0))
            count = count + 1 if then == minute else 1
            self._counts[token] = (minute, count)
            if len(self._counts) > REMEMBERED:
                self._counts.popitem(last=False)
        if count > limit:
            raise TooMany(MINUTE - second % MINUTE)


allowance = Allowance()


def secret_in(request: HttpRequest) -> str | None:
    """The token a request carries; None where it carries none, "" where it is no token."""
    given = request.headers.get("Authorization")
    if given is None:
        return None
    scheme, _, secret = given.partition(" ")
    if scheme.lower() != SCHEME:
        # A proxy may ask for a password of its own; the API itself knows tokens only.
        return "" if request.path.startswith("/api/") else None
    return secret.strip()


def token_behind(secret: str, at: datetime) -> Token | None:
    """The token in force behind a secret, its person in service; notes that it was used.

    Raises TooMany (429) beyond the requests it has a minute.
    """
    found = Token.objects.select_related("person").filter(digest=digest_of(secret)).first()
    if found is None or not found.is_valid(at) or not found.person.is_active:
        return None
    allowance.take(found.digest, at, settings.API_REQUESTS_A_MINUTE)
    if found.last_used_at is None or at - found.last_used_at >= NOTED_EVERY:
        Token.objects.filter(pk=found.pk).update(last_used_at=at)
    return found
