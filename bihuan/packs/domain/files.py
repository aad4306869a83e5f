"""The files every pack may have: pack, slots, duties and demo (formats.md, "Pack folder")."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, Tag, model_validator

from bihuan.kernel.errors import Invalid
from bihuan.kernel.moments import Schedule

from .declared import Declared
from .strict import DottedName, LabelText, Name, SpanText, Strict, VersionText, by_shape, wrong

Origin = Literal["stated", "mixed", "convention"]
DoKind = Literal[
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
]


Stage = Literal["research", "strategy", "planning", "execution", "evaluation", "improvement"]
"""A stage of the loop (ADR 0015)."""
ProcessCode = Annotated[str, Field(pattern=r"^[0-9A-Z]{1,4}-[A-Z]?\d{2,4}$")]


class DueByUrgency(Strict):
    """A due time for each urgency of the main document."""

    normal: SpanText
    urgent: SpanText | None = None
    critical: SpanText | None = None


Due = Annotated[
    Annotated[SpanText, Tag("text")] | Annotated[DueByUrgency, Tag("map")],
    by_shape("应为时限，或含normal、urgent、critical的表"),
]


class PackFile(Strict):
    """pack.yaml."""

    code: Name
    name: LabelText
    version: VersionText
    requires: list[Name] = []
    calendar: Name = "cn"
    due: dict[DoKind, Due] = {}
    urgent: dict[Literal["紧急", "特急"], SpanText] = {}
    settings: dict[DottedName, Declared] = {}
    stages: dict[Stage, list[ProcessCode]] = {}
    note: LabelText | None = None
    origin: Origin = "stated"

    @model_validator(mode="after")
    def _a_process_has_one_stage(self) -> PackFile:
        codes = [code for found in self.stages.values() for code in found]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise wrong("流程{codes}只能属于一个环节", codes="、".join(twice))
        return self


class SlotEntry(Strict):
    """One slot of slots.yaml; an external one is answered for by the holders of `via`."""

    name: LabelText
    external: bool = False
    via: Name | None = None
    duty: LabelText | None = None
    origin: Origin = "stated"

    @model_validator(mode="after")
    def _only_outside_parties_have_via(self) -> SlotEntry:
        if self.via and not self.external:
            raise wrong("只有外部方（external: true）才写via")
        return self


def _cycle(value: Any) -> Any:
    if value == "on_demand":
        return value
    try:
        Schedule.parse(value)
    except Invalid as error:
        raise wrong("{said}", said=error.text()) from error
    return value


Cycle = Annotated[
    Annotated[Literal["on_demand"], Tag("text")] | Annotated[dict[str, Any], Tag("map")],
    by_shape("应为on_demand或日程，如{daily: '09:00'}"),
    AfterValidator(_cycle),
]


class Duty(Strict):
    """What a post has to do, when, and the one place where it is done (none: a gap that is shown, R-006)."""

    slot: Name
    name: LabelText
    cycle: Cycle = "on_demand"
    heading: LabelText | None = None
    process: str | None = None
    at: str | None = None
    form: str | None = None
    register_: str | None = Field(None, alias="register")
    screen: str | None = None
    origin: Origin = "stated"

    @model_validator(mode="after")
    def _one_place(self) -> Duty:
        if sum(place is not None for place in (self.process, self.form, self.register_, self.screen)) > 1:
            raise wrong("process、form、register、screen只写一个")
        if self.at and not self.process:
            raise wrong("at是流程步骤，要与process同写")
        return self


class DemoUnit(Strict):
    """A unit of the invented company."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    kind: Literal["group", "company", "store", "department", "team"] = "department"
    parent: Name | None = None
    head: DottedName | None = None
    short_name: Annotated[str, Field(max_length=20)] = ""


class DemoPosition(Strict):
    """A position of the invented company and the slots it fills."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    unit: Name
    superior: DottedName | None = None
    slots: list[Name] = []


class DemoPerson(Strict):
    """An invented person; the key is the sign-in name, the first position the main one."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    positions: list[DottedName] = []
    admin: bool = False
    email: Annotated[str, Field(max_length=254)] = ""
    mobile: Annotated[str, Field(max_length=20)] = ""


class DemoFile(Strict):
    """demo.yaml: units, positions and people by their keys."""

    units: dict[Name, DemoUnit]
    positions: dict[DottedName, DemoPosition]
    people: dict[Name, DemoPerson]


SlotsFile = dict[Name, SlotEntry]
DutiesFile = list[Duty]
