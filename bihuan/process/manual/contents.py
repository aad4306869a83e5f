"""One process as the manual shows it (R-022), with a mark on all that convention added (R-025)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext

from bihuan.documents.public import FormDefinition
from bihuan.kernel.keep import Keep
from bihuan.kernel.label import show
from bihuan.org.public import Unit
from bihuan.packs import public as packs
from bihuan.process import presenting
from bihuan.process.engine.graph import Graph, Kind, Node
from bihuan.process.outline.titles import ACTS
from bihuan.process.program import Program

from . import wording
from .staff import Staff

MARK, PARTLY = "convention", "mixed"
_SHOWN = (Kind.TASK, Kind.CALL, Kind.AUTO, Kind.CATCH)


@dataclass(frozen=True, slots=True)
class Named:
    """A form, process or indicator: its code, and its name where it is known."""

    code: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the table of steps."""

    num: str
    name: str
    act: str
    who: tuple[str, ...]
    """The responsible posts in words."""
    posts: tuple[str, ...]
    """Positions and people bound to them, as seen by the reader."""
    lacking: bool
    """Whether nobody is responsible now (R-023)."""
    standard: str
    caution: str
    checks: tuple[str, ...]
    """Quality-control points that hold the step up (R-036)."""
    inputs: tuple[Named, ...]
    forms: tuple[Named, ...]
    due: str
    refuse: tuple[str, ...]
    marks: Mapping[str, str]
    """What was completed by convention: "" for the whole step, else its keys; `mixed` is partly."""

    def mark(self, key: str) -> str:
        """按惯例补全, 部分按惯例补全, or nothing where the handbook states it."""
        return mark_text(self.marks.get(key, ""))

    @property
    def step_mark(self) -> str:
        """The mark of the step itself."""
        return self.mark("")

    @property
    def due_mark(self) -> str:
        """The mark of the deadline."""
        return self.mark("due") if self.due else ""

    @property
    def standard_mark(self) -> str:
        """The mark of the standard."""
        return self.mark("standard")

    @property
    def caution_mark(self) -> str:
        """The mark of the caution."""
        return self.mark("caution")


@dataclass(frozen=True, slots=True)
class Contents:
    """One process of the manual."""

    code: str
    name: str
    owner: str
    purpose: str
    mark: str
    standard: str
    caution: str
    start: tuple[str, ...]
    ends: str
    keep: str
    metrics: tuple[Named, ...]
    steps: tuple[Step, ...]
    forms: tuple[Named, ...]
    opens: tuple[Named, ...]
    """Processes that this one opens or calls."""


def mark_text(origin: str) -> str:
    """The mark of an origin; nothing for what is stated."""
    return {MARK: gettext("按惯例补全"), PARTLY: gettext("部分按惯例补全")}.get(origin, "")


def keep_text(keep: str) -> str:
    """How long is kept, in words: 10y is 10年."""
    if not keep:
        return ""
    found = Keep.parse(keep)
    if found.permanent:
        return gettext("永久")
    if found.days:
        return gettext("{n}天").format(n=found.days)
    years, months = divmod(found.months, 12)
    return gettext("{n}年").format(n=years) if not months else gettext("{n}个月").format(n=found.months)


def slots_of(plan: Program) -> set[str]:
    """The slots that the steps of a process name."""
    return {code for node in plan.graph.nodes.values() for code in wording.slots(node.rules.get("by"))}


def contents_of(plan: Program, staff: Staff) -> Contents:
    """What the manual says of a process; `staff` fills its slots."""
    language = get_language() or "zh-hans"
    header, graph = plan.header, plan.graph
    known = packs.known(packs.release_by_id(plan.release))
    names = presenting.slot_names(plan)
    writer = _Writer(graph, names, known.forms, staff, language)
    steps = tuple(writer.step(node) for node in graph.nodes.values() if _is_shown(node))
    ends = [
        node for node in graph.nodes.values() if node.kind in (Kind.END, Kind.TERMINATE) and not node.scope
    ]
    forms = dict.fromkeys([*writer.named(_own(header)), *(one for step in steps for one in step.forms)])
    return Contents(
        code=plan.code,
        name=show(plan.names, language),
        owner=_owner(str(header.get("owner", ""))),
        purpose=show(header.get("purpose", ""), language),
        mark=mark_text(_origin(header.get("origin"), "")),
        standard=show(header.get("standard", ""), language),
        caution=show(header.get("caution", ""), language),
        start=tuple(one for _, item in plan.start_items for one in _entrance(item, names, graph)),
        ends="、".join(dict.fromkeys(show(n.rules["state"], language) for n in ends if n.rules.get("state"))),
        keep=next((keep_text(n.rules["archive"]) for n in ends if n.rules.get("archive")), ""),
        metrics=tuple(Named(code, _metric(known.of("metrics.yaml"), code)) for code in header.get("metrics", ())),
        steps=steps,
        forms=tuple(forms),
        opens=tuple(_opened(graph, known.processes, language)),
    )  # fmt: skip


def _is_shown(node: Node) -> bool:
    """Steps of people and of the program; of the gates those that the handbook numbers."""
    return node.kind in _SHOWN or (node.kind is Kind.XOR and bool(node.rules.get("num")))


def _own(header: Mapping[str, Any]) -> list[str]:
    return [str(header.get("document", {}).get("form", ""))]


def _owner(code: str) -> str:
    """The owning department: the unit of that code, else the code as it stands."""
    return Unit.objects.filter(code=code).values_list("name", flat=True).first() or code


def _entrance(item: Mapping[str, Any], names: Mapping[str, str], graph: Graph) -> Iterator[str]:
    if "schedule" in item:
        yield wording.due(item["schedule"])
    elif "event" in item:
        yield gettext("发生事件{event}时").format(event=item["event"])
    else:
        yield from wording.people(item.get("by"), names, graph)


def _metric(known: Mapping[str, Any], code: str) -> str:
    """The name of an indicator, where the pack brings it."""
    found = known.get(code)
    return show(found["name"]) if isinstance(found, Mapping) and "name" in found else ""


def _opened(graph: Graph, processes: Mapping[str, Any], language: str) -> Iterator[Named]:
    codes = []
    for node in graph.nodes.values():
        codes += [str(one["process"]) for one in node.rules.get("opens", ())]
        codes += [str(one) for one in node.rules.get("call", ())] if node.kind is Kind.CALL else []
    for code in dict.fromkeys(codes):
        found = processes.get(code)
        yield Named(code, show(getattr(found, "name", "") or getattr(found, "names", ""), language))


def _origin(origin: Any, key: str) -> str:
    if isinstance(origin, str):
        return origin
    return str(origin.get(key, "")) if isinstance(origin, Mapping) else ""


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the steps of one process."""

    graph: Graph
    names: Mapping[str, str]
    known_forms: Mapping[str, FormDefinition]
    staff: Staff
    language: str

    def named(self, codes: Iterable[str]) -> Iterator[Named]:
        """Forms with their names."""
        for code in dict.fromkeys(filter(None, codes)):
            form = self.known_forms.get(code)
            yield Named(code, form.title(self.language) if form else "")

    def step(self, node: Node) -> Step:
        """One line."""
        rules = node.rules
        codes = wording.slots(rules.get("by"))
        forms = [d.get("form", "") for d in rules.get("documents", ())]
        forms += [sheet.get("form", "") for sheet in rules.get("form", ())]
        return Step(
            num=str(rules.get("num", "")),
            name=wording.step(node, self.language),
            act=self._act(node),
            who=tuple(wording.people(rules.get("by"), self.names, self.graph)),
            posts=tuple(self._posts(codes)),
            lacking=any(self.staff.lacks(code) for code in codes),
            standard=show(rules.get("standard", ""), self.language),
            caution=show(rules.get("caution", ""), self.language),
            checks=tuple(show(one["message"], self.language) for one in rules.get("rules", ())),
            inputs=tuple(self.named(_listed(rules.get("input")))),
            forms=tuple(self.named(forms)),
            due=wording.due(rules["due"]) if "due" in rules else "",
            refuse=tuple(dict.fromkeys(self._targets(rules.get("refuse", ())))),
            marks=rules.get("origin", {}),
        )

    def _posts(self, codes: Iterable[str]) -> Iterator[str]:
        for code in codes:
            if code in self.staff.outside:
                yield gettext("{slot}(外部方)").format(slot=self.names.get(code, code))
            for post in self.staff.posts.get(code, ()):
                yield str(post)
            if self.staff.lacks(code):
                yield gettext("{slot}:无人在岗").format(slot=self.names.get(code, code))

    def _act(self, node: Node) -> str:
        if node.kind is Kind.TASK:
            return gettext(ACTS.get(str(node.rules.get("do", "")), ""))
        return {
            Kind.XOR: gettext("系统判断"), Kind.CALL: gettext("调用流程"), Kind.CATCH: gettext("等待"),
            Kind.AUTO: gettext("系统处理"),
        }[node.kind]  # fmt: skip

    def _targets(self, refuse: Any) -> Iterator[str]:
        for one in refuse if isinstance(refuse, list) else [refuse]:
            go = one.get("go") if isinstance(one, Mapping) else one
            for target in go if isinstance(go, list) else [go]:
                if target == "end":
                    yield gettext("流程结束")
                elif target in self.graph.nodes:
                    node = self.graph.nodes[target]
                    yield f"{node.rules.get('num', '')} {wording.step(node, self.language)}".strip()


def _listed(value: Any) -> list[str]:
    """`input` as a list of form codes; named ones are {name: form}."""
    found = value if isinstance(value, list) else [value] if value else []
    return [str(one if isinstance(one, str) else next(iter(one.values()), "")).split(" ")[0] for one in found]
