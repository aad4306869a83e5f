"""Lines between shapes in a grid: which gutters and channels they run in, and where that is.

Positions are counted in halves: gutter or channel n is 2n, column or row n is 2n + 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bihuan.process.outline.drawing import Edge
from bihuan.process.outline.grid import Grid

STEP = 10
"""Distance of two lines that run side by side, in px."""
EVENT = 36
LETTER = 12


class Wired(NamedTuple):
    """Boxes (x, y, w, h) and lines of one block, top and bottom of its lanes, its size."""

    boxes: dict[str, tuple[float, float, float, float]]
    lines: dict[str, tuple[tuple[float, float], ...]]
    lanes: tuple[tuple[float, float], ...]
    width: float
    height: float


class _Way(NamedTuple):
    """A line as a list of turns: gutters (vertical) and channels (horizontal) in order."""

    edge: Edge
    turns: tuple[tuple[str, int], ...]


class _Run(NamedTuple):
    """A stretch of a line in one gutter or channel, from and to in halves."""

    edge: str
    turn: int
    low: float
    high: float


def wire(grid: Grid, edges: Sequence[Edge], hosts: Mapping[str, str]) -> Wired:
    """Choose a way for every line, give each stretch a track, and compute all places."""
    ways = _ways(grid, edges, hosts)
    tracks = _tracks(grid, ways, hosts)
    return _Places(grid, ways, tracks, edges, hosts).wired()


def _ways(grid: Grid, edges: Sequence[Edge], hosts: Mapping[str, str]) -> list[_Way]:
    full = {(grid.row[id], grid.column[id]) for id in grid.cells}
    used: dict[tuple[int, int], str] = {}

    def clear(row: int, first: int, last: int, key: str) -> bool:
        cells = [(row, c) for c in range(first, last + 1)]
        if any(cell in full or used.get(cell, key) != key for cell in cells):
            return False
        used.update(dict.fromkeys(cells, key))
        return True

    return [_Way(edge, _turns(grid, edge, hosts, clear)) for edge in edges]


def _turns(grid: Grid, edge: Edge, hosts: Mapping[str, str], clear: object) -> tuple[tuple[str, int], ...]:
    source, target = hosts.get(edge.source, edge.source), edge.target
    (row_s, col_s), (row_t, col_t) = (
        (grid.row[source], grid.column[source]),
        (grid.row[target], grid.column[target]),
    )
    if edge.source in hosts:
        return (("h", row_s + 1), ("v", col_t))
    assert callable(clear)
    if col_t > col_s:
        if row_s == row_t and clear(row_s, col_s + 1, col_t - 1, f"{edge.source}>{edge.target}"):
            return ()
        if row_s != row_t and clear(row_t, col_s + 1, col_t - 1, f">{edge.target}"):
            return (("v", col_s + 1),)
        if row_s != row_t and clear(row_s, col_s + 1, col_t - 1, f"{edge.source}>"):
            return (("v", col_t),)
    channel = row_t if row_s < row_t else row_t + 1
    return (("v", col_s + 1), ("h", channel), ("v", col_t))


def _tracks(grid: Grid, ways: list[_Way], hosts: Mapping[str, str]) -> dict[tuple[str, int], tuple[int, int]]:
    """The track of each stretch, by edge and turn: (number, how many run beside it)."""
    lanes: dict[tuple[str, int], list[_Run]] = {}
    for way in ways:
        points = _halves(grid, way, hosts)
        for turn, place in enumerate(way.turns):
            low, high = sorted((points[turn], points[turn + 1]))
            lanes.setdefault(place, []).append(_Run(way.edge.id, turn, low, high))
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for runs in lanes.values():
        last: list[float] = []
        numbered = []
        for run in sorted(runs, key=lambda r: (r.low, r.high, r.edge)):
            number = next((n for n, high in enumerate(last) if high < run.low), len(last))
            if number == len(last):
                last.append(run.high)
            last[number] = run.high
            numbered.append((run, number))
        for run, number in numbered:
            found[(run.edge, run.turn)] = (number, len(last))
    return found


def _halves(grid: Grid, way: _Way, hosts: Mapping[str, str]) -> list[float]:
    """Where each turn begins and ends, across it: rows for gutters, columns for channels."""
    source, target = hosts.get(way.edge.source, way.edge.source), way.edge.target
    found = []
    for at, (direction, _) in enumerate(way.turns):
        if at == 0:
            found.append(2 * (grid.row[source] if direction == "v" else grid.column[source]) + 1)
        ahead = way.turns[at + 1] if at + 1 < len(way.turns) else None
        found.append(2 * ahead[1] if ahead else 2 * grid.row[target] + 1)
    return [float(x) for x in found]


class _Places:
    """Coordinates of everything in one block."""

    def __init__(
        self,
        grid: Grid,
        ways: list[_Way],
        tracks: Mapping[tuple[str, int], tuple[int, int]],
        edges: Sequence[Edge],
        hosts: Mapping[str, str],
    ) -> None:
        self.grid, self.ways, self.tracks, self.hosts = grid, ways, tracks, hosts
        self.rows = sum(grid.lanes)
        self._columns(edges)
        self._rows()

    def _room(self, direction: str, number: int) -> float:
        most = max(
            (
                self.tracks[(w.edge.id, n)][1]
                for w in self.ways
                for n, t in enumerate(w.turns)
                if t == (direction, number)
            ),
            default=0,
        )
        return (most + 1) * STEP + (12 if direction == "v" else 4)

    def _columns(self, edges: Sequence[Edge]) -> None:
        grid = self.grid
        named: dict[int, float] = {}
        for edge in edges:
            source = self.hosts.get(edge.source, edge.source)
            if edge.name and edge.source not in self.hosts:
                gutter = grid.column[source] + 1
                named[gutter] = max(named.get(gutter, 0), min(len(edge.name), 7) * LETTER + 16)
        self.gutter, self.col, x = [], [], 0.0
        for number in range(grid.columns + 1):
            self.gutter.append(x)
            x += max(self._room("v", number), named.get(number, 0))
            if number < grid.columns:
                widths = [
                    max(c.w, 96 if c.label else 0) for i, c in grid.cells.items() if grid.column[i] == number
                ]
                self.col.append((x, max(widths, default=0)))
                x += self.col[-1][1]
        self.width = x

    def _rows(self) -> None:
        grid = self.grid
        self.channel, self.middle, y = [], [], 0.0
        for number in range(self.rows + 1):
            self.channel.append(y)
            y += self._room("h", number)
            if number < self.rows:
                here = [c for i, c in grid.cells.items() if grid.row[i] == number]
                above = max((c.h / 2 for c in here), default=18)
                below = max((c.h / 2 + c.label + (EVENT / 2 if c.guests else 0) for c in here), default=18)
                self.middle.append(y + above + 6)
                y += above + below + 12
        self.height = y

    def wired(self) -> Wired:
        boxes = {id: self._box(id) for id in self.grid.cells}
        guests: dict[str, int] = {}
        for guest, host in self.hosts.items():
            x, y, _, h = boxes[host]
            boxes[guest] = (x + 12 + guests.get(host, 0) * (EVENT + 12), y + h - EVENT / 2, EVENT, EVENT)
            guests[host] = guests.get(host, 0) + 1
        lines = {way.edge.id: self._line(way, boxes) for way in self.ways}
        tops = [self.channel[sum(self.grid.lanes[:n])] for n in range(len(self.grid.lanes))]
        bottoms = [*tops[1:], self.height]
        return Wired(boxes, lines, tuple(zip(tops, bottoms, strict=True)), self.width, self.height)

    def _box(self, id: str) -> tuple[float, float, float, float]:
        cell = self.grid.cells[id]
        x, width = self.col[self.grid.column[id]]
        middle = self.middle[self.grid.row[id]]
        return (x + (width - cell.w) / 2, middle - cell.h / 2, cell.w, cell.h)

    def _track(self, edge: str, turn: int, place: tuple[str, int]) -> float:
        number, _ = self.tracks[(edge, turn)]
        base = self.gutter[place[1]] if place[0] == "v" else self.channel[place[1]]
        return base + (number + 1) * STEP

    def _line(
        self, way: _Way, boxes: Mapping[str, tuple[float, float, float, float]]
    ) -> tuple[tuple[float, float], ...]:
        sx, sy, sw, sh = boxes[way.edge.source]
        tx, ty, _, th = boxes[way.edge.target]
        guest = way.edge.source in self.hosts
        points = [(sx + sw / 2, sy + sh)] if guest else [(sx + sw, sy + sh / 2)]
        for turn, place in enumerate(way.turns):
            at = self._track(way.edge.id, turn, place)
            x, y = points[-1]
            points.append((at, y) if place[0] == "v" else (x, at))
        x, y = points[-1]
        end = (tx, ty + th / 2)
        if y != end[1]:
            points.append((x, end[1]))
        points.append(end)
        return tuple((round(px, 1), round(py, 1)) for px, py in points)
