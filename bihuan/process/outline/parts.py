"""The smaller parts of an outline: outcomes, endings, rules, rows of gates and waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bihuan.process.outline import values as v
from bihuan.process.outline.problems import ShapeError


def checked(check: Callable[[Any], Any]) -> AfterValidator:
    """Use a check of `values` as a validator of a model key."""
    return AfterValidator(check)


def nonempty(value: Any) -> Any:
    """Refuse an empty list, map or text."""
    if value in ([], {}, ""):
        raise ShapeError("不能为空")
    return value


def _check_post(value: Any) -> Any:
    """A register action: `register.action`, alone or with its mapping."""
    actions = value if isinstance(value, dict) else {value: {}}
    for name, mapping in actions.items():
        if not isinstance(name, str) or name.count(".") != 1:
            raise ShapeError("{value} 不是“登记簿.动作”", value=name)
        if not isinstance(mapping, dict):
            raise ShapeError("应为“字段: 值”的表", at=(name,))
    return value


def _check_named(value: Any) -> Any:
    """`document_as`: a name, or a map of names."""
    for name in value if isinstance(value, dict) else [value]:
        if not isinstance(name, str) or not v.NAME.match(name):
            raise ShapeError("{value} 不是单据名", value=name)
    return value


def _check_origin(value: Any) -> Any:
    """Where a rule comes from, for the whole or per key."""
    for key, mark in value.items() if isinstance(value, dict) else [("", value)]:
        if mark not in ("stated", "mixed", "convention"):
            raise ShapeError("来源只能是 stated、mixed、convention", at=(key,) if key else ())
    return value


def check_when(value: Any) -> Any:
    """A condition, or a question with a default."""
    if isinstance(value, dict):
        if "ask" not in value or set(value) - {"ask", "if"}:
            raise ShapeError("when 写作条件,或 ask 带可选的 if")
        v.check_label(value["ask"])
        return value
    return v.check_expression(value)


def _check_find(value: Any) -> Any:
    """`each`: an expression for rows, or a `{find: …}`."""
    return v.check_value(value) if isinstance(value, dict) else v.check_expression(value)


Label = Annotated[Any, checked(v.check_label)]
Expression = Annotated[str, checked(v.check_expression)]
People = Annotated[Any, checked(v.check_people)]
Values = Annotated[Any, checked(v.check_values)]
Names = Annotated[list[str], checked(v.each(v.check_names)), checked(nonempty)]
Origin = Annotated[Any, checked(_check_origin)]
DocumentAs = Annotated[Any, checked(_check_named)]
Documents = Annotated[Any, checked(v.each(v.check_document)), checked(nonempty)]
Sheets = Annotated[Any, checked(v.each(v.check_sheet)), checked(nonempty)]
Posts = Annotated[list[Any], checked(v.each(_check_post)), checked(nonempty)]
Moment = Annotated[Any, checked(v.chosen(v.check_time, "after"))]
EachOf = Annotated[Any, checked(_check_find)]


class Strict(BaseModel):
    """A model that refuses unknown keys and other types."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False, frozen=True, strict=True)

    @property
    def keys(self) -> frozenset[str]:
        """The keys written in the file."""
        return frozenset(type(self).model_fields[name].alias or name for name in self.model_fields_set)


class Opens(Strict):
    """One case to open (`opens`)."""

    process: str
    at: str | None = None
    with_: Values | None = Field(None, alias="with")
    document_as: DocumentAs | None = None
    each: EachOf | None = None
    if_: Expression | None = Field(None, alias="if")
    once: Expression | None = None
    pack: str | None = None


class Outcome(Strict):
    """Outcome keys: what passing a step writes and opens and whom it tells."""

    set: Values | None = None
    post: Posts | None = None
    opens: list[Opens] | None = None
    notify: Annotated[Any, checked(v.chosen(v.check_people, "notify"))] | None = None
    text: Label | None = None
    confirm: Annotated[Any, checked(v.chosen(v.check_people, "confirm"))] | None = None


class End(Outcome):
    """How a case ends."""

    state: Label
    archive: Annotated[str, Field(pattern=r"^(\d+y|permanent)$")] | None = None


class Rule(Strict):
    """A rule that blocks passing a step."""

    check: Expression
    message: Label


class Labels(Strict):
    """What the two decisions are called at this step."""

    approve: Label | None = None
    refuse: Label | None = None


class GateRow(Strict):
    """One way out of a gate."""

    if_: Expression | None = Field(None, alias="if")
    go: Annotated[Any, checked(v.check_target)] | None = None
    else_: Annotated[Any, checked(v.check_target)] | None = Field(None, alias="else")

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if self.keys not in ({"if", "go"}, {"else"}):
            raise ShapeError("gate 的每一项写作 if 与 go,最后一项写作 else")
        return self


class WaitRow(Strict):
    """One of several things waited for."""

    after: Moment | None = None
    event: str | None = None
    if_: Expression | None = Field(None, alias="if")
    go: Annotated[Any, checked(v.check_target)]

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if ("after" in self.keys) == ("event" in self.keys):
            raise ShapeError("wait 的每一项写 after 或 event 之一")
        return self
