"""What moves nothing: comments, copies, read marks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, text
from bihuan.org import public as org
from bihuan.process.models import Case, Comment, Copy, Task
from bihuan.process.queries import participants, require_seen
from bihuan.process.session import Session
from bihuan.process.store import Fact

MAX_COMMENT = 2000  # characters


@transaction.atomic
def comment_case(*, case: int, text_: str, by: Actor, at: datetime) -> Comment:
    """Add a remark to the case's thread; those at work on it are told.

    Raises Invalid when empty or too long, Conflict once the case has ended.
    """
    require_seen(case, by)
    words = text_.strip()
    if not words or len(words) > MAX_COMMENT:
        raise Invalid(text("评论应为1到{most}个字"), most=MAX_COMMENT, fields={"text": [text("请写评论")]})
    session = Session(case, by, at)
    _refuse_archived(session)
    comment = Comment.objects.create(case_id=case, by_id=by.someone, text=words, at=at)
    session.note(Fact("comment", note=words))
    session.outbox.add(participants(case), "comment", text("{case}：{words}"), words=words[:80])
    session.outbox.send()
    return comment


@transaction.atomic
def copy_case(*, case: int, to: Iterable[int], note: str = "", by: Actor, at: datetime) -> int:
    """Show the case to people, to read only (抄送); answers how many are new.

    Raises Invalid for people not in service or whose clearance is below the case's secrecy, Conflict
    once the case has ended.
    """
    require_seen(case, by)
    session = Session(case, by, at)
    _refuse_archived(session)
    people = list(dict.fromkeys(to))
    for person in people:
        if not org.is_in_service(person):
            raise Invalid(text("此人不在职"), fields={"to": [text("此人不在职")]})
        if org.viewer_of_person(person).clearance < session.row.secrecy:
            raise Invalid(
                text("{name}的密级不够"),
                name=org.person_record(person)["name"],
                fields={"to": [text("密级不够")]},
            )
    known = set(Copy.objects.filter(case_id=case, person_id__in=people).values_list("person_id", flat=True))
    fresh = [person for person in people if person not in known]
    Copy.objects.bulk_create(
        Copy(case_id=case, person_id=p, by_id=by.person, note=note, at=at) for p in fresh
    )
    if fresh:
        session.note(Fact("copy", note=note, changes={"people": (None, fresh)}))
        session.outbox.add(fresh, "copied", text("{case}：{words}") if note else "{case}", words=note)
        session.outbox.send()
    return len(fresh)


def _refuse_archived(session: Session) -> None:
    """An ended case is an archive: it is read and never written (R-039)."""
    if session.row.state == Case.State.ENDED:
        raise Conflict(text("流程已经结束归档,不能再改"))


def mark_copy_read(*, case: int, by: Actor, at: datetime) -> None:
    """The person a case was copied to has opened it."""
    Copy.objects.filter(case_id=case, person_id=by.someone, read_at=None).update(read_at=at)


def mark_task_seen(*, task: int, by: Actor, at: datetime) -> None:
    """The handler has opened his task."""
    Task.objects.filter(pk=task, person_id=by.someone, seen_at=None).update(seen_at=at)
