"""What a Word template may say: places for a form's values, `if`, and one loop over a table. Nothing else.

The template is parsed and every node of it looked at before it is kept, and again before it is filled:
no calls, no arithmetic, no loops in loops, no name that the form does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bihuan.kernel.errors import text

FILTERS = frozenset({"default", "length", "upper", "trim"})
HEAD = (
    "form", "number", "title", "version", "state", "author", "position", "unit", "secrecy", "urgency",
    "created", "submitted", "passed", "process", "remark", "printed_by", "printed_at",
)  # fmt: skip
SIGNING = ("step", "person", "position", "answer", "opinion", "time", "version")
_PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Const,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names there are: fields and their capitals by key, and the columns of tables."""

    fields: frozenset[str]
    money: frozenset[str]
    tables: Mapping[str, frozenset[str]]

    def of(self, root: str) -> frozenset[str] | None:
        """The names behind a root; None where there is no such root."""
        return {
            "doc": self.fields | frozenset(self.tables),
            "capitals": self.money,
            "head": frozenset(HEAD),
        }.get(root)

    def rows(self, path: str) -> frozenset[str] | None:
        """The names of one row of what a loop runs over; None where it is no table."""
        if path == "signings":
            return frozenset(SIGNING)
        return self.tables.get(path.removeprefix("doc.")) if path.startswith("doc.") else None


class Sandbox(ImmutableSandboxedEnvironment):
    """Reads keys of plain data and nothing else: no attribute of any object can be reached."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`doc.items` is the field of that key, never a method."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return self.undefined(obj=obj, name=attribute)


def sandbox() -> Sandbox:
    """The environment of templates: no globals, few filters, a missing name is an error."""
    made = Sandbox(autoescape=True, undefined=StrictUndefined)
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in sorted(FILTERS)}
    made.tests = {name: made.tests[name] for name in ("defined", "undefined", "none", "==", "eq", "ne")}
    return made


def problems_of(sources: Sequence[str], words: Vocabulary) -> list[str]:
    """What is wrong with the parts of a template (zh-Hans), each once."""
    found: dict[str, None] = {}
    for source in sources:
        try:
            tree = sandbox().parse(source)
        except TemplateSyntaxError as error:
            found[text("标记写错了：{reason}").format(reason=error.message)] = None
            continue
        found.update(dict.fromkeys(_walk(tree, words, {})))
    return list(found)


def _walk(node: nodes.Node, words: Vocabulary, rows: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Problems of a node and what stands in it; `rows` are the loop variables in sight with their names."""
    if isinstance(node, nodes.For):
        yield from _loop(node, words, rows)
    elif isinstance(node, nodes.Getattr):
        yield from _path(node, words, rows)
    elif isinstance(node, nodes.Name):
        if node.name != "signings" and node.name not in rows:
            yield text("不认识的名称：{name}").format(name=node.name)
    elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
        yield text("不能用的写法：{name}").format(name=f"|{node.name}")
    elif isinstance(node, (*_PLAIN, nodes.Filter, nodes.Test)):
        for child in node.iter_child_nodes():
            yield from _walk(child, words, rows)
    else:
        yield text("不能用的写法：{name}").format(name=type(node).__name__)


def _path(node: nodes.Getattr, words: Vocabulary, rows: Mapping[str, frozenset[str]]) -> Iterator[str]:
    path = path_of(node)
    root, _, key = path.partition(".")
    known = rows.get(root) if root in rows else words.of(root)
    if not path or known is None or key not in known:
        yield text("不认识的名称：{name}").format(name=path or node.attr)


def path_of(node: Any) -> str:
    """`doc.total` of an attribute of a name; empty for anything longer or else."""
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return f"{node.node.name}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else ""


def _loop(node: nodes.For, words: Vocabulary, rows: Mapping[str, frozenset[str]]) -> Iterator[str]:
    path = path_of(node.iter)
    columns = words.rows(path)
    if columns is None:
        yield text("不能循环：{name}不是表格").format(name=path or "?")
        return
    if rows or node.recursive or node.test is not None or not isinstance(node.target, nodes.Name):
        yield text("循环里不能再有循环或条件")
        return
    inner = {node.target.name: columns}
    if node.target.name in {"doc", "head", "capitals", "signings"}:
        yield text("不能用的写法：{name}").format(name=node.target.name)
        return
    for child in (*node.body, *node.else_):
        yield from _walk(child, words, inner)
