"""The manual of a whole pack, or of one process, as one numbered PDF (R-022)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext

from bihuan.documents.public import FormDefinition
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import NotFound, text
from bihuan.kernel.label import show
from bihuan.kit.paper import render_pdf, safe_name
from bihuan.packs import public as packs
from bihuan.packs.models import PackRelease
from bihuan.process import presenting
from bihuan.process.models import ProcessVersion
from bihuan.process.outline.svg import PLAIN
from bihuan.process.program import Program, program

from . import contents, forms, history, staff

TEMPLATE = Path(__file__).resolve().parents[1] / "paper" / "manual.typ"
_STYLE = PLAIN + ".bpmn{font-family:'Noto Sans SC'}.bpmn-note,.bpmn-title,.bpmn-text{fill:#1d273b}"
WIDE = 900
"""Pixels of width from which a drawing gets a turned page of its own."""
_MOMENT = "%Y-%m-%d %H:%M"


def pack_release(code: str) -> PackRelease:
    """The release that the manual of a pack shows: the one in force, else the last installed."""
    found = packs.effective_release(code) or packs.latest_release(code)
    if found is None:
        raise NotFound(text("没有安装流程包{code}"), code=code)
    return found


def print_pack(code: str, *, by: Actor) -> tuple[bytes, str]:
    """The manual of a pack: its PDF and a file name. Raises NotFound."""
    release = pack_release(code)
    plans = _plans(ProcessVersion.objects.filter(release=release))
    if not plans:
        raise NotFound(text("流程包{code}没有流程"), code=code)
    title = gettext("{pack}流程手册").format(pack=show(release.pack.names, _language()))
    return _print(release, plans, title=title, by=by)


def print_process(version: ProcessVersion, *, by: Actor) -> tuple[bytes, str]:
    """The manual of one process with its forms."""
    plans = [program(version.pk, version.digest)]
    title = f"{plans[0].code} {show(plans[0].names, _language())}"
    return _print(version.release, plans, title=title, by=by)


def _plans(versions: Any) -> list[Program]:
    rows = versions.order_by("process__code").values_list("pk", "digest")
    return [program(pk, digest) for pk, digest in rows]


def _language() -> str:
    return get_language() or "zh-hans"


def _print(release: PackRelease, plans: Sequence[Program], *, title: str, by: Actor) -> tuple[bytes, str]:
    number = history.version_text(release)
    content = render_pdf(TEMPLATE, book_of(release, plans, title=title, by=by), language=_language())
    return content, safe_name(title, number, suffix=".pdf")


def book_of(release: PackRelease, plans: Sequence[Program], *, title: str, by: Actor) -> dict[str, Any]:
    """What `manual.typ` prints, all of it text but the drawings, which are SVG of our own making."""
    now = clock.now()
    unit = staff.home_unit(by)
    people = staff.staff_of(set().union(*map(contents.slots_of, plans)), unit, now)
    chapters = [_chapter(plan, people, release) for plan in plans]
    known = packs.known(release).forms
    used = {form["code"] for chapter in chapters for form in chapter["forms"]}
    return {
        "title": title,
        "left": title,
        "mark": f"V{history.version_text(release)}",
        "foot": gettext("{unit}　{state}　{by}　打印时间：{at}").format(
            unit=unit.name if unit else "", state=release.get_state_display(), by=by.name,
            at=f"{localtime(now):{_MOMENT}}",
        ),
        "subtitle": gettext("第{version}版　{state}").format(
            version=history.version_text(release), state=release.get_state_display()
        ),
        "chapters": chapters,
        "forms": [_form(known[code], plans) for code in sorted(used) if code in known],
        "releases": [] if len(plans) == 1 else _releases(release.pack.code),
        "labels": _labels(),
    }  # fmt: skip


def _chapter(plan: Program, people: staff.Staff, release: PackRelease) -> dict[str, Any]:
    found = contents.contents_of(plan, people)
    drawing = presenting.diagram(plan, {}, found.name, style=_STYLE)
    return asdict(found) | {
        "steps": [_step(one) for one in found.steps],
        "svg": drawing["svg"],
        "turned": drawing["width"] > WIDE,
        "facts": _facts(found),
        "releases": _releases(release.pack.code, plan.code),
    }


def _step(one: contents.Step) -> dict[str, Any]:
    """A step as the cells of its line, and the small print below it."""
    notes = [
        (gettext("标准"), one.standard, one.standard_mark),
        (gettext("注意"), one.caution, one.caution_mark),
        *((gettext("质控点"), check, "") for check in one.checks),
        (gettext("输入"), "、".join(map(str, one.inputs)), ""),
    ]
    return {
        "num": one.num,
        "name": one.name,
        "mark": one.step_mark,
        "act": one.act,
        "who": "、".join(one.who),
        "posts": list(one.posts),
        "forms": "、".join(map(str, one.forms)),
        "due": one.due,
        "due_mark": one.due_mark,
        "refuse": "、".join(one.refuse),
        "notes": [list(note) for note in notes if note[1]],
    }


def _facts(found: contents.Contents) -> list[list[str]]:
    rows = [
        ("代号", found.code), ("主责部门", found.owner), ("发起", "、".join(found.start)), ("结果", found.ends),
        ("归档保存", found.keep), ("绩效指标", "、".join(map(str, found.metrics))),
        ("使用表单", "、".join(map(str, found.forms))), ("后续流程", "、".join(map(str, found.opens))),
        ("标准", found.standard), ("注意", found.caution), ("内容来源", found.mark),
    ]  # fmt: skip
    return [[gettext(label), said] for label, said in rows if said]


def _form(form: FormDefinition, plans: Sequence[Program]) -> dict[str, Any]:
    return asdict(forms.form_contents(form, plans))


def _releases(pack: str, process: str = "") -> list[dict[str, Any]]:
    return [
        {
            "version": one.version,
            "state": one.state,
            "changed": gettext("有改动") if one.changed else gettext("无改动") if process else "",
            "installed": f"{_moment(one.installed_at)} {one.installed_by}",
            "effective": _moment(one.effective_at),
            "signed": signed_text(one),
        }
        for one in history.releases_of(pack, process)
    ]


def signed_text(release: history.Release) -> str:
    """Who signed a release and when, on lines of their own."""
    if not release.signed:
        return gettext("安装时直接生效，未经联合审核") if release.effective_at else ""
    lines = [f"{one.person} {one.position} {one.answer} {_moment(one.at)}" for one in release.signatures]
    return "\n".join([release.case_number, *lines])


def _moment(at: datetime | None) -> str:
    return f"{localtime(at):{_MOMENT}}" if at else ""


def _labels() -> Mapping[str, Any]:
    return {
        "contents": gettext("目录"),
        "processes": gettext("流程"),
        "forms": gettext("附录:表单"),
        "purpose": gettext("目的"),
        "diagram": gettext("流程图"),
        "steps": gettext("步骤"),
        "step": [gettext(one) for one in ("序号", "步骤与要求", "责任岗位", "表单", "时限", "退回到")],
        "releases": gettext("版本记录"),
        "release": [gettext(one) for one in ("版本", "状态", "安装", "生效", "联合审核")],
        "field": [gettext(one) for one in ("字段", "类型", "填写", "要求")],
        "uses": gettext("用于"),
        "rules": gettext("校验"),
        "secrecy": gettext("密级"),
        "keep": gettext("保存期限"),
        "none": gettext("无"),
        "legend": gettext("标有“按惯例补全”的内容手册原文没有写明，按通行做法补全，可由管理员修改。"),
    }
