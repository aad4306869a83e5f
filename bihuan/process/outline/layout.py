"""Where everything in a diagram stands: lanes across, steps from left to right.

Shapes stand in a grid of columns (how far from the start) and rows (lanes, and rows in a lane).
Lines run in the gutters between columns and in the channels between rows, each on its own track,
so that none crosses a shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bihuan.process.engine.graph import Graph
from bihuan.process.outline.drawing import Drawing, Shape, draw
from bihuan.process.outline.grid import Cell, Grid, arrange
from bihuan.process.outline.wires import Wired, wire

HEADER = 30
"""Width in px of the pool's and of each lane's title."""
LINE = 15
"""Height in px of a line of text."""
EVENT, GATE, TASK = 36, 44, 120
PER_LINE = {"task": 8, "gate": 8, "event": 8, "boundary": 8, "sub": 16}
"""Chinese characters in a line of a label, by form."""
TITLE, PAD = 26, 14


class Box(NamedTuple):
    """A rectangle in px."""

    x: float
    y: float
    w: float
    h: float

    def moved(self, dx: float, dy: float) -> Box:
        """The same rectangle elsewhere."""
        return Box(self.x + dx, self.y + dy, self.w, self.h)


Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Layout:
    """A drawing with a place for everything; `lanes` in order from the top."""

    drawing: Drawing
    boxes: dict[str, Box]
    lines: dict[str, Line]
    lanes: tuple[tuple[str, Box], ...]
    pool: Box

    @property
    def width(self) -> float:
        """Of the whole picture, in px."""
        return self.pool.w

    @property
    def height(self) -> float:
        """Of the whole picture, in px."""
        return self.pool.h


def lay_out(graph: Graph) -> Layout:
    """Lay out a graph; pure, the same graph always gives the same picture."""
    drawing = draw(graph)
    boxes, lines, wired = _level(drawing, "", drawing.lanes or ("",))
    moved = {id: box.moved(2 * HEADER, 0) for id, box in boxes.items()}
    lanes = tuple(
        (lane, Box(HEADER, top, wired.width + HEADER, bottom - top))
        for lane, (top, bottom) in zip(drawing.lanes or ("",), wired.lanes, strict=True)
    )
    pool = Box(0, 0, wired.width + 2 * HEADER, wired.height)
    shifted = {id: tuple((x + 2 * HEADER, y) for x, y in line) for id, line in lines.items()}
    return Layout(drawing, moved, shifted, lanes, pool)


def wrapped(text: str, per_line: int, most: int) -> list[str]:
    """Text in lines of so many Chinese characters (others count half), at most so many lines."""
    lines, line, width = [], "", 0.0
    for char in " ".join(text.split()):
        size = 1.0 if ord(char) > 0x2E7F else 0.55
        if width + size > per_line and line:
            lines.append(line)
            line, width = "", 0.0
        line, width = line + char, width + size
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][:-1] + "…"]
    return [line.strip() for line in lines]


def _level(
    drawing: Drawing, parent: str, lanes: tuple[str, ...]
) -> tuple[dict[str, Box], dict[str, Line], Wired]:
    """Lay out one block, the blocks in it first."""
    shapes = [s for s in drawing.inside(parent) if s.form != "boundary"]
    guests = [s for s in drawing.inside(parent) if s.form == "boundary"]
    inner = {s.id: _level(drawing, s.id, ("",)) for s in shapes if s.form == "sub"}
    cells = {s.id: _cell(s, inner.get(s.id), sum(g.host == s.id for g in guests)) for s in shapes}
    here = {s.id for s in (*shapes, *guests)}
    edges = [e for e in drawing.edges if e.source in here and e.target in here]
    lane_of = {s.id: lanes.index(s.lane) if s.lane in lanes and not parent else 0 for s in shapes}
    hosts = {g.id: g.host for g in guests}
    grid: Grid = arrange(cells, edges, lane_of, hosts, len(lanes))
    wired = wire(grid, edges, hosts)
    boxes = {id: Box(*box) for id, box in wired.boxes.items()}
    lines: dict[str, Line] = dict(wired.lines)
    for id, (deep, deep_lines, _) in inner.items():
        box = boxes[id]
        dx, dy = box.x + PAD, box.y + TITLE
        boxes.update((each, at.moved(dx, dy)) for each, at in deep.items())
        lines.update((each, tuple((x + dx, y + dy) for x, y in line)) for each, line in deep_lines.items())
    return boxes, lines, wired


def _cell(shape: Shape, inner: tuple[dict[str, Box], dict[str, Line], Wired] | None, guests: int) -> Cell:
    """The room a shape needs: itself, its label below, the events on its edge."""
    wide = guests * (EVENT + 12) + 24
    lines = len(wrapped(shape.name, PER_LINE[shape.form], 4)) if shape.name else 0
    if inner is not None:
        size = inner[2]
        return Cell(max(size.width + 2 * PAD, wide, TASK), size.height + TITLE + PAD, 0, guests)
    if shape.form == "task":
        return Cell(max(TASK, wide), max(56, lines * LINE + 24), 0, guests)
    side = GATE if shape.form == "gate" else EVENT
    return Cell(side, side, lines * LINE, guests)
