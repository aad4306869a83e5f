"""Files that the demo's people attach: a small bar chart and a table, made from nothing but their name."""

from __future__ import annotations

import struct
import zlib
from random import Random

WIDTH, HEIGHT, BARS = 240, 120, 6
PAPER, INK = 255, 96
"""Grey levels."""


def content_of(name: str) -> bytes:
    """The content of a file with this name: a chart for .png, else a table of the same numbers."""
    numbers = [Random(f"{name}-{place}").randint(20, HEIGHT - 10) for place in range(BARS)]  # noqa: S311
    return chart(numbers) if name.endswith(".png") else table(numbers)


def chart(numbers: list[int]) -> bytes:
    """Grey bars as a PNG, one a number, each as many pixels high."""
    step = WIDTH // len(numbers)
    rows = (
        bytes(
            INK if x % step > step // 4 and numbers[x // step] >= HEIGHT - y else PAPER for x in range(WIDTH)
        )
        for y in range(HEIGHT)
    )
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def table(numbers: list[int]) -> bytes:
    """The numbers as CSV, readable by Excel."""
    lines = [
        "序号,客户类别,样本数",
        *(f"{place},第{place}类,{one}" for place, one in enumerate(numbers, start=1)),
    ]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()
