"""A diagram as an SVG text: no scripts, no styles of its own, all text escaped.

Every shape of a node carries `data-node` and the classes `bpmn-<form>` and, when marked,
`is-<mark>`; colours come from the page's style sheet, so that the same picture serves the screen,
the print and a dark page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape as _escape

from bihuan.process.engine.graph import Graph, Kind, Node
from bihuan.process.outline.bpmn_names import legal
from bihuan.process.outline.drawing import Shape
from bihuan.process.outline.layout import HEADER, LINE, PER_LINE, TITLE, Box, Layout, Line, lay_out, wrapped
from bihuan.process.outline.titles import ACTS

MARKS = ("done", "current", "late", "skipped", "coming")
MARK_TEXTS = {"done": "已完成", "current": "办理中", "late": "已逾期", "skipped": "已跳过", "coming": "未到"}
OTHERS = "其他人员"
PLAIN = (
    ".bpmn{font:12px sans-serif;background:#fff}.bpmn-shape,.bpmn-pool{fill:#fff;stroke:#8b98aa}"
    ".bpmn-lane,.bpmn-rule,.bpmn-ring,.bpmn-edge{fill:none;stroke:#8b98aa}.bpmn-core,.bpmn-head{fill:#8b98aa}"
    ".bpmn-note{font-size:11px}.bpmn-sign{font-size:17px}.bpmn-refuse,.bpmn-skip,.bpmn-link{stroke-dasharray:4 3}"
)
"""Colours and lines of a picture that stands alone in a file."""
_SIGNS = {Kind.XOR: "×", Kind.AND: "+", Kind.OR: "○", Kind.EVENT_GATE: "◇"}


def to_svg(
    layout: Layout,
    marks: Mapping[str, str] | None = None,
    slots: Mapping[str, str] | None = None,
    title: str = "",
    style: str = "",
) -> str:
    """The picture of a layout.

    `marks` gives nodes one of MARKS, `slots` the names of lanes by slot code. The picture keeps
    its natural size (`width`, `height` in px); on a phone its box scrolls. `style` is for a file that
    no page's style sheet colours (PLAIN).
    """
    marked, names = marks or {}, slots or {}
    wide, high = layout.width + 2, layout.height + 2
    head = escape(title or layout.drawing.title)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bpmn" role="img" aria-label="{head}" '
        f'width="{wide:g}" height="{high:g}" viewBox="-1 -1 {wide:g} {high:g}">',
        f"<title>{head}</title>",
        *([f"<style>{style}</style>"] if style else []),
        '<defs><marker id="bpmn-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        'markerHeight="7" orient="auto"><path class="bpmn-head" d="M0 0 10 5 0 10z"/></marker></defs>',
        *_lanes(layout, names),
    ]
    shapes = sorted(layout.drawing.shapes.values(), key=lambda s: (_depth(layout, s), s.form == "boundary"))
    blocks = [s for s in shapes if s.form == "sub"]
    parts += [_shape(s, layout.boxes[s.id], marked) for s in blocks]
    for edge in layout.drawing.edges:
        parts += _edge(edge.name, edge.role, layout.lines[edge.id])
    parts += [_shape(s, layout.boxes[s.id], marked) for s in shapes if s.form != "sub"]
    return "".join([*parts, "</svg>"])


def escape(text: str) -> str:
    """Text as it may stand in the picture."""
    return _escape(legal(text))


def _depth(layout: Layout, shape: Shape) -> int:
    depth, parent = 0, shape.parent
    while parent:
        depth, parent = depth + 1, layout.drawing.shapes[parent].parent
    return depth


def _lanes(layout: Layout, names: Mapping[str, str]) -> Iterator[str]:
    pool = layout.pool
    yield _rect(pool, "bpmn-pool")
    yield from _upright(layout.drawing.title, Box(0, 0, HEADER, pool.h))
    for lane, box in layout.lanes:
        yield _rect(box, "bpmn-lane")
        yield f'<path class="bpmn-rule" d="M{box.x + HEADER:g} {box.y:g}v{box.h:g}"/>'
        yield from _upright(names.get(lane, lane) or OTHERS, Box(box.x, box.y, HEADER, box.h))


def _rect(box: Box, css: str, radius: int = 0) -> str:
    round_ = f' rx="{radius}"' if radius else ""
    return f'<rect class="{css}" x="{box.x:g}" y="{box.y:g}" width="{box.w:g}" height="{box.h:g}"{round_}/>'


def _upright(text: str, box: Box) -> Iterator[str]:
    """A title written downwards, a second line where the first is full."""
    per_line = max(2, int(box.h // LINE) - 1)
    lines = [text[at : at + per_line] for at in range(0, len(text), per_line)][:2]
    for number, line in enumerate(lines):
        x = box.x + box.w / 2 + (number - (len(lines) - 1) / 2) * 13
        y = box.y + (box.h - len(line) * LINE) / 2 + LINE - 3
        spans = "".join(
            f'<tspan x="{x:g}" y="{y + at * LINE:g}">{escape(char)}</tspan>' for at, char in enumerate(line)
        )
        yield f'<text class="bpmn-title" text-anchor="middle">{spans}</text>'


def _text(lines: list[str], x: float, y: float, css: str, anchor: str = "middle") -> str:
    spans = "".join(
        f'<tspan x="{x:g}" y="{y + at * LINE:g}">{escape(line)}</tspan>' for at, line in enumerate(lines)
    )
    return f'<text class="{css}" text-anchor="{anchor}">{spans}</text>'


def _shape(shape: Shape, box: Box, marks: Mapping[str, str]) -> str:
    mark = marks.get(shape.node, "")
    css = f"bpmn-{shape.form}" + (f" is-{mark}" if mark in MARKS else "")
    tip = escape(shape.name) + (f"({MARK_TEXTS[mark]})" if mark in MARKS else "")
    own = shape.role in ("node", "case")
    node = f' data-node="{escape(shape.node)}"' if own else ""
    hover = f"<title>{tip}</title>" if own and tip else ""
    return f'<g class="{css}"{node}>{hover}{_outline(shape, box)}{_label(shape, box)}</g>'


def _outline(shape: Shape, box: Box) -> str:
    cx, cy = box.x + box.w / 2, box.y + box.h / 2
    if shape.form in ("task", "sub"):
        return _rect(box, "bpmn-shape", 8)
    if shape.form == "gate":
        half = box.w / 2
        sign = _SIGNS.get(shape.kind, "×")
        diamond = f"M{cx:g} {box.y:g}l{half:g} {half:g}-{half:g} {half:g}-{half:g}-{half:g}z"
        return f'<path class="bpmn-shape" d="{diamond}"/>' + _text([sign], cx, cy + 6, "bpmn-sign")
    ring = f'<circle class="bpmn-shape" cx="{cx:g}" cy="{cy:g}" r="{box.w / 2:g}"/>'
    if shape.kind in (Kind.END, Kind.TERMINATE):
        return ring + f'<circle class="bpmn-core" cx="{cx:g}" cy="{cy:g}" r="{box.w / 2 - 4:g}"/>'
    if shape.kind in (Kind.CATCH, Kind.BOUNDARY):
        return ring + f'<circle class="bpmn-ring" cx="{cx:g}" cy="{cy:g}" r="{box.w / 2 - 3:g}"/>'
    return ring


def _label(shape: Shape, box: Box) -> str:
    if not shape.name:
        return ""
    lines = wrapped(shape.name, PER_LINE[shape.form], 4)
    cx = box.x + box.w / 2
    if shape.form == "sub":
        return _text(lines[:1], box.x + 10, box.y + TITLE - 9, "bpmn-text", "start")
    if shape.form == "task":
        return _text(lines, cx, box.y + box.h / 2 - (len(lines) - 1) * LINE / 2 + 4, "bpmn-text")
    if shape.form == "boundary":
        return ""  # its name is in the tip; below it would stand on the line that leaves it
    return _text(lines, cx, box.y + box.h + 12, "bpmn-note")


def _edge(name: str, role: str, line: Line) -> Iterator[str]:
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in line)
    yield f'<path class="bpmn-edge bpmn-{role}" d="{path}" marker-end="url(#bpmn-arrow)"/>'
    if not name:
        return
    lines = wrapped(name, 7, 2)
    if len(line) > 2 and line[1][0] == line[0][0] and len(line) > 3:
        x, y = line[2][0] + 4, line[2][1] - 4
    elif len(line) > 2:
        up = line[2][1] < line[1][1]
        x, y = line[2][0] + 4, line[2][1] + (14 if up else -4 - (len(lines) - 1) * LINE)
    else:
        x, y = line[0][0] + 4, line[0][1] - 5 - (len(lines) - 1) * LINE
    yield _text(lines, x, y, "bpmn-note bpmn-way", "start")


def steps_text(
    graph: Graph, marks: Mapping[str, str] | None = None, slots: Mapping[str, str] | None = None
) -> list[str]:
    """The steps in order, one line each, for screen readers and for print without a picture."""
    marked, names = marks or {}, slots or {}
    main = [s for s in graph.nodes.values() if s.kind in (Kind.TASK, Kind.CALL, Kind.AUTO, Kind.CATCH)]
    return [_step_line(graph, at + 1, node, marked, names) for at, node in enumerate(main)]


def _step_line(graph: Graph, at: int, node: Node, marks: Mapping[str, str], names: Mapping[str, str]) -> str:
    act = ACTS.get(str(node.rules.get("do", "")), "")
    who = names.get(node.lane, node.lane)
    about = ",".join(text for text in (who, act, MARK_TEXTS.get(marks.get(node.id, ""), "")) if text)
    back = [graph.nodes[t["go"]].name for t in node.rules.get("refuse", ()) if t["go"] in graph.nodes]
    refuse = f";退回到:{'、'.join(n for n in back if n)}" if any(back) else ""
    number = f"({node.rules['num']})" if node.rules.get("num") else ""
    return f"{at}. {number}{node.name or node.id}" + (f",{about}" if about else "") + refuse


def picture(
    graph: Graph, marks: Mapping[str, str] | None = None, slots: Mapping[str, str] | None = None
) -> str:
    """The SVG of a graph in its automatic layout."""
    return to_svg(lay_out(graph), marks, slots)
