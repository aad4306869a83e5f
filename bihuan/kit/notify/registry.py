"""Kinds of notices, and the slot that knows people's e-mail addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .models import MailWish


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind with its label (zh-Hans, also the message id) and what holds where a person chose nothing."""

    code: str
    label: str
    in_app: bool = True
    mail: MailWish = MailWish.OFF


AddressOf = Callable[[int], str | None]
_kinds: dict[str, NoticeKind] = {}
_address: list[AddressOf] = []


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
