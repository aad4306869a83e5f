"""The static check of an outline: what `pack check` refuses (formats.md, last paragraph of "Process").

Problems carry the path of the key in the file. Nothing here reads files or asks a database: what
the pack knows comes as `Known`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bihuan.kit.expr import ExprError, Shape, parse_moment, parse_template, problems
from bihuan.process.engine.graph import Graph, Kind
from bihuan.process.outline.check_flow import (
    SHAPING,
    check_graph,
    check_ids,
    check_lists,
    check_picks,
    check_targets,
)
from bihuan.process.outline.check_names import check_made, check_names, check_opened
from bihuan.process.outline.compile import Names, compile_outline
from bihuan.process.outline.documents import Documents
from bihuan.process.outline.known import Known, ProcessShape
from bihuan.process.outline.place import Plan, place
from bihuan.process.outline.problems import Path, Problem, problem
from bihuan.process.outline.schema import Outline
from bihuan.process.outline.shapes import Shapes
from bihuan.process.outline.words import Word, words_of


def check_outline(outline: Outline, known: Known) -> list[Problem]:
    """All problems of an outline against what is known around it; [] when it may be published."""
    plan = place(outline)
    documents = Documents(outline, plan, known.form_keys)
    own = known.processes.get(outline.code, ProcessShape())
    given = _given(outline, plan, own, known)
    found = _shape(plan)
    found += check_names(outline, plan, documents, known)
    found += _words(outline, plan, Shapes(documents.forms, known, given), documents)
    found += check_opened(outline, plan, documents, known)
    if not _blocks_graph(found):
        graph = compile_outline(outline, Names(forms=known.form_keys))
        found += check_graph(graph, plan, own.entered)
        names = set(given) | ({documents.main[0]["name"]} if _handed_over(outline, own) else set())
        found += check_made(plan, documents, names, _before(graph))
    return list(dict.fromkeys(found))


def check_alone(outline: Outline) -> list[Problem]:
    """What can be said of an outline without knowing its pack: ids, targets, and whether the way holds."""
    plan = place(outline)
    found = _shape(plan)
    if not _blocks_graph(found):
        found += check_graph(compile_outline(outline), plan, ())
    return found


def _shape(plan: Plan) -> list[Problem]:
    return [*check_ids(plan), *check_lists(plan), *check_targets(plan), *check_picks(plan)]


def _blocks_graph(found: Iterable[Problem]) -> bool:
    """Whether ids or targets are so wrong that no graph can be built."""
    return any(p.message in SHAPING for p in found)


def _handed_over(outline: Outline, own: ProcessShape) -> bool:
    """Whether another case may hand the main document over."""
    return bool(outline.document) and str(outline.document) in own.given.values()


def _given(outline: Outline, plan: Plan, own: ProcessShape, known: Known) -> Mapping[str, str]:
    """Documents that come from elsewhere: name to form code ("" where unknown)."""
    found = dict(own.given)
    for start in outline.start:
        for name in _names(start.document_as):
            found.setdefault(name, "")
    for item in plan.steps:
        step = item.step
        if step.call is None:
            continue
        last = step.call[-1] if isinstance(step.call, list) else step.call
        form = known.processes[last].document if last in known.processes else ""
        for name in _names(step.document_as) or [known.form_keys.get(form, form)]:
            found.setdefault(name, form)
    return found


def _names(value: Any) -> list[str]:
    return list(value) if isinstance(value, dict) else [value] if value else []


def _before(graph: Graph) -> dict[str, set[str]]:
    """By node, the nodes from which a way or a refusal leads to it, blocks entered and left on the way."""
    refusing: dict[str, set[str]] = {}
    for node in graph.nodes.values():
        for target in node.rules.get("refuse", ()):
            refusing.setdefault(str(target["go"]), set()).add(node.id)
    found: dict[str, set[str]] = {}
    for id in graph.nodes:
        seen: set[str] = set()
        ahead = [id]
        while ahead:
            node = graph.nodes[ahead.pop()]
            sources = {flow.source for flow in graph.incoming[node.id]} | {
                s for s in (node.scope, node.host) if s
            }
            sources |= refusing.get(node.id, set())
            if node.kind is Kind.SUB:
                sources |= {n.id for n in graph.nodes.values() if n.scope == node.id}
            ahead += sources - seen
            seen |= sources
        found[id] = seen
    return found


def _words(outline: Outline, plan: Plan, shapes: Shapes, documents: Documents) -> Iterator[Problem]:
    """Every expression, time and text names only what there is."""
    main = shapes.of(documents.main)
    for at, start in enumerate(outline.start):
        yield from spoken(("start", at), words_of(start), main)
    yield from spoken(("end",), words_of(outline.end), main)
    for item in plan.steps:
        yield from spoken(item.where, words_of(item.step), shapes.of(documents.of(item)))


def spoken(where: Path, words: Iterable[Word], shape: Shape) -> Iterator[Problem]:
    """What is wrong with words where these are the roots."""
    for word in words:
        for message in _wrong(word, shape):
            yield problem((*where, *word.path), "{message}", message=message)


def _wrong(word: Word, shape: Shape) -> list[str]:
    if word.kind == "expression":
        return problems(word.source, shape)
    try:
        read = parse_moment(word.source) if word.kind == "time" else parse_template(word.source)
    except ExprError as error:
        return [error.text()]
    return read.refuse_unknown(shape)
