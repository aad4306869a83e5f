"""E-mail: a tick gathers what is due into one mail a person, a job sends it until it went.

Business transactions only write rows; a mail server that is down delays mails and nothing else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from bihuan.kernel import clock
from bihuan.kernel.errors import text
from bihuan.kit.jobs import enqueue, every, job
from bihuan.kit.language import language_of

from .models import MailState, Notice
from .registry import address_of, details_of

MAX_GATHERED = 5_000
KEEP_READ = timedelta(days=180)


def _batch_failed(batch: int) -> None:
    Notice.objects.filter(mail_batch=batch, mail_state=MailState.QUEUED).update(mail_state=MailState.FAILED)


@job("notify.mail", retries=16, timeout=40, atomic=False, on_dead=_batch_failed)
def send_batch(batch: int) -> None:
    """Send the mail that starts with this notice; its Message-ID stays the same on every try."""
    open_states = (MailState.QUEUED, MailState.FAILED)
    notices = list(Notice.objects.filter(mail_batch=batch, mail_state__in=open_states).order_by("id"))
    if not notices:
        return
    ids = [notice.pk for notice in notices]
    address = address_of(notices[0].person)
    if address is None:
        Notice.objects.filter(id__in=ids).update(mail_state=MailState.NONE)
        return
    _message(batch, notices, address).send()
    Notice.objects.filter(id__in=ids).update(mail_state=MailState.SENT)


def _message(batch: int, notices: list[Notice], address: str) -> EmailMultiAlternatives:
    """One mail in its receiver's language, as plain text and as simple HTML."""
    person, now = notices[0].person, clock.now()
    with translation.override(language_of(person)):
        subject = notices[0].words
        if len(notices) > 1:
            subject = gettext("您有{count}条新通知").format(count=len(notices))
        entries = [{"notice": one, "lines": details_of(one.kind, person, now)} for one in notices]
        context = {"entries": entries, "base": settings.BASE_URL.rstrip("/"), "subject": subject}
        body = render_to_string("kit/notify/mail.txt", context)
        page = render_to_string("kit/notify/mail.html", context)
        title = gettext("【闭环】") + " ".join(subject.split())
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    headers = {"Message-ID": f"<notice-{batch}@{host}>", "Auto-Submitted": "auto-generated"}
    mail = EmailMultiAlternatives(title, body, settings.DEFAULT_FROM_EMAIL, [address], headers=headers)
    mail.attach_alternative(page, "text/html")
    return mail


@every("minute", text("汇总并发送通知邮件"))
@transaction.atomic
def gather_mails(at: datetime) -> None:
    """Put what is due into one mail for each person and queue it."""
    due = Notice.objects.filter(mail_state=MailState.DUE, mail_due_at__lte=at)
    found = sorted(due.order_by("mail_due_at", "id").values_list("person", "id")[:MAX_GATHERED])
    for _, rows in groupby(found, key=lambda row: row[0]):
        ids = [id for _, id in rows]
        mine = Notice.objects.filter(id__in=ids, mail_state=MailState.DUE)
        if mine.update(mail_state=MailState.QUEUED, mail_batch=ids[0]):
            enqueue(send_batch, key=str(ids[0]), batch=ids[0])


@every("day 03:50", text("清理已读的旧通知"))
def drop_old_notices(at: datetime) -> None:
    """Notices read half a year ago go."""
    Notice.objects.filter(read_at__lt=at - KEEP_READ).exclude(
        mail_state__in=[MailState.DUE, MailState.QUEUED]
    ).delete()
