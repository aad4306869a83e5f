"""What of a document may stay on the machine of who fills it, for work without a network (R-049)."""

from __future__ import annotations

from bihuan.kernel.errors import NotFound
from bihuan.kernel.secrecy import Secrecy
from bihuan.packs.public import setting

from .models import Document

CEILING = Secrecy.INTERNAL
"""The highest level that every document may have (rules.md §26: from 秘密 on a leak harms)."""
FORMS = "offline.forms"
"""Setting of a pack: codes of forms filled in the field, whose sheets may stay although they are 秘密."""
FIELD_CEILING = Secrecy.CONFIDENTIAL
"""The highest level that sheets of these forms may have."""


def may_stay_offline(document: Document) -> bool:
    """Whether entries and pages of this document may be kept in its filler's browser."""
    if document.secrecy <= CEILING:
        return True
    return document.secrecy <= FIELD_CEILING and document.form_version.form.code in _field_forms(document)


def _field_forms(document: Document) -> list[str]:
    try:
        codes: list[str] | None = setting(FORMS, document.unit_id)
        return codes or []
    except NotFound:  # no pack in force lets anything out
        return []
