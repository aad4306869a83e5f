"""The head of a document: what its author may change beside the form's own fields (forms.md §1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bihuan.kernel.errors import Invalid, NotAllowed, text
from bihuan.kernel.secrecy import Secrecy
from bihuan.org.models import Unit

from .domain.reading import Lookup
from .domain.rights import Rights
from .models import Document, Urgency


def write_head(document: Document, head: Mapping[str, Any], rights: Rights, lookup: Lookup) -> None:
    """Put title, unit, secrecy, urgency, remark or attachments into the row; raises Invalid, NotAllowed."""
    if not head:
        return
    unknown = [key for key in head if key not in _WRITERS]
    if unknown:
        raise Invalid(text("单据头没有这些项：{keys}"), keys="、".join(unknown))
    if not rights.head:
        raise NotAllowed(text("这一步不能改单据头"))
    for key, value in head.items():
        said = _WRITERS[key](document, value, lookup)
        if said:
            raise Invalid(text("单据头填写有误"), fields={f"head.{key}": [said]})


def _title(document: Document, value: Any, lookup: Lookup) -> str:
    document.title = str(value).strip()[:200] or document.title
    return ""


def _remark(document: Document, value: Any, lookup: Lookup) -> str:
    document.remark = str(value).strip()[:20_000]
    return ""


def _unit(document: Document, value: Any, lookup: Lookup) -> str:
    found = lookup.unit(value)
    below = Unit.objects.filter(path__startswith=document.company.path)
    unit = None if found is None else below.filter(pk=found).first()
    if unit is None:
        return "没有这个部门"
    document.unit = unit
    return ""


def _secrecy(document: Document, value: Any, lookup: Lookup) -> str:
    try:
        document.secrecy = Secrecy.of(str(value))
    except Invalid:
        return "没有这个密级"
    return ""


def _urgency(document: Document, value: Any, lookup: Lookup) -> str:
    if value not in Urgency.values:
        return "没有这个紧急程度"
    document.urgency = value
    return ""


def _attachments(document: Document, value: Any, lookup: Lookup) -> str:
    parts = value.split(",") if isinstance(value, str) else value
    found = [lookup.file(part, image=False) for part in parts if part not in ("", None)]
    if None in found:
        return "附件不存在，请重新上传"
    document.attachments = found
    return ""


_WRITERS: Mapping[str, Callable[[Document, Any, Lookup], str]] = {
    "title": _title,
    "remark": _remark,
    "unit": _unit,
    "secrecy": _secrecy,
    "urgency": _urgency,
    "attachments": _attachments,
}
