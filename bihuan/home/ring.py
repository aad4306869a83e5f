"""The geometry of the ring: six arrows, each pointing into the next, the first at the top. Pure numbers, no Django."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin

SIZE = 400
"""Width and height of the drawing, in its own units; a phone shows about as many pixels."""
CENTRE = SIZE / 2
OUTER, INNER = 192.0, 108.0
GAP = 2.5
"""Degrees left free between two stages."""
POINT = 7.0
"""Degrees by which an arrow's tip runs ahead of its edges."""


@dataclass(frozen=True, slots=True)
class Arc:
    """One stage's place: the outline of its arrow (an SVG path) and the middle, where its words stand."""

    path: str
    x: float
    y: float


def arcs(count: int) -> list[Arc]:
    """The arrows of `count` stages, clockwise."""
    each = 360 / count
    return [_arc(index * each - each / 2, each) for index in range(count)]


def _arc(start: float, width: float) -> Arc:
    """An arrow over `width` degrees from `start`, degrees counted clockwise from the top."""
    first, last = start + GAP / 2, start + width - GAP / 2
    middle = (OUTER + INNER) / 2
    path = (
        f"M{_at(first, OUTER)}A{OUTER:g} {OUTER:g} 0 0 1 {_at(last, OUTER)}"
        f"L{_at(last + POINT, middle)}L{_at(last, INNER)}"
        f"A{INNER:g} {INNER:g} 0 0 0 {_at(first, INNER)}L{_at(first + POINT, middle)}Z"
    )
    x, y = _point(start + width / 2 + POINT / 2, middle)
    return Arc(path, round(x, 1), round(y, 1))


def _point(degrees: float, radius: float) -> tuple[float, float]:
    return CENTRE + radius * sin(radians(degrees)), CENTRE - radius * cos(radians(degrees))


def _at(degrees: float, radius: float) -> str:
    x, y = _point(degrees, radius)
    return f"{x:.1f} {y:.1f}"
