"""Names as people type them without an input method."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

_LONGEST = 120


@lru_cache(maxsize=4096)
def searchable(name: str) -> str:
    """Full pinyin and initials of `name`, lower case: 赵一鸣 → `zhaoyiming zym`; stored for search and order."""
    full = "".join(lazy_pinyin(name)).lower()
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    return f"{full} {initials}"[:_LONGEST]
