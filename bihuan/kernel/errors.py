"""Errors that people are meant to read.

A service raises one of these; the middleware in `kit/ui` turns it into a page, a partial or JSON.
The message is the zh-Hans text and at the same time the gettext message id (ADR 0003), so the
translated text is made only when someone looks: `error.text(gettext)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType


def text(message: str) -> str:
    """Mark `message` (zh-Hans) for translation and return it unchanged."""
    return message


class DomainError(Exception):
    """Something a person asked for cannot be done, and why.

    `message` is a constant zh-Hans template such as "编号{code}已存在", `params` fill it.
    `fields` names wrong input: dotted path of the field → its messages (zh-Hans).
    """

    status = 400
    code = "error"

    def __init__(
        self,
        message: str,
        /,
        *,
        fields: Mapping[str, Sequence[str]] | None = None,
        **params: object,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.params: Mapping[str, object] = MappingProxyType(dict(params))
        self.fields: Mapping[str, tuple[str, ...]] = MappingProxyType(
            {
                path: (found,) if isinstance(found, str) else tuple(found)
                for path, found in (fields or {}).items()
            }
        )

    def text(self, translate: Callable[[str], str] = text) -> str:
        """The message in the reader's language, its parameters filled in."""
        template = translate(self.message)
        return template.format(**self.params) if self.params else template

    def __str__(self) -> str:
        return self.text()


class Invalid(DomainError):  # noqa: N818 - it reads as what happened
    """The input breaks a rule; `fields` says where."""

    status = 422
    code = "invalid"


class NotAllowed(DomainError):  # noqa: N818 - it reads as what happened
    """Visible, but this person may not do it."""

    status = 403
    code = "not_allowed"


class NotFound(DomainError):  # noqa: N818 - it reads as what happened
    """Not there, or not visible to this person: the two look the same on purpose."""

    status = 404
    code = "not_found"


class Conflict(DomainError):  # noqa: N818 - it reads as what happened
    """Someone else changed it first, or its state no longer allows the act."""

    status = 409
    code = "conflict"
