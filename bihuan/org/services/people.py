"""People and the positions they hold."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, text
from bihuan.kit import audit
from bihuan.kit.crud import save_new_row, save_row_changes
from bihuan.org.domain.pinyin import searchable
from bihuan.org.models import Holding, Person, Position
from bihuan.org.registry import may_leave, on_holding_change


@transaction.atomic
def open_person(*, username: str, name: str, by: Actor, at: datetime, **details: Any) -> Person:
    """Enter an employee; without a password nobody can sign in as them yet. Raises Invalid."""
    _refuse_taken(username)
    person = Person(
        username=username, name=name, name_pinyin=searchable(name), password=make_password(None), **details
    )
    return save_new_row(person, by=by, at=at)


@transaction.atomic
def change_person(*, person: Person, by: Actor, at: datetime, **changes: Any) -> Person:
    """Change what is known of an employee. Raises Invalid."""
    if "username" in changes:
        _refuse_taken(changes["username"], but=person.pk)
    if "name" in changes:
        changes["name_pinyin"] = searchable(changes["name"])
    if changes.get("is_admin") is False:
        _refuse_last_admin(person)
    return save_row_changes(person, changes, by=by, at=at)


@transaction.atomic
def close_person(*, person: Person, by: Actor, at: datetime) -> Person:
    """Close the account of someone who leaves: no sign-in, no positions. Raises Conflict while work is open (R-012)."""
    if by.person == person.pk:
        raise Conflict(text("不能停用自己的账号"))
    if not person.is_active:
        raise Conflict(text("“{name}”已经离职"), name=person.name)
    _refuse_last_admin(person)
    for check in may_leave:
        check(person=person)
    for holding in person.holdings.select_related("position", "person"):
        leave_position(holding=holding, by=by, at=at)
    return save_row_changes(person, {"is_active": False, "left_at": at}, by=by, at=at, verb="leave")


@transaction.atomic
def set_password(*, person: Person, password: str, by: Actor, at: datetime) -> None:
    """Give a person a password; all their other sessions end. The history notes the act, not the word."""
    person.set_password(password)
    person.save(update_fields=["password"])
    audit.record(kind="org.person", id=person.pk, verb="set_password", by=by, at=at)


def add_admin(*, username: str, by: Actor, at: datetime) -> tuple[Person, str]:
    """Make `username` (new or known) an administrator with a random password, returned once. Raises Invalid."""
    password = secrets.token_urlsafe(12)
    with transaction.atomic():
        person = Person.objects.filter(username__iexact=username).first()
        if person is None:
            person = open_person(username=username, name=username, is_admin=True, by=by, at=at)
        elif not person.is_active:
            raise Invalid(text("“{name}”已经离职"), name=person.name)
        elif not person.is_admin:
            change_person(person=person, is_admin=True, by=by, at=at)
        set_password(person=person, password=password, by=by, at=at)
    return person, password


@transaction.atomic
def hold_position(
    *,
    person: Person,
    position: Position,
    by: Actor,
    at: datetime,
    main: bool = False,
    since: date | None = None,
    until: date | None = None,
) -> Holding:
    """Let a person hold a position, from a day to a day. The first one is the main one. Raises Invalid."""
    _refuse_backwards(since, until)
    if position.retired_at is not None:
        raise Invalid(text("填写的内容有问题"), fields={"position": [text("已停用，不能选用")]})
    main = main or not person.holdings.exists()
    if main:
        person.holdings.filter(main=True).update(main=False)
    held = Holding(person=person, position=position, main=main, since=since, until=until)
    save_new_row(held, by=by, at=at)
    _tell(held, by, at)
    return held


@transaction.atomic
def change_holding(*, holding: Holding, by: Actor, at: datetime, **changes: Any) -> Holding:
    """Change the days of a holding, or make it the main one. Raises Invalid."""
    _refuse_backwards(changes.get("since", holding.since), changes.get("until", holding.until))
    if {"person", "position"} & changes.keys():
        raise Invalid(text("任职的人员和岗位不能修改，请卸任后重新任职"))
    if changes.get("main"):
        holding.person.holdings.filter(main=True).update(main=False)
    save_row_changes(holding, changes, by=by, at=at)
    _tell(holding, by, at)
    return holding


@transaction.atomic
def leave_position(*, holding: Holding, by: Actor, at: datetime) -> None:
    """End a holding at once; open seats of the position go to whoever still holds it."""
    audit.record(
        kind="org.holding", id=holding.pk, verb="remove", by=by, at=at, note=str(holding),
        company=holding.position.unit.company_id,
    )  # fmt: skip
    person, position = holding.person, holding.position
    holding.delete()
    for tell in on_holding_change:
        tell(position=position, person=person, by=by, at=at)


def _tell(held: Holding, by: Actor, at: datetime) -> None:
    for tell in on_holding_change:
        tell(position=held.position, person=held.person, by=by, at=at)


def _refuse_backwards(since: date | None, until: date | None) -> None:
    if since is not None and until is not None and until < since:
        raise Invalid(text("填写的内容有问题"), fields={"until": [text("不能早于开始日期")]})


def _refuse_taken(username: str, but: int | None = None) -> None:
    """Sign-in names differ by more than their case."""
    taken = Person.objects.filter(username__iexact=username).values_list("pk", flat=True).first()
    if taken is not None and taken != but:
        raise Invalid(text("填写的内容有问题"), fields={"username": [text("登录名已被使用")]})


def _refuse_last_admin(person: Person) -> None:
    others = Person.objects.filter(is_admin=True, is_active=True).exclude(pk=person.pk)
    if person.is_admin and not others.exists():
        raise Conflict(text("“{name}”是最后一位系统管理员"), name=person.name)
