"""Names as people type them without an input method."""

from __future__ import annotations

from functools import lru_cache

_LONGEST = 120


@lru_cache(maxsize=4096)
def initials(name: str) -> str:
    """The first letters of the syllables of `name`, lower case: 市场部 → `scb`."""
    from pypinyin import Style, lazy_pinyin  # its dictionary takes as long to load as half the program

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()


@lru_cache(maxsize=4096)
def searchable(name: str) -> str:
    """Full pinyin and initials of `name`, lower case: 赵一鸣 → `zhaoyiming zym`; stored for search and order."""
    from pypinyin import lazy_pinyin

    full = "".join(lazy_pinyin(name)).lower()
    return f"{full} {initials(name)}"[:_LONGEST]
