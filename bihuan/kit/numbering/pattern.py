"""Number patterns such as `{dept}-{form}-{yyyymm}-{seq4}` (rules.md §16). Pure: no database."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Formatter

from bihuan.kernel import clock
from bihuan.kernel.errors import Invalid, text

_SEQ = re.compile(r"seq([1-9])|n", re.ASCII)
_DATES = {
    "yyyy": "%Y",
    "year": "%Y",
    "yy": "%y",
    "mm": "%m",
    "dd": "%d",
    "yyyymm": "%Y%m",
    "yyyymmdd": "%Y%m%d",
}
_MARK = "#"


@dataclass(frozen=True, slots=True)
class Filled:
    """A pattern with everything put in but the running number."""

    before: str
    after: str
    width: int

    @property
    def series(self) -> str:
        """What tells one series from another; the width of the number does not."""
        return f"{self.before}{_MARK}{self.after}"

    def number(self, n: int) -> str:
        """The finished number; one that outgrows its width keeps all digits."""
        return f"{self.before}{n:0{self.width}d}{self.after}"


def check_pattern(pattern: str, parts: Collection[str]) -> list[str]:
    """What is wrong with a pattern (zh-Hans); `parts` are the names filled besides dates and seq."""
    try:
        names = _names(pattern)
    except ValueError:
        return [text("编号规则的花括号不成对")]
    problems = [
        text("编号规则里有不认识的部分：{name}").format(name=name)
        for name in names
        if name not in _DATES and name not in parts and not _SEQ.fullmatch(name)
    ]
    if sum(bool(_SEQ.fullmatch(name)) for name in names) != 1:
        problems.append(text("编号规则里要有且只有一个流水号，如{{seq4}}").format())
    return problems


def fill(pattern: str, at: datetime, parts: Mapping[str, str]) -> Filled:
    """Put dates (Asia/Shanghai) and parts in. Raises Invalid for a bad pattern or an empty part."""
    problems = check_pattern(pattern, parts)
    if problems:
        raise Invalid(text("编号规则有误：{why}"), why="；".join(problems))
    local = clock.aware(at)
    texts = [""]
    width = 1
    for literal, name, _, _ in Formatter().parse(pattern):
        texts[-1] += literal
        if name is None:
            continue
        if found := _SEQ.fullmatch(name):
            width = int(found[1] or 1)
            texts.append("")
        else:
            texts[-1] += _part(name, local, parts)
    return Filled(texts[0], texts[1], width)


def _part(name: str, local: datetime, parts: Mapping[str, str]) -> str:
    if name in parts:
        value = str(parts[name]).strip()
        if not value:
            raise Invalid(text("编号规则的“{name}”没有值"), name=name)
        return value
    return local.strftime(_DATES[name])


def _names(pattern: str) -> list[str]:
    found = []
    for _, name, form, conversion in Formatter().parse(pattern):
        if name is None:
            continue
        if form or conversion:
            raise ValueError(pattern)
        found.append(name)
    return found
