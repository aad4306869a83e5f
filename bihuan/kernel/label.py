"""Text that packs give in one language or in several (formats.md, first paragraph)."""

from __future__ import annotations

from collections.abc import Mapping

BASE_LANGUAGE = "zh-Hans"
LANGUAGES = (BASE_LANGUAGE, "zh-Hant", "en")

Label = str | Mapping[str, str]


def is_label(value: object) -> bool:
    """Whether `value` is a well-formed label: a text, or a map with zh-Hans and known languages only."""
    if isinstance(value, str):
        return True
    return (
        isinstance(value, Mapping)
        and BASE_LANGUAGE in value
        and all(key in LANGUAGES and isinstance(found, str) for key, found in value.items())
    )


def show(label: Label, language: str = "zh-hans") -> str:
    """The text of `label` in `language` (case does not matter), else its zh-Hans text."""
    if isinstance(label, str):
        return label
    wanted = language.lower()
    for key, found in label.items():
        if key.lower() == wanted and found:
            return found
    return label[BASE_LANGUAGE]
