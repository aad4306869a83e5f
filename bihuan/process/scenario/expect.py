"""What a scenario expects to see; each check answers with what it found instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from bihuan.documents import public as documents
from bihuan.documents.public import Document, State
from bihuan.kit.links import Ref, links_from
from bihuan.kit.notify import Notice
from bihuan.org import public as org
from bihuan.process.models import Case, CaseDocument, CaseEvent, Posting, Task
from bihuan.process.queries import visible_cases
from bihuan.process.registers import fits, register_of
from bihuan.process.scenario.world import World

_HISTORY = {
    "start",
    "fill",
    "complete",
    "approve",
    "refuse",
    "withdraw",
    "comment",
    "copy",
    "reassign",
    "urge",
    "trigger",
    "fire",
}


class UnmetError(Exception):
    """An expectation that does not hold."""

    def __init__(self, key: str, expected: object, found: object) -> None:
        super().__init__(f"{key}:期望 {expected},实际 {found}")


def expect(world: World, body: Mapping[str, Any]) -> None:
    """Check everything an `expect` names; raises UnmetError for the first thing that differs."""
    case = world.case(body["case"]) if "case" in body else None
    for key, wanted in body.items():
        if key in _CHECKS:
            _CHECKS[key](world, case, wanted, body)


def _same(key: str, wanted: object, found: object) -> None:
    if wanted != found:
        raise UnmetError(key, wanted, found)


def _state(_world: World, case: Case, wanted: str, _body: Mapping[str, Any]) -> None:
    if wanted not in (case.state, str(case.get_state_display())):
        raise UnmetError("state", wanted, case.state)


def _label(_world: World, case: Case, wanted: str, _body: Mapping[str, Any]) -> None:
    _same("label", wanted, case.outcome)


def _open(_world: World, case: Case, wanted: Mapping[str, Sequence[str]], body: Mapping[str, Any]) -> None:
    found: dict[str, Counter[str]] = {}
    for node, username in Task.objects.filter(case=case, state="open").values_list(
        "node", "person__username"
    ):
        found.setdefault(node, Counter())[username] += 1
    shown = {node: sorted(people.elements()) for node, people in found.items()}
    for node, people in wanted.items():
        _same(f"open.{node}", sorted(people), shown.get(node, []))
    if body.get("only"):
        _same("open", {node: sorted(people) for node, people in wanted.items()}, shown)


def _late(_world: World, case: Case, wanted: Sequence[str], _body: Mapping[str, Any]) -> None:
    late = Task.objects.filter(case=case, late=True).exclude(state="closed").values_list("node", flat=True)
    _same("late", sorted(wanted), sorted(set(late)))


def _document(_world: World, case: Case, wanted: Mapping[str, Any], _body: Mapping[str, Any]) -> None:
    if case.main_document is None:
        raise UnmetError("document", wanted, None)
    _compare("document", case.main_document, wanted)


def _documents(
    _world: World, case: Case, wanted: Mapping[str, Mapping[str, Any]], _body: Mapping[str, Any]
) -> None:
    for name, about in wanted.items():
        papers = list(
            CaseDocument.objects.filter(case=case, name=name).select_related("document").order_by("id")
        )
        if "count" in about:
            _same(f"documents.{name}.count", about["count"], len(papers))
        for paper in papers:
            _compare(f"documents.{name}", paper.document, about)


def _compare(key: str, document: Document, wanted: Mapping[str, Any]) -> None:
    if "version" in wanted:
        _same(f"{key}.version", wanted["version"], document.version_number)
    if "state" in wanted and wanted["state"] not in (document.state, State(document.state).label):
        raise UnmetError(f"{key}.state", wanted["state"], State(document.state).label)
    for field, value in wanted.get("data", {}).items():
        _same_value(key, document, field, value)


def _same_value(key: str, document: Document, field: str, wanted: Any) -> None:
    """The field holds what the wanted input would make of it."""
    definition = documents.definition_for(document)
    if field not in definition.field_by_key:
        raise UnmetError(f"{key}.data.{field}", wanted, "没有这个字段")
    reading = documents.read_form(definition, {field: wanted}, documents.DatabaseLookup())
    expected = (
        documents.to_json(definition, {**definition.empty(), **reading.values})[field]
        if not reading.wrong
        else wanted
    )
    if expected != document.data.get(field):
        raise UnmetError(f"{key}.data.{field}", expected, document.data.get(field))


def _opened(world: World, case: Case | None, wanted: Mapping[str, Any], _body: Mapping[str, Any]) -> None:
    opened = Case.objects.filter(opener=case, process_code=wanted["process"]).order_by("id")
    if case is None:
        opened = opened.filter(opened_by__in=(Case.OpenedBy.SCHEDULE, Case.OpenedBy.EVENT))
    found = list(opened)
    if "count" in wanted:
        _same("opened.count", wanted["count"], len(found))
    names = wanted.get("as")
    if isinstance(names, str) and found:
        world.cases[names] = found[-1]
    elif isinstance(names, list):
        _same("opened.as", len(names), len(found))
        world.cases.update(zip(names, found, strict=True))


def _notified(world: World, case: Case | None, wanted: Mapping[str, Any], _body: Mapping[str, Any]) -> None:
    for key, counts in wanted.items():
        mine = Notice.objects.filter(person=world.person(key).pk, id__gt=world.since)
        if case is not None:
            mine = mine.filter(about_kind="case", about_id=case.pk)
        found = Counter(mine.values_list("kind", flat=True))
        if isinstance(counts, Mapping):
            for kind, number in counts.items():
                _same(f"notified.{key}.{kind}", number, found.get(kind, 0))
        elif found.total() < counts:
            raise UnmetError(f"notified.{key}", f"≥{counts}", found.total())


def _history(_world: World, case: Case, wanted: Sequence[str], _body: Mapping[str, Any]) -> None:
    events = CaseEvent.objects.filter(case=case, actor_id__isnull=False).order_by("seq")
    found = [verb for verb in events.values_list("verb", flat=True) if verb in _HISTORY]
    rest = iter(found)
    if not all(any(verb == one for one in rest) for verb in wanted):
        raise UnmetError("history", list(wanted), found)


def _visible(
    world: World, case: Case | None, wanted: Mapping[str, Sequence[str]], _body: Mapping[str, Any]
) -> None:
    for key, aliases in wanted.items():
        seen = visible_cases(org.viewer_of_person(world.person(key).pk))
        found = [alias for alias in world.cases if seen.filter(pk=world.cases[alias].pk).exists()]
        for alias in aliases:
            if alias not in found:
                raise UnmetError(f"visible.{key}", aliases, found)


def _absent(
    world: World, _case: Case | None, wanted: Mapping[str, Sequence[str]], _body: Mapping[str, Any]
) -> None:
    for key, aliases in wanted.items():
        seen = visible_cases(org.viewer_of_person(world.person(key).pk))
        for alias in aliases:
            if seen.filter(pk=world.cases[alias].pk).exists():
                raise UnmetError(f"absent.{key}", alias, "可见")


def _rows(world: World, _case: Case | None, wanted: Mapping[str, Any], _body: Mapping[str, Any]) -> None:
    """Rows of a register's kind, or the standing postings of an action; of one case where it is named."""
    about = world.case(wanted["case"]).pk if "case" in wanted else None
    rows = _of_kind(wanted["register"], about)
    found = [one for one in rows if all(fits(_below(one, k), v) for k, v in wanted.get("where", {}).items())]
    key = f"rows.{wanted['register']}"
    if "count" in wanted:
        _same(f"{key}.count", wanted["count"], len(found))
    for name, total in wanted.get("sum", {}).items():
        amounts = (Decimal(str(_below(one, name) or 0)) for one in found)
        _same(f"{key}.sum.{name}", Decimal(str(total)), sum(amounts, Decimal(0)))


def _of_kind(name: str, case: int | None) -> list[Mapping[str, Any]]:
    """Rows as `register.kind`, else postings as `register.action`."""
    base, _, kind = name.partition(".")
    register = register_of(base)
    mine = {} if case is None else {"case": case}
    found = register.rows(kind) if register is not None else None
    if register is not None and found is not None:
        if mine:
            postings = Posting.objects.filter(**mine, register=base).values("pk")
            found = found.filter(posting_id__in=postings)
        return [register.plain(row) for row in found]
    if register is not None and kind not in register.actions:
        raise UnmetError("rows", name, "没有这种台账")
    live = Posting.objects.filter(**mine, register=base, action=kind, reversed_at=None)
    return [{"key": one.key, **one.values} for one in live]


def _below(record: Any, path: str) -> Any:
    """A value by its dotted path."""
    for part in path.split("."):
        record = record.get(part) if isinstance(record, Mapping) else None
    return record


def _links(world: World, case: Case | None, wanted: Any, _body: Mapping[str, Any]) -> None:
    """Cases that a case opened (`[b, c]`), or that each of several opened (`{a: [b]}`)."""
    if case is None and not isinstance(wanted, Mapping):
        raise UnmetError("links", wanted, "没有写 case")
    named = wanted if isinstance(wanted, Mapping) else {"": wanted}
    for alias, others in named.items():
        source = world.case(alias) if alias else case
        ref = Ref("case", source.pk if source is not None else 0)
        linked = {one.target_id for one in links_from(ref) if one.target_kind == "case"}
        for other in others:
            if world.case(other).pk not in linked:
                raise UnmetError(f"links.{alias}".rstrip("."), other, sorted(linked))


_CHECKS: Mapping[str, Callable[[World, Any, Any, Mapping[str, Any]], None]] = {
    "state": _state,
    "label": _label,
    "open": _open,
    "late": _late,
    "document": _document,
    "documents": _documents,
    "opened": _opened,
    "notified": _notified,
    "history": _history,
    "rows": _rows,
    "links": _links,
    "visible": _visible,
    "absent": _absent,
}
