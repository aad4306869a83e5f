"""A process version ready to play: its graph and the settings of its pack, parsed once and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from bihuan.documents.public import ALL, Rights
from bihuan.process.engine.graph import Graph, Kind, Node
from bihuan.process.models import ProcessVersion
from bihuan.process.outline.bpmn import from_bpmn

WORKING = frozenset({"fill", "do", "archive", "collect"})
DECIDING = frozenset({"review", "approve", "all_sign", "separate", "any_sign", "sequential", "round"})
ACTS = WORKING | DECIDING
"""What people do at steps."""


@dataclass(frozen=True)
class Program:
    """One process version: graph, names and what its pack says of deadlines and calendars."""

    version: int
    release: int
    pack: str
    code: str
    names: Mapping[str, str]
    graph: Graph
    calendar: str
    urgent: Mapping[str, str]
    bpmn: str
    digest: str

    @cached_property
    def header(self) -> Mapping[str, Any]:
        """The keys of the process itself: owner, purpose, main document, metrics …"""
        found: Mapping[str, Any] = self.graph.start().rules.get("process", {})
        return found

    @property
    def main_name(self) -> str:
        """The name of the process's own document."""
        return str(self.header.get("document", {}).get("name", ""))

    @cached_property
    def start_items(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """All entrances as (start node, start item)."""
        return tuple(
            (node.id, item)
            for node in self.graph.nodes.values()
            if node.kind is Kind.START and not node.scope
            for item in node.rules.get("starts", ())
        )

    @cached_property
    def makes_effective(self) -> bool:
        """Whether it posts `pack.effective`: it may run before its pack is in force (SC-000)."""
        return any("pack.effective" in _posts(node) for node in self.graph.nodes.values())

    def steps(self) -> Iterator[Node]:
        """The human steps in the order they are written, with the calls that are one while a pack is off."""
        return (
            node
            for node in self.graph.nodes.values()
            if node.kind is Kind.TASK or (node.kind is Kind.CALL and "do" in node.rules)
        )

    @cached_property
    def _claims(self) -> Mapping[str, frozenset[str]]:
        """Per document name the fields that some step other than a plain fill writes, or the process sets."""
        found: dict[str, set[str]] = {}
        for node in self.graph.nodes.values():
            own = str(node.rules.get("document", ""))
            for entry in (
                *_listed(node.rules.get("write")), *_listed(node.rules.get("into")), *node.rules.get("set", ()),
            ):  # fmt: skip
                name, _, key = entry.rpartition(".")
                found.setdefault(name or own, set()).add(key)
        return {name: frozenset(keys) for name, keys in found.items()}

    def rights(self, node: Node, name: str) -> Rights:
        """What the people of a step may see and write of the document with this name."""
        do, own = node.rules.get("do"), name == node.rules.get("document", "")
        write = _for(node, "write", name, own)
        sheet = any(one["name"] == name for one in node.rules.get("form", ()))
        opens_all = (do == "fill" and own and "write" not in node.rules) or sheet
        return Rights(
            write=ALL if opens_all else write,
            read=_for(node, "read", name, own),
            leave=self._claims.get(name, frozenset()) - write if opens_all else frozenset(),
            hide=_for(node, "hide", name, own),
            require=_for(node, "require", name, own),
            revise=(do == "fill" and own) or sheet,
            head=opens_all,
        )

    @cached_property
    def multiplicity(self) -> tuple[frozenset[str], frozenset[str]]:
        """Document names of which a step may make many, and those that each row of a block has of its own."""
        many: set[str] = set()
        per_row: set[str] = set()
        for node in self.steps():
            for sheet in node.rules.get("form", ()):
                (many if sheet["max"] is None else per_row if self.in_rows(node) else set()).add(
                    sheet["name"]
                )
            for entry in node.rules.get("documents", ()):
                if self.in_rows(node) and not entry.get("row") and "name" in entry:
                    per_row.add(entry["name"])
        return frozenset(many), frozenset(per_row - {self.main_name})

    def in_rows(self, node: Node) -> bool:
        """Whether a node stands in a block that runs once per row."""
        return bool(self.row_blocks(node.id))

    def row_blocks(self, node_id: str) -> tuple[str, ...]:
        """The blocks around a node that run once per row, the outer first."""
        found: list[str] = []
        scope = self.graph.nodes[node_id].scope
        while scope:
            if "each" in self.graph.nodes[scope].rules:
                found.append(scope)
            scope = self.graph.nodes[scope].scope
        return tuple(reversed(found))

    def each_row_makes(self, name: str, node_id: str) -> bool:
        """Whether every step that makes documents of this name stands in the same rows as a node."""
        around = {*self.row_blocks(node_id)}
        makers = [node for node in self.steps() if name in _made(node)]
        return bool(around and makers) and all(around & {*self.row_blocks(node.id)} for node in makers)

    def passes_at(self, node: Node, name: str) -> bool:
        """Whether passing this step makes the document with this name 已通过 (formats.md, "States").

        A step marked `approves` does; without one, the document passes as soon as no step that decides
        on it lies ahead.
        """
        if (node.id, name) not in self._passing:
            marked = {
                n.id for n in self.steps() if n.rules.get("approves") and n.rules.get("document") == name
            }
            self._passing[node.id, name] = (
                node.id in marked if marked else not self._decided_ahead(node.id, name)
            )
        return self._passing[node.id, name]

    @cached_property
    def _passing(self) -> dict[tuple[str, str], bool]:
        return {}

    def _decided_ahead(self, start: str, name: str) -> bool:
        """Whether a step that decides on the document can be reached from a node, out of blocks too."""
        return any(
            node.rules.get("do") in DECIDING and node.rules.get("document") == name
            for node in map(self.graph.nodes.__getitem__, self.ahead(start) - {start})
        )

    def ahead(self, start: str) -> frozenset[str]:
        """The nodes a token may come to from a node, blocks entered and left on the way."""
        if start not in self._ahead:
            seen: set[str] = set()
            todo = [start]
            while todo:
                found = set(self._following(todo.pop())) - seen
                seen |= found
                todo += found
            self._ahead[start] = frozenset(seen)
        return self._ahead[start]

    @cached_property
    def _ahead(self) -> dict[str, frozenset[str]]:
        return {}

    def _following(self, node_id: str) -> list[str]:
        """Nodes a token may come to next; a block leads to its start, its end to what follows the block."""
        node = self.graph.nodes[node_id]
        if node.kind is Kind.SUB:
            return [self.graph.start(node.id).id, *(f.target for f in self.graph.outgoing[node_id])]
        if node.kind is Kind.END and node.scope:
            return [flow.target for flow in self.graph.outgoing[node.scope]]
        return [flow.target for flow in self.graph.outgoing[node_id]]


def _posts(node: Node) -> set[str]:
    """The actions a node posts."""
    written = node.rules.get("post", ())
    return {name for one in written for name in ([one] if isinstance(one, str) else one)}


def _made(node: Node) -> set[str]:
    """The names of the documents and sheets that a step makes."""
    own = {
        str(one["name"])
        for one in node.rules.get("documents", ())
        if "name" in one and not one.get("row") and node.rules["do"] in ("fill", "do", "archive")
    }
    return own | {str(sheet["name"]) for sheet in node.rules.get("form", ())}


def _listed(value: Any) -> list[str]:
    return [] if value is None else [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _for(node: Node, key: str, name: str, own: bool) -> frozenset[str]:
    """The fields a key names for one document: plain names mean the step's own document."""
    found = set()
    for entry in _listed(node.rules.get(key)):
        document, _, field = entry.rpartition(".")
        if document == name or (own and not document):
            found.add(field)
    return frozenset(found)


def program(version_id: int, digest: str | None = None) -> Program:
    """The program of a version; `digest` guards the cache against a database that was put back."""
    if digest is None:
        digest = ProcessVersion.objects.values_list("digest", flat=True).get(pk=version_id)
    return _program(version_id, digest)


@lru_cache(maxsize=256)
def _program(version_id: int, digest: str) -> Program:
    version = ProcessVersion.objects.select_related("process", "release__pack").get(pk=version_id)
    imported = from_bpmn(version.bpmn.encode())
    if imported.graph is None:
        raise ValueError(f"{version.process.code}: {imported.problems}")
    pack = version.release.source.get("pack.yaml", {}).get("data", {})
    return Program(
        version=version.pk,
        release=version.release_id,
        pack=version.release.pack.code,
        code=version.process.code,
        names=version.names,
        graph=imported.graph,
        calendar=pack.get("calendar", "cn"),
        urgent=pack.get("urgent", {}),
        bpmn=version.bpmn,
        digest=version.digest,
    )
