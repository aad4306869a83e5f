"""People, deadlines and field types of a pack in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from bihuan.kernel.label import show
from bihuan.process.engine.graph import Graph, Node

_UNITS = (
    ("wd", gettext_lazy("个工作日")),
    ("wh", gettext_lazy("个工作小时")),
    ("min", gettext_lazy("分钟")),
    ("h", gettext_lazy("小时")),
    ("d", gettext_lazy("天")),
)
_CYCLES = {
    "daily": gettext_lazy("每日{at}"),
    "weekly": gettext_lazy("每周{at}"),
    "monthly": gettext_lazy("每月{at}"),
    "quarterly": gettext_lazy("每季度{at}"),
    "half_yearly": gettext_lazy("每半年{at}"),
    "yearly": gettext_lazy("每年{at}"),
}
_DAYS = {
    "mon": gettext_lazy("星期一"),
    "tue": gettext_lazy("星期二"),
    "wed": gettext_lazy("星期三"),
    "thu": gettext_lazy("星期四"),
    "fri": gettext_lazy("星期五"),
    "sat": gettext_lazy("星期六"),
    "sun": gettext_lazy("星期日"),
}
_PEOPLE = {
    "starter": gettext_lazy("发起人"),
    "head_of": gettext_lazy("部门负责人"),
    "superior": gettext_lazy("上级"),
    "chain": gettext_lazy("逐级上级"),
    "field": gettext_lazy("单据指定的人"),
    "starter_picks": gettext_lazy("发起人选定的人"),
    "previous_picks": gettext_lazy("上一步选定的人"),
    "table": gettext_lazy("审批路线表规定的人"),
}
TYPES = {
    "text": gettext_lazy("单行文字"),
    "longtext": gettext_lazy("多行文字"),
    "int": gettext_lazy("整数"),
    "decimal": gettext_lazy("小数"),
    "money": gettext_lazy("金额"),
    "percent": gettext_lazy("百分比"),
    "bool": gettext_lazy("是否"),
    "date": gettext_lazy("日期"),
    "datetime": gettext_lazy("日期时间"),
    "month": gettext_lazy("月份"),
    "period": gettext_lazy("期间"),
    "daterange": gettext_lazy("起止日期"),
    "datetimerange": gettext_lazy("起止时间"),
    "enum": gettext_lazy("单选"),
    "multi": gettext_lazy("多选"),
    "user": gettext_lazy("人员"),
    "slot": gettext_lazy("岗位槽"),
    "unit": gettext_lazy("单位"),
    "region": gettext_lazy("地区"),
    "ref": gettext_lazy("引用"),
    "file": gettext_lazy("文件"),
    "image": gettext_lazy("图片"),
    "table": gettext_lazy("表格"),
    "rating": gettext_lazy("评分"),
    "phone": gettext_lazy("电话"),
    "signature": gettext_lazy("签名"),
    "approval": gettext_lazy("审批意见"),
    "view": gettext_lazy("计算显示"),
    "secret": gettext_lazy("密钥"),
    "json": gettext_lazy("结构数据"),
}
"""The thirty field types as people call them."""


def people(rule: Any, names: Mapping[str, str], graph: Graph) -> list[str]:
    """The people of a step in words: slots by name, rules as what they mean; each once."""
    return list(dict.fromkeys(_people(rule, names, graph)))


def _people(rule: Any, names: Mapping[str, str], graph: Graph) -> Iterator[str]:
    if isinstance(rule, list):
        for one in rule:
            yield from _people(one, names, graph)
    elif isinstance(rule, str):
        yield gettext("任何人") if rule == "anyone" else names.get(rule, rule)
    elif isinstance(rule, Mapping):
        yield from _ruled(rule, names, graph)


def _ruled(rule: Mapping[str, Any], names: Mapping[str, str], graph: Graph) -> Iterator[str]:
    if "slot" in rule:
        yield names.get(rule["slot"], rule["slot"])
    elif "by" in rule or "else" in rule:  # a choice
        yield from _people(rule.get("by", rule.get("else")), names, graph)
    elif "did" in rule:
        steps = rule["did"] if isinstance(rule["did"], list) else [rule["did"]]
        known = [graph.nodes[one].name for one in steps if one in graph.nodes]
        yield gettext("“{step}”的办理人").format(step="、".join(known))
    else:
        yield next((str(said) for key, said in _PEOPLE.items() if key in rule), gettext("按规则确定的人"))


def slots(rule: Any) -> list[str]:
    """The slot codes that a rule for people names."""
    if isinstance(rule, list):
        return [code for one in rule for code in slots(one)]
    if isinstance(rule, str):
        return [] if rule == "anyone" else [rule]
    if not isinstance(rule, Mapping):
        return []
    if "slot" in rule:
        return [str(rule["slot"])]
    return slots(rule.get("by", rule.get("else"))) if "by" in rule or "else" in rule else []


def due(rule: Any) -> str:
    """A deadline in words: 3wd is 3个工作日, a schedule 每月26日, what is computed 按单据日期."""
    if isinstance(rule, list):
        return gettext("或").join(dict.fromkeys(filter(None, map(due, rule))))
    if isinstance(rule, Mapping):
        if "else" in rule or "due" in rule:
            return due(rule.get("due", rule.get("else")))
        if "normal" in rule:
            return due(rule["normal"])
        return next((_cycle(key, rule[key]) for key in _CYCLES if key in rule), gettext("按日程"))
    return " ".join(map(_span, rule.split())) if isinstance(rule, str) and _is_span(rule) else _computed(rule)


def _computed(rule: Any) -> str:
    return gettext("按单据中的日期") if rule else ""


def _is_span(rule: str) -> bool:
    return all(any(part.removesuffix(unit).isdigit() for unit, _ in _UNITS) for part in rule.split())


def _span(part: str) -> str:
    if part == "0d":
        return gettext("当日")
    return next(
        f"{part.removesuffix(unit)}{said}" for unit, said in _UNITS if part.removesuffix(unit).isdigit()
    )


def _cycle(kind: str, at: Any) -> str:
    said = str(at)
    if said in _DAYS:
        said = str(_DAYS[said])
    elif said.isdigit():
        said = gettext("{day}日").format(day=said)
    elif said.endswith("wd"):
        last = said.startswith("-")
        count = said.strip("-").removesuffix("wd")
        said = (gettext("倒数第{n}个工作日") if last else gettext("第{n}个工作日")).format(n=count)
    elif said.endswith("d"):
        said = gettext("倒数第{n}日").format(n=said.strip("-").removesuffix("d"))
    return str(_CYCLES[kind]).format(at=said)


def step(node: Node, language: str) -> str:
    """The name of a step in the reader's language."""
    return show(node.rules.get("name") or node.name, language) or node.id
