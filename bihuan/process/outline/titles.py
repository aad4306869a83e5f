"""Short Chinese names for nodes and flows that the outline leaves unnamed."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from bihuan.process.outline.place import Placed
from bihuan.process.outline.rules import lane_of

ACTS = {
    "fill": "填写",
    "do": "办理",
    "archive": "归档",
    "collect": "征集意见",
    "review": "审核",
    "approve": "审批",
    "all_sign": "会签",
    "separate": "分别审批",
    "any_sign": "任一签批",
    "sequential": "依次审批",
    "round": "表决",
}
_EFFECTS = {"escalate": "逾期升级", "remind": "提醒", "pass": "到期通过"}
ELSE = "否则"
BY_SETTING = "按设置"
SKIPPED = "否，跳过"


def label(value: Any) -> str:
    """The zh-Hans text of a label."""
    return str(value["zh-Hans"]) if isinstance(value, dict) else str(value or "")


def of_step(item: Placed, slots: Mapping[str, str]) -> str:
    """What a step is called: its name, or slot and act."""
    step = item.step
    if step.name is not None:
        return label(step.name)
    if item.kind == "task":
        lane = lane_of(step.by)
        return f"{slots.get(lane, lane)}{ACTS[str(step.do)]}"
    if item.kind == "watch":
        return _EFFECTS.get(step.do or "", "监控")
    if item.kind == "call":
        called = step.call if isinstance(step.call, list) else [step.call]
        return f"调用{'、'.join(map(str, called))}"
    if item.kind == "auto":
        return (
            "通知"
            if step.keys & {"notify", "confirm"} and not step.keys & {"set", "post", "opens"}
            else "自动处理"
        )
    return "等待" if item.kind == "wait" else ""


def of_condition(source: str) -> str:
    """A condition as a short text: `doc.level in ['年度', '月度']` gives 年度、月度."""
    try:
        return _text(ast.parse(source, mode="eval").body) or source
    except SyntaxError:
        return source


def _text(tree: ast.expr) -> str:
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        parts = [_text(part) for part in tree.values]
        return "且".join(parts) if all(parts) else ""
    if isinstance(tree, ast.Compare) and ast.unparse(tree.left).startswith("setting."):
        return BY_SETTING
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1 and isinstance(tree.ops[0], ast.Eq | ast.In):
        right = tree.comparators[0]
        items = right.elts if isinstance(right, ast.List | ast.Tuple) else [right]
        texts = [str(i.value) for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str)]
        if texts and len(texts) == len(items):
            return "、".join(texts)
    return ""
