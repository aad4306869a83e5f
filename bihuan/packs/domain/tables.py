"""Routing and value tables: the first true row wins and is recorded (formats.md, "Pack folder"; R-019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from bihuan.kernel.errors import NotFound, text
from bihuan.kernel.label import show
from bihuan.kit import expr

from .problems import KeyPath
from .strict import LabelText, Name, Strict, wrong

InputType = Literal[
    "text", "int", "decimal", "money", "percent", "bool", "date", "datetime", "month", "period",
    "enum", "multi", "user", "slot", "unit", "region", "ref",
]  # fmt: skip
ROOTS = frozenset({"doc", "docs", "case", "setting", "slot", "starter", "now", "today"})
"""What a row may read besides the inputs (formats.md, "Expressions and values")."""


class Row(Strict):
    """`{if, by}` or `{if, value}`; the last one `{else: …}`."""

    if_: Annotated[str | None, Field(alias="if")] = None
    by: Any = None
    value: Any = None
    else_: Annotated[Any, Field(alias="else")] = None
    note: LabelText | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> Row:
        written = self.model_fields_set - {"note"}
        if written not in ({"if_", "by"}, {"if_", "value"}, {"else_"}):
            raise wrong("每一行写作if与by,或if与value,最后一行写作else")
        return self

    @property
    def key(self) -> str:
        """The key of the file that holds the result."""
        return next(key for key in ("by", "value", "else") if self._field(key) in self.model_fields_set)

    @property
    def result(self) -> Any:
        """What the row gives."""
        return getattr(self, self._field(self.key))

    @staticmethod
    def _field(key: str) -> str:
        return "else_" if key == "else" else key


class TableFile(Strict):
    """A file of tables/."""

    key: Name
    name: LabelText
    inputs: dict[str, InputType] = {}
    rows: Annotated[list[Row], Field(min_length=1)]
    origin: Literal["stated", "mixed", "convention"] = "convention"

    @model_validator(mode="after")
    def _else_stands_last(self) -> TableFile:
        for place, row in enumerate(self.rows):
            if row.key == "else" and place != len(self.rows) - 1:
                raise wrong("else只能是最后一行，第{place}行之后不会用到", place=place + 1)
        if len({row.key for row in self.rows} - {"else"}) > 1:
            raise wrong("一个表只能用by或value中的一种")
        return self

    @property
    def gives_people(self) -> bool:
        """Whether the rows give people (`by`) rather than values."""
        return any(row.key == "by" for row in self.rows)


@dataclass(frozen=True, slots=True)
class TableHit:
    """The row that counted, as recorded: its place from 0, condition, what that read, and the result."""

    table: str
    row: int
    condition: str
    inputs: Mapping[str, Any]
    result: Any


def look_up(table: TableFile, inputs: Mapping[str, Any], roots: Mapping[str, Any] | None = None) -> TableHit:
    """The first true row for these inputs (and the expression roots that rows may read); raises NotFound."""
    known = {**(roots or {}), **dict.fromkeys(table.inputs), **inputs}
    for place, row in enumerate(table.rows):
        if row.if_ is None:
            return TableHit(table.key, place, "else", dict(inputs), row.result)
        condition = expr.compile(row.if_)
        if condition.holds(known):
            return TableHit(table.key, place, row.if_, {**inputs, **condition.inputs(known)}, row.result)
    raise NotFound(text("表“{name}”没有适用的行"), name=show(table.name))


def slots_named(people: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Each slot that a `by` value names, with its path (formats.md, "People")."""
    if isinstance(people, str):
        if people != "anyone":
            yield path, people
    elif isinstance(people, list):
        for place, one in enumerate(people):
            yield from slots_named(one, (*path, place))
    elif isinstance(people, dict):
        for key in ("slot", "by", "via", "else", "previous_picks"):
            if isinstance(people.get(key), str | list | dict):
                yield from slots_named(people[key], (*path, key))
