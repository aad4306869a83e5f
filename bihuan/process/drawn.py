"""A process that stands in a pack as BPMN: its file as it is, and the graph that runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bihuan.kernel.errors import Invalid
from bihuan.packs.public import Finding
from bihuan.process.engine.graph import Graph
from bihuan.process.outline.bpmn import Imported, from_bpmn
from bihuan.process.outline.check_drawn import header
from bihuan.process.outline.values import PROCESS_CODE


@dataclass(frozen=True, slots=True)
class Drawn:
    """One BPMN file that can run; `xml` is the file's text, `names` by language."""

    code: str
    names: Mapping[str, str]
    graph: Graph
    xml: str


def parse(data: Any) -> tuple[Drawn | None, Sequence[Finding]]:
    """The process of a BPMN file, or what keeps it from running, by element."""
    if not isinstance(data, bytes):
        return None, [((), "应为BPMN文件")]
    try:
        text = data.decode("utf-8")
        read = from_bpmn(data)
    except UnicodeDecodeError:
        return None, [((), "流程图文件应为UTF-8编码")]
    except Invalid as error:
        return None, [((), error.text())]
    if read.graph is None:
        return None, [
            ((one.element,) if one.element else (), _said(one)) for one in read.problems if one.stops
        ]
    code = code_of(read)
    if not code:
        return None, [((), "看不出流程代号,请写在流程的编号或名称开头,如SC-001")]
    names = header(read.graph).get("name") or read.name or code
    graph = Graph(code, read.graph.nodes, read.graph.flows)
    return Drawn(code, names if isinstance(names, dict) else {"zh-Hans": names}, graph, text), ()


def code_of(read: Imported) -> str:
    """The process's code: from our own data or the process's id, else from the beginning of its name; or ""."""
    code = read.graph.code if read.graph else ""
    if PROCESS_CODE.fullmatch(code):
        return code
    found = PROCESS_CODE.match(read.name)
    return found[0] if found else ""


def _said(finding: Any) -> str:
    return f"{finding.reason}（{finding.name}）" if finding.name else str(finding.reason)
