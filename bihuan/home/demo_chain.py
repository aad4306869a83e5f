"""What became of the invented company's plans: field work, reports, promotion, sales plans, tasks.

Steps are written as scenarios write them (docs/how-to/write-a-pack.md), each with the working day on which
it was done, counted from the day the demo shows, which is 0. What is not said here is invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bihuan.home import demo_reports as said

Day = Callable[[int], date]
"""The day so many working days from the one shown."""


@dataclass(frozen=True, slots=True)
class Step:
    """One act on a day; `files` names what is attached to which fields."""

    day: int
    body: Mapping[str, Any]
    files: Mapping[str, str] = field(default_factory=dict)


Story = Sequence[Step]
OPENED = {
    "research0": ("plan0", "SC-002"), "research1": ("plan1", "SC-002"), "research2": ("plan2", "SC-002"),
    "research3": ("plan3", "SC-002"), "research4": ("plan4", "SC-002"), "research5": ("plan5", "SC-002"),
    "research6": ("plan6", "SC-002"), "research7": ("plan7", "SC-002"),
    "promotion1": ("research1", "SC-003"), "promotion2": ("research2", "SC-003"),
    "sales2": ("promotion2", "SC-004"),
}  # fmt: skip
"""Alias of a case → the case that opened it, and its process."""
REVIEW = ("zhou", "li", "wu", "yang", "qian")
"""The five who make a pack effective (R-014)."""
KEY_ACCOUNTS = ("zheng", "wang", "xu")


def stories(day: Day) -> Iterator[Story]:
    """Everything that follows the signed plans; `day` is needed for dates on paper."""
    yield [*_field_work("research2", day, -28, ("zheng", "wang")), *_report("research2", -20, "door")]
    yield [*_field_work("research1", day, -31, ("wang",)), *_report("research1", -22, "intercity")]
    yield [*_field_work("research0", day, -27, ("xu",)), *_report("research0", -4, "market")]
    yield [*_field_work("research4", day, -24, ("zheng",)), *_report("research4", -3, "interior")[:-1]]
    yield _refused_sheet(day)
    yield _half_done(day)
    yield [*_given("research7", day, -11, ("zheng", "xu"), trained=True)]
    yield [_do(-14, "complete", "research5/prepare", "zhao", set=said.QUESTIONNAIRE)]
    yield _promotion(day)
    yield _argued_promotion(day)
    yield _sales("sales2", day, -9)


def joint_review() -> Story:
    """The pack's joint review, counted from the day the demo begins (SC-000)."""
    return [
        Step(0, {"act": "start", "process": "SC-000", "by": "han", "as": "review"}),
        _do(
            0, "fill", "review/draft", "han", set={"lines": said.ROLES}, forms={"process_doc": said.PROCESSES}
        ),
        *(
            _do(1, "approve", "review/sign", who, data=None, opinion="流程核对无误，同意生效。")
            for who in REVIEW
        ),
        _do(2, "complete", "review/publish", "han", data=None),
    ]


def monthly_plan(period: str, day: Day, last: bool) -> Story:
    """A month's sales plan, days counted from the day the calendar opened it; the last waits for one manager."""
    alias = f"monthly-schedule-{period}"
    own = [
        _do(2 + place, "fill", f"{alias}/own", who, set=said.sales_plan(who, alias))
        for place, who in enumerate(KEY_ACCOUNTS[:2] if last else KEY_ACCOUNTS)
    ]
    if last:
        return own
    carried = [
        _do(
            24,
            "complete",
            f"{alias}/carry",
            who,
            data=None,
            set={"progress": said.progress(who, alias, day(14), day(24))},
        )
        for who in KEY_ACCOUNTS
    ]
    finance = _do(
        9, "complete", f"{alias}/finance", "feng", data=None, opinion="账期九十天以内，资金可以安排。"
    )
    return [*own, *_signed(alias, 5), finance, *carried]


def production(alias: str, period: str) -> Story:
    """Demand, capacity and the agreed plan of a month; days count from the sales plan's opening (SC-D03)."""
    return [
        _do(9, "fill", f"{alias}/demand", "qian", set={"level": "月度", "period": period}),
        _do(10, "complete", f"{alias}/supply", "dong", set={"gaps": []}),
        _do(11, "complete", f"{alias}/agreed", "qian"),
        _do(11, "complete", f"{alias}/publish", "qian", data=None),
    ]


def _do(
    day: int, act: str, task: str, by: str, *, files: Mapping[str, str] | None = None, **more: Any
) -> Step:
    body = {"act": act, "task": task, "by": by, "data": "auto", **more}
    return Step(day, {key: value for key, value in body.items() if value is not None}, files or {})


def _given(alias: str, day: Day, start: int, who: Sequence[str], *, trained: bool = False) -> Story:
    """Questionnaire and task sheets."""
    tasks = [
        {
            "assignee": one, "training_needed": trained, "due": day(start + 7).isoformat(),
            "targets": [{"object": said.CUSTOMERS[one][0], "count": 6}, {"object": said.CUSTOMERS[one][1], "count": 4}],
        }
        for one in who
    ]  # fmt: skip
    return [
        _do(start, "complete", f"{alias}/prepare", "zhao", set=said.QUESTIONNAIRE),
        _do(start + 1, "complete", f"{alias}/assign", "wu", forms={"research_task": tasks}),
    ]


def _field_work(alias: str, day: Day, start: int, who: Sequence[str]) -> Story:
    """From questionnaire to accepted sheets; several people are trained, and the last one's sheets come back once."""
    train = len(who) > 1
    steps = [*_given(alias, day, start, who, trained=train)]
    if train:
        lines = [
            {"name": said.NAMES[one], "unit": "大客户部", "score": 88 + place, "pass": True,
             "sign_time": f"{day(start + 2).isoformat()}T09:00"}
            for place, one in enumerate(who)
        ]  # fmt: skip
        steps.append(
            _do(start + 2, "complete", f"{alias}/train", "zhao", forms={"training_sign": {"lines": lines}})
        )
    for one in who:
        steps += [
            _do(start + 3, "complete", f"{alias}/accept", one, data=None),
            _do(
                start + 5, "complete", f"{alias}/collect", one, forms={"market_info": said.sheets(alias, one)}
            ),
        ]
    approved = _do(start + 7, "approve", f"{alias}/check", "zhao", set={"market_info.check_result": "采用"})
    if train:
        steps += [
            _do(start + 6, "refuse", f"{alias}/check@2", "zhao", data=None, opinion=said.NO_SOURCE),
            approved,
            _do(start + 7, "complete", f"{alias}/collect", who[-1]),
        ]
    return [*steps, approved]


def _report(alias: str, day: int, about: str) -> Story:
    """The report and its review."""
    title, sections = said.report(about)
    return [
        _do(day, "fill", f"{alias}/report", "zhao", set=sections,
            files={"charts": f"{title}图一.png", "data_set": f"{title}数据.csv"}),
        _do(day + 2, "approve", f"{alias}/review", "qian", data=None, opinion="结论有数据支持，建议可行。"),
    ]  # fmt: skip


def _refused_sheet(day: Day) -> Story:
    """One manager's sheets came back, the other's still wait for the check."""
    alias = "research3"
    steps = _field_work(alias, day, -12, ("wang",))[:-1]
    return [*steps, _do(-4, "refuse", f"{alias}/check", "zhao", data=None, opinion=said.NO_PRICE)]


def _half_done(day: Day) -> Story:
    """One is in the field, another has returned, the third has not accepted."""
    alias = "research6"
    return [
        *_given(alias, day, -9, KEY_ACCOUNTS),
        _do(-6, "complete", f"{alias}/accept", "zheng", data=None),
        _do(-6, "complete", f"{alias}/accept", "wang", data=None),
        _do(-2, "complete", f"{alias}/collect", "wang", forms={"market_info": said.sheets(alias, "wang")}),
    ]


def _meeting(alias: str, start: int, title: str) -> Story:
    attend = [{"user": who, "state": "实到"} for who in ("qian", "yang", "dong")]
    meeting = {"title": title, "attend": attend, **said.MINUTES}
    return [
        _do(start, "complete", f"{alias}/meeting", "qian", forms={"meeting": meeting}),
        *(_do(start + 1, "complete", f"{alias}/confirm", who, data=None) for who in ("qian", "yang", "dong")),
    ]


def _promotion(day: Day) -> Story:
    """A guide that all three agreed to, carried over to sales."""
    actions = [
        {"no": 1, "action": "两家车辆制造企业样机上车试用", "owner": "zheng", "start": day(-9).isoformat(),
         "end": day(20).isoformat(), "budget": 68000, "output": "客户签字的试用报告"},
        {"no": 2, "action": "华东检修段技术交流会", "owner": "wang", "start": day(-9).isoformat(),
         "end": day(-2).isoformat(), "budget": 26500, "output": "到会名单和意向记录"},
    ]  # fmt: skip
    return [
        *_meeting("promotion2", -17, "城际列车门系统推广研讨会"),
        _do(-15, "fill", "promotion2/guide", "zhao", set={"actions": actions, **said.GUIDE}),
        _do(-14, "approve", "promotion2/opinions", "qian", data=None, opinion="目标和行动对得上，同意。"),
        _do(
            -13,
            "approve",
            "promotion2/opinions",
            "li",
            data=None,
            opinion="试用样机由技术中心验收后发出，同意。",
        ),
        _do(
            -12,
            "approve",
            "promotion2/opinions",
            "zhou",
            data=None,
            opinion="同意。试用结果每月向我汇报一次。",
        ),
        _do(-10, "complete", "promotion2/launch", "wu", data=None),
        _do(-2, "fill", "promotion2/act@wang", "wang", files={"evidence": "技术交流会到会名单.csv"}),
    ]


def _argued_promotion(day: Day) -> Story:
    """A guide that the technical director did not agree to; its author has to improve it."""
    actions = [
        {"no": 1, "action": "门控器自诊断功能演示", "owner": "xu", "start": day(3).isoformat(),
         "end": day(25).isoformat(), "budget": 41000, "output": "演示视频和客户反馈"},
    ]  # fmt: skip
    return [
        *_meeting("promotion1", -12, "门控器推广研讨会"),
        _do(-8, "fill", "promotion1/guide", "zhao", set={"actions": actions, **said.GUIDE}),
        _do(-6, "approve", "promotion1/opinions", "qian", data=None, opinion="同意。"),
        _do(-5, "approve", "promotion1/opinions", "zhou", data=None, opinion="同意，预算从严。"),
        _do(
            -2, "refuse", "promotion1/opinions", "li", data=None, opinion=said.NO_PROOF, mode="straight_back"
        ),
    ]


def _sales(alias: str, day: Day, start: int) -> Story:
    """The sales plan that a promotion opened, signed; one manager has not accepted her task yet."""
    month = f"{day(0):%Y-%m}"
    own = [
        _do(start + 1, "fill", f"{alias}/own", who, set={**said.sales_plan(who, alias), "plan_month": month})
        for who in KEY_ACCOUNTS
    ]
    return [*own, *_signed(alias, start + 2, month)[:-1]]


def _signed(alias: str, start: int, month: str = "") -> Story:
    """Merged, signed, presented, noted, allotted, accepted."""
    of_task, of_plan = ({"period": month}, {"plan_month": month}) if month else ({}, {})
    tasks = [
        {"assignee": who, "targets": [{"metric": "M-002", "value": said.target(who, alias)}], **of_task}
        for who in KEY_ACCOUNTS
    ]
    return [
        _do(start, "fill", f"{alias}/merge", "wu", set={"key_actions": said.MERGED, **of_plan}),
        _do(
            start + 1, "approve", f"{alias}/decide", "qian", data=None, opinion="与推广计划和产能相符，签准。"
        ),
        _do(start + 2, "complete", f"{alias}/present", "wu", data=None),
        _do(
            start + 3, "complete", f"{alias}/note", "zhou", data=None, opinion="同意按计划执行，回款要跟紧。"
        ),
        _do(start + 3, "complete", f"{alias}/allot", "wu", forms={"sales_task": tasks}),
        *(_do(start + 4, "approve", f"{alias}/accept", who, data=None) for who in KEY_ACCOUNTS),
    ]
