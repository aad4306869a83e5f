"""Labels of choices in the reader's language.

`TextChoices` carry plain zh-Hans labels, which are message ids (ADR 0003). Here the labels of all fields become lazy
once, so that `get_state_display`, forms and lists say them in the language of the page without a word in each.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


def translate_labels() -> None:
    """Make the choices of this program's models speak the reader's language; called when all models are loaded."""
    for model in apps.get_models():
        if model.__module__.startswith("bihuan."):
            for field in model._meta.local_fields:
                if field.choices:
                    field.choices = [(value, _lazy(label)) for value, label in field.flatchoices]


def _lazy(label: Any) -> Any:
    return label if isinstance(label, Promise) else gettext_lazy(label)
