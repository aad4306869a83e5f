"""Telling people: notices are rows written in the transaction that causes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, NotFound, text
from bihuan.kit.keyset import count_up_to
from bihuan.kit.links import Ref

from .models import MailState, MailWish, Notice, Preference
from .registry import is_workday, kind_named, kinds

DIGEST_TIME = time(8, 30)
"""Daily mails go out at 08:30 (Asia/Shanghai) on working days."""
_LONGEST_BREAK = 30
"""Days without a working day after which a daily mail goes out all the same."""

COLUMNS = (
    "person",
    "kind",
    "text",
    "params",
    "url",
    "about_kind",
    "about_id",
    "at",
    "by_name",
    "in_app",
    "mail_state",
    "mail_due_at",
)
"""Columns of `kit_notice` in the order of the rows that `prepare` returns; the others are null."""

INSERT = (
    "INSERT INTO kit_notice (" + ", ".join(f'"{name}"' for name in COLUMNS) + ") "
    "VALUES (" + ", ".join(["%s"] * len(COLUMNS)) + ")"
)
"""For `cursor.executemany(notify.INSERT, rows)` in the one place that writes by hand, process/store/."""

Row = tuple[Any, ...]


class Wish(NamedTuple):
    """How someone wants a notice."""

    in_app: bool
    mail: str


def prepare(
    *,
    people: Iterable[int],
    kind: str,
    text: str,
    url: str,
    by: Actor,
    at: datetime,
    about: Ref | None = None,
    params: Mapping[str, Any] | None = None,
    wishes: Mapping[int, Wish] | None = None,
) -> list[Row]:
    """Rows (see `COLUMNS`, `INSERT`) for these people, each once, in their order.

    Whoever wants neither notice nor mail gets no row. `wishes` saves the query for preferences.
    """
    receivers = list(dict.fromkeys(people))
    chosen = wishes_of(receivers, kind) if wishes is None else wishes
    normal = kind_named(kind)
    default = Wish(normal.in_app, normal.mail)
    filled = _filled(params) if params else None
    rows = []
    for person in receivers:
        wish = chosen.get(person, default)
        state, due = _mail(wish.mail, at)
        in_app = wish.in_app or normal.must
        if not in_app and state == MailState.NONE:
            continue
        about_kind, about_id = (about.kind, about.id) if about else ("", None)
        rows.append(
            (person, kind, _clean(text, 300), filled, _path(url), about_kind, about_id, _moment(at),
             _clean(by.name, 80), in_app, state.value, _moment(due))
        )  # fmt: skip
    return rows


def notify(
    *,
    people: Iterable[int],
    kind: str,
    text: str,
    url: str,
    by: Actor,
    at: datetime,
    about: Ref | None = None,
    params: Mapping[str, Any] | None = None,
) -> int:
    """Tell these people, in the caller's transaction; returns how many rows were written.

    `text` is shown as it is, also in mails: it must say nothing the receiver may not see. With `params` it
    is a zh-Hans template marked for translation, and each receiver reads it in his language.
    `url` is a path of this program ("/cases/3/"). Raises Invalid for any other address.
    """
    return write(
        prepare(people=people, kind=kind, text=text, params=params, url=url, by=by, at=at, about=about)
    )


def write(rows: list[Row]) -> int:
    """Write prepared rows in the caller's transaction; returns how many."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(INSERT, rows)
    return len(rows)


def wishes_of(people: Iterable[int], kind: str) -> dict[int, Wish]:
    """What these people chose for a kind; those who chose nothing are left out. One query."""
    found = list(people)
    if not found:
        return {}
    marks = ", ".join(["%s"] * len(found))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT person, in_app, mail FROM kit_preference WHERE kind = %s AND person IN ({marks})",  # noqa: S608
            [kind, *found],
        )
        return {person: Wish(bool(in_app), mail) for person, in_app, mail in cursor.fetchall()}


def _moment(at: datetime | None) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _mail(wish: str, at: datetime) -> tuple[MailState, datetime | None]:
    if wish == MailWish.OFF or not mail_is_set_up():
        return MailState.NONE, None
    return MailState.DUE, _next_digest(at) if wish == MailWish.DAILY else at


def mail_is_set_up() -> bool:
    """Whether this installation sends mail: a backend other than SMTP, or an SMTP host."""
    return not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend") or bool(settings.EMAIL_HOST)


def _next_digest(at: datetime) -> datetime:
    local = clock.aware(at)
    first = datetime.combine(local.date(), DIGEST_TIME, clock.TZ)
    first += timedelta(days=0 if local < first else 1)
    coming = (first + timedelta(days=number) for number in range(_LONGEST_BREAK))
    return next((moment for moment in coming if is_workday(moment.date())), first)


def _clean(value: str, length: int) -> str:
    return " ".join(value.replace("\x00", "").split())[:length]


def _filled(params: Mapping[str, Any]) -> str:
    return json.dumps({key: _clean(str(value), 200) for key, value in params.items()}, ensure_ascii=False)


def _path(url: str) -> str:
    if url and (not url.startswith("/") or url.startswith(("//", "/\\")) or len(url) > 300):
        raise Invalid(text("通知的链接必须是本系统的地址"))
    return url


def read_notice(*, notice_id: int, person: int, at: datetime) -> Notice:
    """Mark one of a person's notices as read. Raises NotFound, also for someone else's."""
    found = Notice.objects.filter(id=notice_id, person=person, in_app=True).first()
    if found is None:
        raise NotFound(text("找不到这条通知"))
    Notice.objects.filter(id=notice_id, read_at__isnull=True).update(read_at=at)
    return found


def read_all(*, person: int, at: datetime) -> int:
    """Mark all of a person's notices as read; returns how many were not."""
    return Notice.objects.filter(person=person, in_app=True, read_at__isnull=True).update(read_at=at)


def read_about(*, person: int, about: Ref, at: datetime) -> int:
    """Mark what a person was told about one record as read: they have just looked at it."""
    told = Notice.objects.filter(about_kind=about.kind, about_id=about.id, person=person)
    return told.filter(read_at__isnull=True).update(read_at=at)


@transaction.atomic
def set_preferences(*, person: int, wishes: Mapping[str, Wish]) -> None:
    """Keep how a person wants each kind; what must show in the app does. Raises Invalid for what is unknown."""
    known = {kind.code for kind in kinds()}
    for code, wish in wishes.items():
        if code not in known or wish.mail not in MailWish.values:
            raise Invalid(text("没有这种通知设置"))
        Preference.objects.update_or_create(
            person=person,
            kind=code,
            defaults={"in_app": wish.in_app or kind_named(code).must, "mail": wish.mail},
        )


def wanting_mail(kind: str) -> list[int]:
    """The people who chose to get mails of a kind that sends none by itself."""
    chosen = Preference.objects.filter(kind=kind).exclude(mail=MailWish.OFF).order_by("person")
    return list(chosen.values_list("person", flat=True))


def unread_count(person: int) -> int:
    """How many notices a person has not read, at most `MANY`."""
    return count_up_to(Notice.objects.filter(person=person, in_app=True, read_at__isnull=True))


def notices_of(
    person: int, *, unread: bool = False, before: int | None = None, limit: int = 50
) -> list[Notice]:
    """A person's notices, newest first; `before` is the id the next page starts under."""
    found = Notice.objects.filter(person=person, in_app=True)
    if unread:
        found = found.filter(read_at__isnull=True)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[:limit])
