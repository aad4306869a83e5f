"""Small PNG files: a picture of a page in at most 256 colours, as exact as the eye sees.

The browser that took the picture counts its colours; the file is written here.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

from playwright.sync_api import Page

# Colours that differ by less than a step of 8 of 256 become one where there are more than 256 of them; then the
# commonest stay and each of the others goes to the nearest of those.
COUNT = """async (url) => {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob());
  const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  pen.drawImage(bitmap, 0, 0);
  const pixels = new Uint32Array(pen.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer);
  const tally = (mask) => {
    const seen = new Map();
    for (const pixel of pixels) {
      const kind = pixel & mask, known = seen.get(kind);
      if (known) known.count += 1;
      else seen.set(kind, { colour: pixel, count: 1 });
    }
    return seen;
  };
  let mask = 0xffffff, seen = tally(mask);
  if (seen.size > 256) seen = tally((mask = 0xf8f8f8));
  const kinds = [...seen.values()].sort((a, b) => b.count - a.count);
  const kept = kinds.slice(0, 256);
  const near = (a, b) => [0, 8, 16].reduce((sum, at) => sum + (((a >> at) & 255) - ((b >> at) & 255)) ** 2, 0);
  kinds.forEach((one, at) => {
    one.at = at < 256 ? at : kept.reduce(
      (best, other, place) => near(other.colour, one.colour) < near(kept[best].colour, one.colour) ? place : best, 0);
  });
  const places = Uint8Array.from(pixels, (pixel) => seen.get(pixel & mask).at);
  let text = "";
  for (let at = 0; at < places.length; at += 8192) text += String.fromCharCode(...places.subarray(at, at + 8192));
  return { width: bitmap.width, height: bitmap.height, colours: kept.map((one) => one.colour), places: btoa(text) };
}"""


def packed(picture: bytes, page: Page) -> bytes:
    """The same picture as a PNG with a palette; `page` is one that may run scripts, such as an empty one."""
    url = "data:image/png;base64," + base64.b64encode(picture).decode()
    found: dict[str, Any] = page.evaluate(COUNT, url)
    width, height = found["width"], found["height"]
    places = base64.b64decode(found["places"])
    rows = b"".join(b"\0" + places[at : at + width] for at in range(0, width * height, width))
    palette = b"".join(struct.pack("<I", colour & 0xFFFFFF)[:3] for colour in found["colours"])
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", palette),
            (b"IDAT", zlib.compress(rows, 9)),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
