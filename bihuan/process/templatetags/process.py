"""Template helpers for cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from bihuan.process.models import Case

register = template.Library()


@register.filter
def at_key(values: Mapping[Any, Any], key: Any) -> Any:
    """`values[key]`, nothing where it is missing."""
    return values.get(key, "")


@register.simple_tag
def case_tone(case: Case) -> str:
    """The badge colour of a case: running blue, passed green, else red."""
    if case.state == Case.State.RUNNING:
        return "blue"
    return "green" if case.passed else "red"


@register.filter
def drawing(svg: str) -> SafeString:
    """A diagram made by `outline.svg`, which escapes every text it draws."""
    return mark_safe(svg)  # noqa: S308
