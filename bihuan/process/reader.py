"""Reads, checks and installs the process files of packs: outlines and BPMN."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bihuan.kernel.actor import Actor
from bihuan.packs.models import PackRelease
from bihuan.packs.public import Entry, Finding, Known, Reader, known, register_reader
from bihuan.process import drawn
from bihuan.process.drawn import Drawn
from bihuan.process.engine.graph import Graph, Kind
from bihuan.process.models import Process, ProcessVersion, Trigger
from bihuan.process.outline.bpmn import to_bpmn
from bihuan.process.outline.check import check_outline
from bihuan.process.outline.check_drawn import check_drawn
from bihuan.process.outline.compile import compile_outline
from bihuan.process.outline.layout import lay_out
from bihuan.process.outline.problems import OutlineError
from bihuan.process.outline.schema import Outline, json_schema, parse_outline
from bihuan.process.outline.unoffered import warn_drawn, warn_outline
from bihuan.process.surroundings import names_of, shapes_of

ORDER = 50  # after slots, forms and tables


def register() -> None:
    """Tell packs that this app reads `processes/*.yaml` and `processes/*.bpmn`."""
    outlines = Reader(
        folder="processes",
        parse=parse,
        gives=lambda outline: {outline.code: outline},
        check=check,
        warn=warn,
        install=install,
        schema=json_schema,
        order=ORDER,
    )
    drawings = Reader(
        folder="processes",
        suffixes=(".bpmn",),
        parse=drawn.parse,
        gives=lambda process: {process.code: process},
        check=check_bpmn,
        warn=warn_bpmn,
        install=install_bpmn,
        order=ORDER,
    )
    register_reader(outlines)
    register_reader(drawings)


def parse(data: Any) -> tuple[Outline | None, Sequence[Finding]]:
    """An outline from plain data, or what is wrong with it."""
    try:
        return parse_outline(data), ()
    except OutlineError as error:
        return None, [(problem.path, problem.text) for problem in error.problems]


def check(outline: Outline, around: Known) -> Sequence[Finding]:
    """The static check against everything the pack and those it requires give."""
    return [(problem.path, problem.text) for problem in check_outline(outline, shapes_of(around))]


def check_bpmn(process: Drawn, around: Known) -> Sequence[Finding]:
    """The same for a drawn process; paths begin with the element's id."""
    return [(problem.path, problem.text) for problem in check_drawn(process.graph, shapes_of(around))]


def warn(outline: Outline, around: Known) -> Sequence[Finding]:
    """What the process names in vain: it runs all the same."""
    return [(problem.path, problem.text) for problem in warn_outline(outline, shapes_of(around))]


def warn_bpmn(process: Drawn, around: Known) -> Sequence[Finding]:
    """The same for a drawn process."""
    return [(problem.path, problem.text) for problem in warn_drawn(process.graph, shapes_of(around))]


def install(release: PackRelease, entries: Sequence[Entry], *, by: Actor, at: datetime) -> None:
    """Make a version of each process, compiled to BPMN with its drawing."""
    around = known(release)
    names = names_of(around.forms, around.slots, release.source["pack.yaml"]["data"].get("due"))
    for entry in entries:
        outline: Outline = entry.value
        graph = compile_outline(outline, names)
        drawing = to_bpmn(graph, lay_out(graph), names.slots).decode()
        called = outline.name if isinstance(outline.name, dict) else {"zh-Hans": outline.name}
        _new_version(release, outline.code, called, drawing, entry.data, graph)


def install_bpmn(release: PackRelease, entries: Sequence[Entry], *, by: Actor, at: datetime) -> None:
    """Make a version of each process from its file as it stands, the drawing kept."""
    for entry in entries:
        process: Drawn = entry.value
        _new_version(release, process.code, process.names, process.xml, {}, process.graph)


def _new_version(
    release: PackRelease,
    code: str,
    names: Mapping[str, str],
    bpmn: str,
    outline: Mapping[str, Any],
    graph: Graph,
) -> None:
    process, _ = Process.objects.get_or_create(code=code, defaults={"pack": release.pack.code})
    written = json.dumps(outline, ensure_ascii=False, sort_keys=True)
    version = ProcessVersion.objects.create(
        process=process,
        release=release,
        names=names,
        outline=outline,
        bpmn=bpmn,
        digest=hashlib.sha256((f"{release.pk}:" + written + bpmn).encode()).hexdigest(),
    )
    _keep_triggers(version, graph, release.source["pack.yaml"]["data"].get("calendar", "cn"))


def _keep_triggers(version: ProcessVersion, graph: Graph, calendar: str) -> None:
    """The starts by schedule and event, where ticks and events find them."""
    Trigger.objects.bulk_create(
        Trigger(
            version=version,
            node=node.id,
            place=place,
            event=item.get("event", ""),
            item=item,
            calendar=calendar,
        )
        for node in graph.nodes.values()
        if node.kind is Kind.START and not node.scope
        for place, item in enumerate(node.rules.get("starts", ()))
        if "event" in item or "schedule" in item
    )
