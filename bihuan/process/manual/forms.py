"""One form as the manual shows it: every field with its type, rules, and who fills it where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language, gettext

from bihuan.documents.public import ColumnDefinition, FieldDefinition, FormDefinition
from bihuan.kernel.label import show
from bihuan.process.outline.titles import ACTS
from bihuan.process.program import Program

from . import wording
from .contents import keep_text, mark_text

KINDS = {"document": "单据", "record": "登记", "view": "视图"}


@dataclass(frozen=True, slots=True)
class Line:
    """One field, or (`inner`) one column of the table above it."""

    key: str
    label: str
    type: str
    required: str
    rule: str
    mark: str
    inner: bool = False
    section: str = ""


@dataclass(frozen=True, slots=True)
class FormContents:
    """One form of the manual."""

    code: str
    name: str
    kind: str
    secrecy: str
    keep: str
    help: str
    mark: str
    lines: tuple[Line, ...]
    rules: tuple[str, ...]
    uses: tuple[str, ...]
    """The steps that fill or decide on it: `SC-001 1 编制调研计划书 · 填写`."""


def form_contents(form: FormDefinition, plans: Iterable[Program]) -> FormContents:
    """What the manual says of a form; `plans` are the processes it is looked for in."""
    language = get_language() or "zh-hans"
    lines: list[Line] = []
    for one in form.fields:
        lines.append(_line(one, language, section=show(one.section, language)))
        lines += [_line(column, language, inner=True) for column in one.columns]
    return FormContents(
        code=form.code,
        name=form.title(language),
        kind=gettext(KINDS[form.kind.value]),
        secrecy=form.secrecy.label,
        keep=keep_text(form.keep),
        help=show(form.help, language),
        mark=mark_text(form.origin.value),
        lines=tuple(lines),
        rules=tuple(show(rule.message, language) for rule in form.rules),
        uses=tuple(use for plan in plans for use in _uses(plan, form.code, language)),
    )


def _uses(plan: Program, code: str, language: str) -> Iterable[str]:
    for node in plan.steps():
        sheets = [*node.rules.get("documents", ()), *node.rules.get("form", ())]
        if any(one.get("form") == code for one in sheets):
            act = gettext(ACTS.get(str(node.rules.get("do", "")), ""))
            parts = (plan.code, str(node.rules.get("num", "")), wording.step(node, language), "·", act)
            yield " ".join(filter(None, parts))


def _line(one: ColumnDefinition, language: str, *, inner: bool = False, section: str = "") -> Line:
    kind = str(wording.TYPES[one.type.value])
    return Line(
        key=one.key,
        label=one.name(language),
        type=gettext("{type}(多个)").format(type=kind) if one.many else kind,
        required=_required(one),
        rule="；".join(_rules(one, language)),
        mark=mark_text(one.origin.value),
        inner=inner,
        section=section,
    )


def _required(one: ColumnDefinition) -> str:
    if not one.asked:
        return gettext("自动")
    if one.required:
        return gettext("必填")
    return gettext("视情况必填") if one.required_if or one.required_in else ""


def _rules(one: ColumnDefinition, language: str) -> Iterable[str]:
    if one.options:
        yield "、".join(show(option.label, language) for option in one.options)
    if one.to:
        yield gettext("引用{forms}").format(forms="、".join(one.to))
    yield from _bounds(one)
    if one.compute:
        yield gettext("自动计算")
    if isinstance(one, FieldDefinition) and one.binding:
        yield gettext("改动后须重新审批")
    if one.help:
        yield show(one.help, language)


def _bounds(one: ColumnDefinition) -> Iterable[str]:
    least, most = _number(one, "minimum"), _number(one, "maximum")
    if least:
        yield gettext("不少于{n}").format(n=least)
    if most:
        yield gettext("不多于{n}").format(n=most)
    if isinstance(one, FieldDefinition) and one.min_rows:
        yield gettext("至少{n}行").format(n=one.min_rows)


def _number(one: ColumnDefinition, name: str) -> str:
    """A bound: of texts the number of letters."""
    bound = str(getattr(one, name) or "")
    letters = one.type.value in {"text", "longtext", "phone", "region"}
    return gettext("{n}字").format(n=bound) if bound and letters else bound
