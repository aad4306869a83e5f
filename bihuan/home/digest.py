"""The daily summary by mail (R-314): at 08:30 on working days, to those who chose it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.errors import text
from bihuan.kit import notify
from bihuan.kit.jobs import every
from bihuan.kit.notify import Line, MailWish, NoticeKind, Wish
from bihuan.org import public as org
from bihuan.process import public as process

KIND = NoticeKind("digest", text("每日工作摘要"), in_app=False, only_mail=True)
LINES = 20
"""To-dos and copies listed in one mail; the rest stands behind the first link."""


def connect() -> None:
    """Make the kind known, and what its mails list; called once when the app is ready."""
    notify.register_kind(KIND)
    notify.provide_details(KIND.code, lines_of)


@every("day 08:30", text("发送每日工作摘要"))
def send_digests(at: datetime) -> None:
    """Write one notice for each person who chose the summary and has something in it; the mail goes at once."""
    if not org.calendar_for().is_workday(clock.aware(at).date()):
        return
    at_once = Wish(in_app=False, mail=MailWish.ONCE)
    for person in notify.wanting_mail(KIND.code):
        if counts := _counts(person, at):
            rows = notify.prepare(
                people=[person],
                kind=KIND.code,
                text=text("今日待办{waiting}项，其中逾期{late}项；未读抄送{unread}项"),
                params=counts,
                url="/",
                by=SYSTEM,
                at=at,
                wishes={person: at_once},
            )
            notify.write(rows)


def _counts(person: int, at: datetime) -> dict[str, int]:
    """What waits for a person; empty when nothing does."""
    waiting = process.inbox(person).count()
    unread = process.copied(org.viewer_of_person(person)).filter(read_at=None).count()
    if not waiting and not unread:
        return {}
    return {"waiting": waiting, "late": process.overdue_count(person, at), "unread": unread}


def lines_of(person: int, at: datetime) -> list[Line]:
    """A person's to-dos with their due times, then his unread copies: nothing but what stands on his own lists."""
    found = []
    for task in process.inbox(person)[:LINES]:
        late = gettext("（已逾期）") if task.due_at < at else ""
        title = task.case.title or task.case.number
        day, hour = clock.until(task.due_at)
        found.append(Line(f"{title} · {task.name} · {day:%m-%d} {hour}{late}", f"/tasks/{task.pk}/"))
    unread = process.copied(org.viewer_of_person(person)).filter(read_at=None)[: LINES - len(found)]
    for copy in unread:
        title = copy.case.title or copy.case.number
        found.append(Line(gettext("抄送：{title}").format(title=title), f"/cases/{copy.case_id}/"))
    return found
