"""An outline process as it stands in a pack file: strict models and their JSON Schema.

The grammar is that of formats.md, "Process (outline)". Keys that Python reserves carry an
underscore here and their own name in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from bihuan.process.outline import values as v
from bihuan.process.outline.parts import (
    DocumentAs,
    Documents,
    EachOf,
    End,
    Expression,
    GateRow,
    Label,
    Labels,
    Moment,
    Names,
    Origin,
    Outcome,
    People,
    Rule,
    Sheets,
    Strict,
    Values,
    WaitRow,
    check_when,
    checked,
    nonempty,
)
from bihuan.process.outline.problems import OutlineError, Path, Problem, ShapeError, problem

DECIDING = ("review", "approve", "all_sign", "separate", "any_sign", "sequential", "round")
WORKING = ("fill", "do", "archive", "collect")
EFFECTS = ("escalate", "remind", "pass")
Act = Literal[
    "fill",
    "do",
    "archive",
    "collect",
    "review",
    "approve",
    "all_sign",
    "separate",
    "any_sign",
    "sequential",
    "round",
    "escalate",
    "remind",
    "pass",
]
RESERVED = ("end", "author", "previous")
OUTCOMES = ("set", "post", "opens", "notify", "text", "confirm")
_KINDS = ("do", "gate", "parallel", "inclusive", "steps", "call", "wait", "watch", "end")

_TEXT = frozenset(["id", "num", "name", "standard", "caution", "input", "origin"])
_OUT = frozenset(OUTCOMES)
_FLOW = frozenset({"when", "go", "each", "order"})
_HUMAN = frozenset(
    "do by due document form with read write require hide rules deny labels into".split()  # noqa: SIM905
)
_DECIDE = frozenset(["refuse", "approves", "lead", "wait_all", "mode", "pass", "veto", "hidden_until_done"])
_WATCH = frozenset(["watch", "after", "every", "event", "if", "by", "do", "to", "interrupt", "steps", "go"])
# the keys each kind of step takes; `work` and `decide` are the two halves of `do`
ALLOWED: Mapping[str, frozenset[str]] = {
    "work": _TEXT | _OUT | _FLOW | _HUMAN | {"lead"},
    "decide": _TEXT | _OUT | _FLOW | _HUMAN | _DECIDE,
    "gate": _TEXT | {"gate"},
    "parallel": _TEXT | _OUT | _FLOW | {"parallel", "document"},
    "inclusive": _TEXT | _OUT | _FLOW | {"inclusive", "document"},
    "steps": _TEXT | _OUT | _FLOW | {"steps", "document", "with"},
    "call": _TEXT | _OUT | _FLOW | {"call", "at", "with", "document_as", "pack", "by", "form", "due"},
    "wait": _TEXT | _OUT | frozenset({"wait", "event", "if", "when", "go"}),
    "watch": _TEXT | _OUT | _WATCH,
    "end": _TEXT | {"end"},
    "auto": _TEXT | _OUT | _FLOW | {"document", "with"},
}


class Branch(Strict):
    """One branch of an inclusive block."""

    if_: Expression | None = Field(None, alias="if")
    ask: Label | None = None
    steps: list[Step] = Field(min_length=1)

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if not self.keys & {"if", "ask"}:
            raise ShapeError("分支须有 if 或 ask")
        return self


class Step(Outcome):
    """One step; exactly one of the kind keys, none for an automatic step."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*$")] | None = None
    num: Any = None
    name: Label | None = None
    standard: Label | None = None
    caution: Label | None = None
    input: list[str] | None = None
    origin: Origin | None = None
    do: Act | None = None
    gate: Annotated[list[GateRow], Field(min_length=2)] | None = None
    parallel: Annotated[list[Annotated[list[Step], Field(min_length=1)]], Field(min_length=1)] | None = None
    inclusive: Annotated[list[Branch], Field(min_length=1)] | None = None
    steps: Annotated[list[Step], Field(min_length=1)] | None = None
    call: Annotated[Any, checked(v.each(v.check_expression)), checked(nonempty)] | None = None
    wait: Any = None
    watch: str | None = None
    end: End | None = None
    by: People | None = None
    due: Annotated[Any, checked(v.chosen(v.check_due, "due"))] | None = None
    document: Documents | None = None
    form: Sheets | None = None
    with_: Values | None = Field(None, alias="with")
    read: Names | None = None
    write: Names | None = None
    require: Names | None = None
    hide: Names | None = None
    into: Annotated[str, checked(v.check_names)] | None = None
    rules: list[Rule] | None = None
    labels: Labels | None = None
    deny: list[str] | None = None
    refuse: Annotated[Any, checked(v.check_targets("refuse")), checked(nonempty)] | None = None
    approves: bool | None = None
    lead: People | None = None
    wait_all: bool | None = None
    mode: Literal["all", "any", "ratio", "sequential"] | None = None
    pass_: Annotated[float, Field(gt=0, le=1, strict=False)] | None = Field(None, alias="pass")
    veto: list[People] | None = None
    hidden_until_done: bool | None = None
    when: Annotated[Any, checked(check_when)] | None = None
    go: Annotated[Any, checked(v.check_targets("go")), checked(nonempty)] | None = None
    each: EachOf | None = None
    order: Literal["parallel", "sequential"] | None = None
    at: str | None = None
    document_as: DocumentAs | None = None
    pack: str | None = None
    event: str | None = None
    if_: Expression | None = Field(None, alias="if")
    after: Moment | None = None
    every: Annotated[Any, checked(v.chosen(v.check_time, "every"))] | None = None
    to: Annotated[Any, checked(v.chosen(v.check_people, "to"))] | None = None
    interrupt: bool | None = None

    @property
    def kind(self) -> str:
        """`work`, `decide`, `auto`, or the kind key; a watch may hold `do` and `steps` besides."""
        if "watch" in self.keys:
            return "watch"
        if "do" in self.keys:
            return "decide" if self.do in DECIDING else "work"
        return next((key for key in _KINDS if key in self.keys), "auto")

    @model_validator(mode="after")
    def _shape(self) -> Self:
        kinds = [key for key in _KINDS if key in self.keys]
        if len(kinds) > 1 and "watch" not in kinds:
            raise ShapeError("一个步骤只能是一种:{kinds}", kinds="、".join(kinds))
        strange = sorted(self.keys - ALLOWED[self.kind])
        if strange:
            raise ShapeError("{key} 不能用在这种步骤上", key=strange[0], at=(strange[0],))
        if self.kind in _SHAPES:
            _SHAPES[self.kind](self)
        return self


def _shape_human(step: Step) -> None:
    if step.do in EFFECTS:
        raise ShapeError("{do} 只用于 watch", do=step.do, at=("do",))
    if step.by is None:
        raise ShapeError("缺少 {key}", key="by")
    if step.do == "round" and step.mode == "ratio" and step.pass_ is None:
        raise ShapeError("缺少 {key}", key="pass")


def _shape_gate(step: Step) -> None:
    rows = step.gate or []
    if not rows or "else" not in rows[-1].keys or any("else" in row.keys for row in rows[:-1]):
        raise ShapeError("gate 须以唯一的 else 结尾", at=("gate",))


def _shape_auto(step: Step) -> None:
    if not step.keys & _OUT:
        raise ShapeError("步骤没有种类,也没有结果")


def _shape_wait(step: Step) -> None:
    value = step.wait
    rows = isinstance(value, list) and not v.is_choice(value)
    if rows and step.keys & {"go", "when", "event", "if"}:
        raise ShapeError("多项 wait 的去向写在各项里", at=("wait",))
    if rows:
        for at, row in enumerate(value):
            try:
                WaitRow.model_validate(row)
            except ValidationError as error:
                found = _from_pydantic(error.errors()[0])
                raise ShapeError(found.message, at=("wait", at, *found.path), **found.params) from None
    elif isinstance(value, dict) and "event" in value:
        if set(value) - {"event", "if"}:
            raise ShapeError("wait 写 event,可带 if", at=("wait",))
    elif value is None:
        raise ShapeError("缺少 {key}", key="wait", at=("wait",))
    else:
        _named("wait", v.chosen(v.check_time, "wait"), value)


def _named(key: str, check: Callable[[Any], Any], value: Any) -> None:
    try:
        check(value)
    except ShapeError as wrong:
        raise ShapeError(wrong.message, at=(key, *wrong.at), **wrong.params) from None


def _shape_watch(step: Step) -> None:
    triggers = step.keys & {"after", "every", "event", "by"}
    if len(triggers) != 1:
        raise ShapeError("watch 须恰有一个触发:after、every、event 或 by")
    if step.do is not None and step.do not in EFFECTS:
        raise ShapeError("watch 的 do 只能是 escalate、remind、pass", at=("do",))
    if step.interrupt and step.go is None:
        raise ShapeError("interrupt 须写 go", at=("interrupt",))
    if step.go is not None and not step.interrupt:
        raise ShapeError("go 须与 interrupt 同写", at=("go",))
    if step.do is None and not step.steps and not step.interrupt and not step.keys & _OUT:
        raise ShapeError("watch 没有效果")


_SHAPES: dict[str, Callable[[Step], None]] = {
    "work": _shape_human,
    "decide": _shape_human,
    "gate": _shape_gate,
    "auto": _shape_auto,
    "wait": _shape_wait,
    "watch": _shape_watch,
}


class Start(Strict):
    """One way a case begins."""

    by: People | None = None
    at: str | None = None
    name: Label | None = None
    with_: Values | None = Field(None, alias="with")
    schedule: Annotated[dict[str, Any], checked(v.check_time)] | None = None
    ahead: Annotated[Any, checked(v.check_time)] | None = None
    for_: Literal["this", "next", "previous"] | None = Field(None, alias="for")
    each: EachOf | None = None
    if_: Expression | None = Field(None, alias="if")
    once: Expression | None = None
    event: str | None = None
    document_as: DocumentAs | None = None

    @model_validator(mode="before")
    @classmethod
    def _people(cls, value: Any) -> Any:
        return {"by": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if self.by is None:
            raise ShapeError("缺少 {key}", key="by")
        if {"schedule", "event"} <= self.keys:
            raise ShapeError("schedule 与 event 只能有一个")
        if self.keys & {"ahead", "for"} and self.schedule is None:
            raise ShapeError("ahead 与 for 须与 schedule 同写")
        return self


class Outline(Strict):
    """One process as a pack writes it."""

    code: Annotated[str, Field(pattern=f"^{v.PROCESS_CODE.pattern}$")]
    name: Label
    owner: str
    purpose: Label
    document: Annotated[Any, checked(v.check_document)] | None = None
    start: list[Start]
    steps: list[Step] = Field(min_length=1)
    end: End
    origin: Origin | None = None
    metrics: list[str] | None = None
    standard: Label | None = None
    caution: Label | None = None


Branch.model_rebuild()
Step.model_rebuild()
Outline.model_rebuild()


def parse_outline(data: Any, where: str = "") -> Outline:
    """Read an outline from plain YAML data.

    `where` names the file in the error. Raises OutlineError with a problem for every mistake, each
    with the path of its key in the data.
    """
    if not isinstance(data, Mapping):
        raise OutlineError(where, [problem((), "应为流程的表")])
    try:
        return Outline.model_validate(data)
    except ValidationError as error:
        raise OutlineError(where, _problems(error.errors())) from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of an outline file, for editors."""
    return Outline.model_json_schema(by_alias=True)


def _problems(errors: Iterable[ErrorDetails]) -> list[Problem]:
    return [_from_pydantic(error) for error in errors]


_MESSAGES = {
    "extra_forbidden": "不认识的键 {key}",
    "missing": "缺少 {key}",
    "string_type": "应为文字",
    "bool_type": "应为 true 或 false",
    "list_type": "应为列表",
    "dict_type": "应为表",
    "model_type": "应为表",
    "literal_error": "{value} 不是可用的值",
    "string_pattern_mismatch": "{value} 的写法不对",
    "too_short": "不能为空",
}


def _from_pydantic(error: ErrorDetails) -> Problem:
    """One pydantic error in our words, its path as the file has it."""
    path: Path = tuple(error["loc"])
    wrong = error.get("ctx", {}).get("error")
    if isinstance(wrong, ShapeError):
        return problem((*path, *wrong.at), wrong.message, **wrong.params)
    message = _MESSAGES.get(error["type"], "{value} 不是可用的值")
    return problem(path, message, key=path[-1] if path else "", value=error.get("input"))
