"""Template helpers of the shell: due dates, texts of the scripts."""

from datetime import datetime, timedelta
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext

from bihuan.kernel import clock
from bihuan.kernel.money import show as show_money
from bihuan.kit.once import FIELD, new_mark
from bihuan.kit.ui.script_texts import translated

register = template.Library()

SOON = timedelta(days=1)
"""A due date this near is coloured as soon due."""


@register.simple_tag
def due_tone(at: datetime, done: object = None) -> str:
    """``late``, ``soon`` or nothing; work that is done is neither."""
    if done:
        return ""
    left = at - clock.now()
    if left < timedelta(0):
        return "late"
    return "soon" if left <= SOON else ""


@register.filter
def due_text(at: datetime) -> str:
    """A due time as people say it: 今天 18:00, 明天 18:00, 11-26 18:00, 2027-01-05 18:00."""
    (day, hour), today = clock.until(at), clock.today()
    near = {-1: gettext("昨天"), 0: gettext("今天"), 1: gettext("明天")}.get((day - today).days)
    return f"{near or day.strftime('%m-%d' if day.year == today.year else '%Y-%m-%d')} {hour}"


@register.filter
def yuan(amount: Decimal) -> str:
    """A sum as people read it: ¥1,234.56."""
    return show_money(amount)


@register.simple_tag
def script_texts(language: str) -> dict[str, str]:
    """Texts of the scripts in ``language``; empty for zh-Hans, in which they are written."""
    return {} if language == "zh-hans" else translated()


@register.simple_tag
def once() -> str:
    """The hidden field of a form that takes effect once (`kit.once`)."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, new_mark())
