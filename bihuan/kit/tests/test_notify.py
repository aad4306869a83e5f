"""Notices and mails: who gets what, each once, whatever the mail server does."""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from django.test import RequestFactory

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.clock import TZ, FixedClock
from bihuan.kernel.errors import Invalid, NotFound
from bihuan.kit import jobs
from bihuan.kit import notify as notices
from bihuan.kit.links import Ref
from bihuan.kit.notify import MailState, MailWish, Notice, NoticeKind, Wish, registry, views
from bihuan.kit.notify.mailing import drop_old_notices, gather_mails

AT = datetime(2026, 11, 21, 9, 30, tzinfo=TZ)
BY = Actor(1, "王芳")
pytestmark = pytest.mark.django_db


class Server(EmailBackend):
    """A mail server that can be down."""

    down = False

    def send_messages(self, messages):
        if Server.down:
            raise smtplib.SMTPServerDisconnected("连接中断")
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def at_nine(settings, monkeypatch):
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    settings.BASE_URL = "https://bihuan.example/"
    Server.down = False
    monkeypatch.setattr(registry, "_kinds", {})
    monkeypatch.setattr(registry, "_address", [])
    monkeypatch.setattr(registry, "_details", {})
    monkeypatch.setattr(registry, "_workdays", [])
    notices.register_kind(NoticeKind("task", "新任务", mail=MailWish.ONCE))
    notices.register_kind(NoticeKind("digest", "日报", mail=MailWish.DAILY))
    notices.register_kind(NoticeKind("copy", "抄送"))
    notices.provide_address(lambda person: f"p{person}@example.com" if person < 90 else None)
    with clock.use(FixedClock(AT)) as fixed:
        yield fixed


def tell(
    *people: int, kind: str = "task", text: str = "请审批", url: str = "/cases/3/", at: datetime = AT
) -> int:
    return notices.notify(people=people, kind=kind, text=text, url=url, about=Ref("case", 3), by=BY, at=at)


def work(moment: datetime) -> None:
    gather_mails(moment)
    jobs.run_waiting(moment)


def mails() -> list[tuple[str, str]]:
    return [(message.to[0], message.subject) for message in mail.outbox]


def test_each_person_once_in_one_statement(django_assert_num_queries):
    with django_assert_num_queries(2):
        assert tell(5, 6, 5, text="请\n审批\x00 合同") == 2
    notice = Notice.objects.get(person=5)
    assert (notice.text, notice.url, notice.by_name, notice.at) == ("请 审批 合同", "/cases/3/", "王芳", AT)
    assert (notice.about_kind, notice.about_id, notice.mail_state) == ("case", 3, MailState.DUE)


def test_prepared_rows():
    rows = notices.prepare(people=[5], kind="copy", text="x", url="", by=BY, at=AT, wishes={})
    with connection.cursor() as cursor:
        cursor.executemany(notices.INSERT, rows)
    assert (Notice.objects.get().at, Notice.objects.get().mail_state) == (AT, MailState.NONE)


def test_wishes_are_heeded():
    notices.set_preferences(person=5, wishes={"task": Wish(False, "off")})
    notices.set_preferences(person=6, wishes={"task": Wish(False, "once")})
    notices.set_preferences(person=7, wishes={"task": Wish(True, "off")})
    assert tell(5, 6, 7) == 2
    assert [notices.unread_count(person) for person in (5, 6, 7)] == [0, 0, 1]
    work(AT)
    assert mails() == [("p6@example.com", "【闭环】请审批")]
    with pytest.raises(Invalid):
        notices.set_preferences(person=5, wishes={"nope": Wish(True, "off")})
    with pytest.raises(Invalid):
        notices.set_preferences(person=5, wishes={"task": Wish(True, "hourly")})


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "//evil.example/", "/\\evil", "javascript:alert(1)"]
)
def test_links_stay_in_the_program(url):
    with pytest.raises(Invalid):
        tell(5, url=url)


def test_mails_are_grouped_and_sent_once():
    tell(5)
    tell(5, text="请会签")
    tell(6)
    work(AT)
    work(AT + timedelta(minutes=1))
    assert mails() == [("p5@example.com", "【闭环】您有2条新通知"), ("p6@example.com", "【闭环】请审批")]
    body = mail.outbox[0].body
    assert "请会签" in body
    assert "https://bihuan.example/cases/3/" in body
    assert set(Notice.objects.values_list("mail_state", flat=True)) == {MailState.SENT}


def test_a_daily_mail_waits_for_the_morning():
    tell(5, kind="digest", text="一")
    tell(5, kind="digest", text="二", at=AT.replace(hour=23))
    tell(5, kind="digest", text="三", at=AT + timedelta(hours=23))
    work(AT + timedelta(hours=12))
    assert mails() == []
    work(datetime(2026, 11, 22, 8, 30, tzinfo=TZ))
    assert mails() == [("p5@example.com", "【闭环】您有2条新通知")]


def test_a_daily_mail_waits_for_a_working_day():
    notices.provide_workdays(lambda day: day.weekday() < 5)
    tell(5, kind="digest")  # on Saturday
    assert Notice.objects.get().mail_due_at == datetime(2026, 11, 23, 8, 30, tzinfo=TZ)


def test_a_mail_is_plain_text_and_html_with_its_details():
    notices.provide_details("task", lambda person, at: [notices.Line(f"<b>第{person}件</b>", "/tasks/7/")])
    tell(5, text="请审批 <合同>")
    work(AT)
    sent = mail.outbox[0]
    assert "请审批 <合同>" in sent.body
    assert "- <b>第5件</b>\n  https://bihuan.example/tasks/7/" in sent.body
    (page, kind), *_ = sent.alternatives
    assert kind == "text/html"
    assert '<a href="https://bihuan.example/tasks/7/">&lt;b&gt;第5件&lt;/b&gt;</a>' in page
    assert "请审批 &lt;合同&gt;" in page


def test_what_waits_for_a_decision_cannot_be_switched_off_in_the_app():
    notices.register_kind(NoticeKind("task", "新任务", must=True))
    notices.set_preferences(person=5, wishes={"task": Wish(False, "off")})
    assert notices.wishes_of([5], "task") == {5: Wish(True, "off")}
    assert notices.prepare(
        people=[5], kind="task", text="x", url="", by=BY, at=AT, wishes={5: Wish(False, "off")}
    )
    form = views.preferences(ask()).content.decode()
    assert 'name="app-task" aria-label="新任务 站内显示" checked disabled' in form


def test_the_server_is_down_for_an_hour(at_nine):
    """Trust B26: business goes on, afterwards each message arrives once."""
    Server.down = True
    for minute in range(60):
        at_nine.move_to(AT + timedelta(minutes=minute))
        if minute % 10 == 0:
            with transaction.atomic():
                assert tell(5, 6, text=f"第{minute}分", at=clock.now()) == 2
        work(clock.now())
    assert mails() == []
    assert not jobs.QueuedJob.objects.filter(state=jobs.JobState.DEAD).exists()
    Server.down = False
    for minute in range(60, 80):
        at_nine.move_to(AT + timedelta(minutes=minute))
        work(clock.now())
    assert len(mails()) == 12
    assert len({(message.to[0], message.subject) for message in mail.outbox}) == 12
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 12


def test_a_mail_that_never_goes_is_marked_and_can_be_retried(at_nine):
    Server.down = True
    tell(5)
    for _ in range(20):
        work(clock.now())
        at_nine.advance(timedelta(minutes=16))
    assert Notice.objects.get().mail_state == MailState.FAILED
    dead = jobs.QueuedJob.objects.get(state=jobs.JobState.DEAD)
    assert "连接中断" in dead.reason
    Server.down = False
    jobs.retry_job(job_id=dead.pk, by=BY, at=clock.now())
    work(clock.now())
    assert (len(mails()), Notice.objects.get().mail_state) == (1, MailState.SENT)


def test_nobody_without_address_or_server(settings):
    tell(95)
    work(AT)
    assert mails() == []
    assert Notice.objects.get().mail_state == MailState.NONE
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", ""
    tell(5)
    assert Notice.objects.get(person=5).mail_state == MailState.NONE


def test_reading():
    tell(5, 6)
    tell(5)
    first = Notice.objects.filter(person=5).first()
    notices.read_notice(notice_id=first.pk, person=5, at=AT)
    assert notices.unread_count(5) == 1
    with pytest.raises(NotFound):
        notices.read_notice(notice_id=first.pk, person=6, at=AT)
    assert len(notices.notices_of(5)) == 2
    assert len(notices.notices_of(5, unread=True)) == 1
    assert notices.notices_of(5, before=first.pk) == []
    assert notices.read_about(person=5, about=Ref("case", 3), at=AT) == 1
    assert notices.read_all(person=6, at=AT) == 1
    assert notices.unread_count(6) == 0


def test_old_notices_go():
    tell(5, 6, kind="copy")
    notices.read_all(person=5, at=AT)
    drop_old_notices(AT + timedelta(days=181))
    assert list(Notice.objects.values_list("person", flat=True)) == [6]


# ── doors ──────────────────────────────────────────────────────────────────────────────────────


def ask(method: str = "get", person: int | None = 5, data: dict | None = None):
    request = getattr(RequestFactory(), method)("/notices/", data)
    request.actor = Actor(person, "李明")
    return request


def test_opening_a_notice_reads_it_and_leads_on(settings):
    tell(5)
    number = Notice.objects.get().pk
    response = views.notice_open(ask(), number)
    assert response["Location"] == "/cases/3/"
    assert views.bell(ask()) == {
        "count": 0,
        "url": "/notices/",
        "count_url": "/notices/count/",
        "settings_url": "/notices/preferences/",
    }
    with pytest.raises(NotFound):
        views.notice_open(ask(person=6), number)
    settings.LOGIN_URL = "/sign-in/"
    assert views.notice_open(ask(person=None), number)["Location"] == "/sign-in/?next=/notices/"


def test_reading_all_by_the_page():
    tell(5)
    tell(5)
    views.notice_read(ask("post"), Notice.objects.first().pk)
    assert notices.unread_count(5) == 1
    views.notice_read_all(ask("post"))
    assert notices.unread_count(5) == 0
    assert views.notice_read_all(ask()).status_code == 405


def test_the_bells_number():
    tell(5)
    assert "1" in views.notice_count(ask()).content.decode()
    assert views.notice_count(ask(person=6)).content.decode().strip() == ""


def test_the_pages():
    for number in range(51):
        tell(5, text=f"通知{number}")
    page = views.notice_list(ask()).content.decode()
    assert "通知50" in page
    assert "通知0<" not in page
    assert f"before={Notice.objects.order_by('id')[1].pk}" in page
    assert "<c-" not in page
    empty = views.notice_list(ask(person=6, data={"unread": "1", "before": "x"})).content.decode()
    assert "没有通知" in empty
    form = views.preferences(ask()).content.decode()
    assert 'name="mail-task"' in form
    assert '<option value="once" selected>立即发送</option>' in form


def test_preferences_are_kept(monkeypatch):
    monkeypatch.setattr(views.messages, "success", lambda *_: None)
    sent = {"app-task": "on", "mail-task": "daily", "mail-digest": "off", "mail-copy": "off"}
    assert views.preferences(ask("post", data=sent)).status_code == 302
    assert notices.wishes_of([5], "task") == {5: Wish(True, "daily")}
    assert notices.wishes_of([5], "copy") == {5: Wish(False, "off")}
