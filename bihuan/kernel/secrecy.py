"""Confidentiality levels (rules.md §26). A level is a ceiling for readers, never a grant."""

from __future__ import annotations

from enum import IntEnum

from bihuan.kernel.errors import Invalid, text


class Secrecy(IntEnum):
    """The five levels, from open to most secret; a higher number is more secret."""

    PUBLIC = 0
    INTERNAL = 1
    CONFIDENTIAL = 2
    SECRET = 3
    TOP_SECRET = 4

    @property
    def label(self) -> str:
        """The zh-Hans name, also the message id for translation."""
        return _LABELS[self]

    @classmethod
    def of(cls, label: str) -> Secrecy:
        """The level named `label` (公开 … 绝密); raises Invalid for any other text."""
        for level, name in _LABELS.items():
            if name == label:
                return level
        raise Invalid(text("没有这个密级：{label}"), label=label)


_LABELS = {
    Secrecy.PUBLIC: text("公开"),
    Secrecy.INTERNAL: text("内部"),
    Secrecy.CONFIDENTIAL: text("秘密"),
    Secrecy.SECRET: text("机密"),
    Secrecy.TOP_SECRET: text("绝密"),
}
