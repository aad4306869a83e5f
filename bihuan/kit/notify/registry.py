"""Kinds of notices, and the slot that knows people's e-mail addresses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from .models import MailWish


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind with its label (zh-Hans, also the message id) and what holds where a person chose nothing."""

    code: str
    label: str
    in_app: bool = True
    mail: MailWish = MailWish.OFF
    must: bool = False
    """Whether it always shows in the app: what waits for a decision cannot be switched off."""
    only_mail: bool = False
    """Whether it is a mail and nothing else."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of details in a mail: a text the receiver may read and a path of this program."""

    text: str
    url: str


AddressOf = Callable[[int], str | None]
DetailsOf = Callable[[int, datetime], Sequence[Line]]
_kinds: dict[str, NoticeKind] = {}
_address: list[AddressOf] = []
_details: dict[str, DetailsOf] = {}
_workdays: list[Callable[[date], bool]] = []


def register_kind(kind: NoticeKind) -> None:
    """Make a kind known; saying it again replaces label and defaults."""
    _kinds[kind.code] = kind


def kind_named(code: str) -> NoticeKind:
    """The kind of this code; an unknown one shows in the app and sends no mail."""
    return _kinds.get(code) or NoticeKind(code, code)


def kinds() -> list[NoticeKind]:
    """All kinds in the order they were registered."""
    return list(_kinds.values())


def provide_address(address_of: AddressOf) -> None:
    """Let the app that knows people give the e-mail address of a person id.

    None for those without an address and those who have left: they get no mail.
    """
    _address[:] = [address_of]


def address_of(person: int) -> str | None:
    """The e-mail address of a person, None if there is none or nobody provides any."""
    return _address[0](person) if _address else None


def provide_details(kind: str, details_of: DetailsOf) -> None:
    """Let an app list what stands behind notices of a kind; asked when the mail is sent, for its receiver."""
    _details[kind] = details_of


def details_of(kind: str, person: int, at: datetime) -> Sequence[Line]:
    """The lines that a mail to this person shows under a notice of this kind."""
    return _details[kind](person, at) if kind in _details else ()


def provide_workdays(is_workday: Callable[[date], bool]) -> None:
    """Let the app that knows calendars say on which days people work; until then every day is one."""
    _workdays[:] = [is_workday]


def is_workday(day: date) -> bool:
    """Whether daily mails go out on this day."""
    return _workdays[0](day) if _workdays else True
