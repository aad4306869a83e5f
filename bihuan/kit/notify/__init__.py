"""Notices: in the app, and by e-mail for those who want it. Kinds and addresses come from other apps."""

from . import mailing
from .models import MailState, MailWish, Notice, Preference
from .registry import NoticeKind, address_of, kind_named, kinds, provide_address, register_kind
from .services import (
    COLUMNS,
    INSERT,
    Wish,
    notices_of,
    notify,
    prepare,
    read_about,
    read_all,
    read_notice,
    set_preferences,
    unread_count,
    wishes_of,
)

__all__ = [
    "COLUMNS",
    "INSERT",
    "MailState",
    "MailWish",
    "Notice",
    "NoticeKind",
    "Preference",
    "Wish",
    "address_of",
    "kind_named",
    "kinds",
    "mailing",
    "notices_of",
    "notify",
    "prepare",
    "provide_address",
    "read_about",
    "read_all",
    "read_notice",
    "register_kind",
    "set_preferences",
    "unread_count",
    "wishes_of",
]
