"""Reads, checks and installs the process files of packs (outlines and BPMN)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bihuan.documents.public import FieldDefinition, FormDefinition
from bihuan.kernel.actor import Actor
from bihuan.packs.models import PackRelease
from bihuan.packs.public import Entry, Finding, Known, Reader, known, register_reader
from bihuan.process.models import Process, ProcessVersion
from bihuan.process.outline import known as shapes
from bihuan.process.outline.bpmn import to_bpmn
from bihuan.process.outline.check import check_outline
from bihuan.process.outline.compile import Names, compile_outline
from bihuan.process.outline.layout import lay_out
from bihuan.process.outline.place import place
from bihuan.process.outline.problems import OutlineError
from bihuan.process.outline.schema import Outline, json_schema, parse_outline

ORDER = 50  # after slots, forms and tables


def register() -> None:
    """Tell packs that this app reads `processes/*.yaml`."""
    register_reader(
        Reader(
            folder="processes",
            parse=parse,
            gives=lambda outline: {outline.code: outline},
            check=check,
            install=install,
            schema=json_schema,
            order=ORDER,
        )
    )


def parse(data: Any) -> tuple[Outline | None, Sequence[Finding]]:
    """An outline from plain data, or what is wrong with it."""
    try:
        return parse_outline(data), ()
    except OutlineError as error:
        return None, [(problem.path, problem.text) for problem in error.problems]


def check(outline: Outline, around: Known) -> Sequence[Finding]:
    """The static check against everything the pack and those it requires give."""
    return [(problem.path, problem.text) for problem in check_outline(outline, _known(around))]


def install(release: PackRelease, entries: Sequence[Entry], *, by: Actor, at: datetime) -> None:
    """Make a version of each process, compiled to BPMN with its drawing."""
    around = known(release)
    pack = release.source["pack.yaml"]["data"]
    for entry in entries:
        outline: Outline = entry.value
        names = Names(
            forms={code: form.key for code, form in around.forms.items()},
            slots={code: _text(slot.name) for code, slot in around.slots.items()},
            due=pack.get("due", {}),
        )
        graph = compile_outline(outline, names)
        drawing = to_bpmn(graph, lay_out(graph), names.slots).decode()
        process, _ = Process.objects.get_or_create(code=outline.code, defaults={"pack": release.pack.code})
        written = json.dumps(entry.data, ensure_ascii=False, sort_keys=True)
        ProcessVersion.objects.create(
            process=process,
            release=release,
            names=outline.name if isinstance(outline.name, dict) else {"zh-Hans": outline.name},
            outline=entry.data,
            bpmn=drawing,
            digest=hashlib.sha256((written + drawing).encode()).hexdigest(),
        )


def _text(label: Any) -> str:
    return str(label["zh-Hans"]) if isinstance(label, Mapping) else str(label)


def _known(around: Known) -> shapes.Known:
    outlines: Mapping[str, Outline] = around.processes
    return shapes.Known(
        slots=frozenset(around.slots) | around.broken.get("slots.yaml", frozenset()),
        forms={code: _form(form) for code, form in around.forms.items()},
        processes={code: _process(code, outlines) for code in outlines},
        tables=frozenset(around.tables),
        settings=frozenset(around.settings),
    )


def _form(form: FormDefinition) -> shapes.FormShape:
    return shapes.FormShape(form.key, {field.key: _field(field) for field in form.fields}, form.kind.value)


def _field(field: Any) -> shapes.FieldShape:
    return shapes.FieldShape(
        type=field.type.value,
        columns={c.key: _field(c) for c in field.columns} if isinstance(field, FieldDefinition) else {},
        required=field.required,
        required_in=tuple(field.required_in),
        computed=bool(field.compute),
        default=field.default is not None,
        to=field.to,
        many=field.many,
    )


def _process(code: str, outlines: Mapping[str, Outline]) -> shapes.ProcessShape:
    """A process as others see it: its steps, and where and with what they open or call it."""
    outline = outlines[code]
    entered, given = set(), {}
    for other in outlines.values():
        for opening in _openings(other, code):
            if opening.get("at"):
                entered.add(opening["at"])
            handed = opening.get("document_as")
            if isinstance(handed, Mapping):
                given.update(dict.fromkeys(handed, ""))
            elif handed:
                given[handed] = _main_form(other)
    steps = frozenset(item.id for item in place(outline).steps)
    return shapes.ProcessShape(steps, _main_form(outline), frozenset(entered), given)


def _openings(outline: Outline, code: str) -> Iterator[Mapping[str, Any]]:
    """Every `opens` or `call` of a process in an outline, as written."""
    for item in [*(placed.step for placed in place(outline).steps), outline.end]:
        data = item.model_dump(by_alias=True, exclude_unset=True)
        for opening in data.get("opens") or ():
            if opening.get("process") == code:
                yield opening
        called = data.get("call")
        if called == code or (isinstance(called, list) and code in called):
            yield data


def _main_form(outline: Outline) -> str:
    document = outline.document
    if isinstance(document, Mapping):
        return str(next(iter(document.values())))
    return str(document or "")
