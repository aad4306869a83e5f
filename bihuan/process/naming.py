"""What a person calls the things that conditions read: field labels for `doc.plan_level`, names of settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, gettext

from bihuan.documents.public import ColumnDefinition, FieldDefinition, definition_of
from bihuan.kernel.errors import NotFound, text
from bihuan.kernel.label import Label, show
from bihuan.packs import public as packs
from bihuan.process.outline.check_drawn import documents_of, form_names
from bihuan.process.papers import form_version
from bihuan.process.program import Program, program

Fields = Mapping[str, FieldDefinition]
_ROOTS = {
    "today": text("今天"),
    "now": text("现在"),
    "starter": text("发起人"),
    "asked": text("经办人选择"),
    "picked": text("选定去向"),
    "row": text("本行"),
    "case": text("流程"),
    "unit": text("部门"),
    "caller": text("来源流程"),
    "opened": text("发起时间"),
    "date": text("所属日期"),
    "period": text("期间"),
    "year": text("年度"),
    "quarter": text("季度"),
    "month": text("月份"),
    "count": text("次数"),
    "no": text("编号"),
    "state": text("状态"),
    "version": text("版本"),
    "author": text("填表人"),
    "secrecy": text("密级"),
    "urgency": text("紧急程度"),
    "submitted": text("提交时间"),
    "passed": text("通过时间"),
}
"""Roots of expressions, values of a case and of a document's head."""


def input_name(plan: Program, node: str, path: str) -> str:
    """What a condition of a node read, in words: `doc.total` as 合计, `docs.report.csat` as 满意度."""
    root, *rest = path.split(".")
    if root == "setting":
        label = _settings(plan.version, plan.digest).get(".".join(rest))
        return show(label, _language()) if label else path
    if root in ("doc", "docs") and rest:
        return _field_name(plan, node, root, rest) or path
    if path in plan.graph.nodes or root not in _ROOTS:
        return plan.graph.nodes[path].name if path in plan.graph.nodes else path
    parts = [one for one in (root, *rest) if one != "meta"]
    return "·".join(_word(plan, one) for one in (parts[1:] if root == "case" and rest else parts))


def value_name(plan: Program, value: Any) -> str:
    """A value that a condition read, in words."""
    if value is None or value == "":
        return gettext("空")
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, list):
        return "、".join(value_name(plan, one) for one in value)
    if isinstance(value, Mapping):
        return next((str(value[key]) for key in ("title", "name", "number", "id") if value.get(key)), "…")
    if str(value) in plan.graph.nodes:
        return plan.graph.nodes[str(value)].name or str(value)
    return str(value)


def _word(plan: Program, part: str) -> str:
    if part in plan.graph.nodes:
        return plan.graph.nodes[part].name or part
    return gettext(_ROOTS[part]) if part in _ROOTS else part


def _field_name(plan: Program, node: str, root: str, rest: list[str]) -> str:
    """The label of a field of the step's own document, or of another one by its name."""
    forms = _forms(plan.version, plan.digest)
    if root == "docs":
        code = form_names(plan.graph).get(rest.pop(0), "")
    else:
        at = plan.graph.nodes.get(node)
        own = documents_of(plan.graph, at) if at is not None else []
        code = next((str(one["form"]) for one in own if one.get("form")), "")
    if rest[:1] == ["meta"]:
        return "·".join(_word(plan, one) for one in rest[1:])
    one: FieldDefinition | ColumnDefinition | None = forms.get(code, {}).get(rest[0]) if rest else None
    return one.name(_language()) if one is not None else ""


@lru_cache(maxsize=128)
def _forms(version: int, digest: str) -> Mapping[str, Fields]:
    """The fields of every form a process names, by form code."""
    plan = program(version, digest)
    release = packs.release_by_id(plan.release)
    found: dict[str, Fields] = {}
    for code in set(form_names(plan.graph).values()):
        try:
            found[code] = definition_of(form_version(code, release)).field_by_key
        except NotFound:  # handed over from a pack that is off
            continue
    return found


@lru_cache(maxsize=128)
def _settings(version: int, digest: str) -> Mapping[str, Label]:
    """The labels of the settings that the process's release declares."""
    declared = packs.declared_settings(packs.release_by_id(program(version, digest).release))
    return {key: one.label for key, one in declared.items() if one.label}


def _language() -> str:
    return get_language() or "zh-hans"
