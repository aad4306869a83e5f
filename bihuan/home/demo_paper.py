"""What stands in a research plan (F-001) of a demo: filled from the story's phrases, by a given source of chance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from bihuan.home import demo_story as phrases

SCALE = {"年度": 4, "重大专题": 3, "月度": 1, "常规": 1}
"""How much bigger than a routine plan a level is."""


def title_of(plan: phrases.Plan, day: date) -> str:
    """The plan's title as written on a day."""
    following = (day.replace(day=1) + timedelta(days=32)).month
    return plan.title.format(year=day.year, month=day.month, next_year=day.year + 1, next_month=following)


def paper(plan: phrases.Plan, day: date, staff: Sequence[int], random: Random) -> dict[str, Any]:
    """The form's input as filled on `day`; `staff` are ids of people, the plan's author first."""
    start = day + timedelta(days=7)
    weeks = 3 + SCALE[plan.level] * 2
    questionnaire = random.random() < 0.4
    groups = random.sample(phrases.GROUPS, k=2 + min(SCALE[plan.level], 2) // 2)
    return {
        "title": title_of(plan, day),
        "plan_level": plan.level,
        "background": random.choice(phrases.BACKGROUNDS).format(about=plan.about),
        "purpose": random.choice(phrases.PURPOSES).format(about=plan.about),
        "scope_area": sorted(random.sample(phrases.AREAS, k=2 + SCALE[plan.level] // 2)),
        "scope_period": {"start": start.isoformat(), "end": (start + timedelta(weeks=weeks)).isoformat()},
        "objects": [{"group": g, "description": said, "quota": random.randint(4, 18)} for g, said in groups],
        "topics": [
            "竞争对手",
            "客户需求",
            *random.sample(["行业趋势", "市场潜力", "价格"], k=SCALE[plan.level] // 2),
        ],
        "topic_detail": random.choice(phrases.DETAILS),
        "methods": ["文案", "访谈", *(["问卷"] if questionnaire else [])],
        "sampling": "分层" if questionnaire else "全数",
        "sample_size": random.randrange(100, 400, 10) if questionnaire else None,
        "schedule": _schedule(start, weeks, staff),
        "staff": [
            {"user": staff[0], "role": "负责人", "task": "统筹进度，执笔调研报告"},
            {"user": staff[1], "role": "访谈员", "task": "约访客户并整理访谈记录"},
            {"user": staff[2], "role": "技术复核", "task": "复核技术指标和竞品参数"},
        ],
        "budget_lines": _costs(SCALE[plan.level], random),
        "reserve_pct": random.choice([0, 5, 8]),
        "quality_measures": random.choice(phrases.MEASURES),
        "risk_note": random.choice(phrases.RISKS),
        "deliverables": ["调研报告", "数据表"] if SCALE[plan.level] > 1 else ["调研报告"],
    }


def _schedule(start: date, weeks: int, staff: Sequence[int]) -> list[dict[str, Any]]:
    """Three stages one after the other, the middle one the longest."""
    edges = (0, 7, weeks * 7 - 10, weeks * 7)
    names = (("设计", "访谈提纲和样本名单"), ("实施", "访谈记录和原始数据"), ("报告", "调研报告"))
    return [
        {
            "stage": stage,
            "start": (start + timedelta(days=edges[place])).isoformat(),
            "end": (start + timedelta(days=edges[place + 1] - 1)).isoformat(),
            "owner": staff[place % 2],
            "deliverable": deliverable,
        }
        for place, (stage, deliverable) in enumerate(names)
    ]


def _costs(scale: int, random: Random) -> list[dict[str, Any]]:
    chosen = random.sample(phrases.COSTS, k=2 + min(scale, 3))
    return [
        {
            "item": item,
            "qty": random.randint(2, 6) * (scale if price < 5000 else 1),
            "unit_price": price,
            "note": note,
        }
        for item, note, price in sorted(chosen, key=lambda cost: phrases.COSTS.index(cost))
    ]
