"""Columns and rows for the shapes of one block of a diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bihuan.process.outline.drawing import Edge


class Cell(NamedTuple):
    """A shape's width and height in px, the height of the label below it, events on its lower edge."""

    w: float
    h: float
    label: float
    guests: int


class Grid(NamedTuple):
    """Column and row of each shape; `lanes` counts the rows of each lane."""

    cells: Mapping[str, Cell]
    column: Mapping[str, int]
    row: Mapping[str, int]
    columns: int
    lanes: tuple[int, ...]


def arrange(
    cells: Mapping[str, Cell],
    edges: Sequence[Edge],
    lane: Mapping[str, int],
    hosts: Mapping[str, str],
    lanes: int,
) -> Grid:
    """Put shapes into columns by their distance from the start and into rows of their lanes."""
    links = [(hosts.get(e.source, e.source), hosts.get(e.target, e.target)) for e in edges]
    column = _columns(list(cells), links)
    before: dict[str, list[str]] = {id: [] for id in cells}
    for source, target in links:
        if column[source] < column[target]:
            before[target].append(source)
    taken: list[list[set[int]]] = [[] for _ in range(lanes)]
    at: dict[str, int] = {}
    for id in sorted(cells, key=lambda i: column[i]):  # stable: shapes of a column in document order
        rows = taken[lane[id]]
        wished = [at[b] for b in before[id] if b in at and lane[b] == lane[id]]
        free = [r for r in (*wished, *range(len(rows))) if column[id] not in rows[r]]
        if not free:
            rows.append(set())
        at[id] = free[0] if free else len(rows) - 1
        rows[at[id]].add(column[id])
    counts = tuple(max(1, len(rows)) for rows in taken)
    first = [sum(counts[:n]) for n in range(lanes)]
    row = {id: first[lane[id]] + at[id] for id in cells}
    return Grid(cells, column, row, max(column.values(), default=0) + 1, counts)


def _columns(ids: list[str], links: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The longest way from the start, lines that lead back left out."""
    after: dict[str, list[str]] = {id: [] for id in ids}
    for source, target in links:
        after[source].append(target)
    entered = {target for source, target in links if source != target}
    order, back = _depth_first([*(i for i in ids if i not in entered), *ids], after)
    column = dict.fromkeys(ids, 0)
    for id in reversed(order):
        for target in after[id]:
            if (id, target) not in back:
                column[target] = max(column[target], column[id] + 1)
    return column


def _depth_first(roots: list[str], after: Mapping[str, list[str]]) -> tuple[list[str], set[tuple[str, str]]]:
    """Shapes in the order they are left, and the links that lead back to one still open."""
    order: list[str] = []
    back: set[tuple[str, str]] = set()
    state: dict[str, int] = {}
    for root in roots:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(after[root]))]
        while stack:
            id, ahead = stack[-1]
            target = next(ahead, None)
            if target is None:
                stack.pop()
                state[id] = 2
                order.append(id)
            elif state.get(target) == 1:
                back.add((id, target))
            elif target not in state:
                state[target] = 1
                stack.append((target, iter(after[target])))
    return order, back
