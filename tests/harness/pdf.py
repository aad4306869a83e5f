"""The text of a PDF as typst writes it, page by page, for tests that read what was printed."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_LETTER = rb"\\.|[^\\()]"
_INNER = (
    rb"(?:" + _LETTER + rb"|\((?:" + _LETTER + rb"|\((?:" + _LETTER + rb")*\))*\))*"
)  # brackets may stand in pairs
_SHOWN = re.compile(
    rb"/(f\d+) [\d.]+ Tf|((?:\(" + _INNER + rb"\)|<[0-9A-Fa-f]+>|[-\d.\s])+)\]?T[jJ]", re.DOTALL
)
_PART = re.compile(rb"\((" + _INNER + rb")\)|<([0-9A-Fa-f]+)>", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pdf_pages(content: bytes) -> list[str]:
    """The text of every page, without blanks and line breaks, in the order in which it is drawn."""
    assert content.startswith(b"%PDF-"), content[:200]
    objects = {int(one[1]): one[2] for one in _OBJECT.finditer(content)}
    pages = [one for one in objects.values() if b"/Type/Page/" in one]
    return ["".join(_page(one, objects).split()) for one in pages]


def pdf_text(content: bytes) -> str:
    """The text of all pages."""
    return "\n".join(pdf_pages(content))


def _page(page: bytes, objects: dict[int, bytes]) -> str:
    resources = objects[_reference(page, b"Resources")]
    fonts = {
        name: _letters(objects[_reference(objects[int(number)], b"ToUnicode")])
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", resources)
    }
    found, letters = [], {}
    for one in _SHOWN.finditer(_unpacked(objects[_reference(page, b"Contents")])):
        if one[1]:
            letters = fonts[one[1]]
            continue
        codes = b"".join(
            bytes.fromhex(p[2].decode()) if p[2] else _raw(p[1]) for p in _PART.finditer(one[2] or b"")
        )
        found += [letters.get(int.from_bytes(codes[at : at + 2]), "") for at in range(0, len(codes), 2)]
    return "".join(found)


def _reference(source: bytes, key: bytes) -> int:
    found = re.search(rb"/" + key + rb" (\d+) 0 R", source)
    assert found is not None, (key, source[:200])
    return int(found[1])


def _unpacked(source: bytes) -> bytes:
    head, _, rest = source.partition(b"stream\n")
    body = rest.rpartition(b"\nendstream")[0]
    return zlib.decompress(body) if b"FlateDecode" in head else body


def _raw(text: bytes) -> bytes:
    return _ESCAPE.sub(
        lambda m: bytes([int(m[1], 8) & 255]) if m[1].isdigit() else _PLAIN.get(m[1], m[1]), text
    )


def _letters(source: bytes) -> dict[int, str]:
    """The letters behind the codes of a font."""
    found: dict[int, str] = {}
    table = _unpacked(source).decode("latin-1")
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, letter in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(code, 16)] = bytes.fromhex(letter).decode("utf-16-be", "replace")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for low, high, letter in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for step in range(int(high, 16) - int(low, 16) + 1):
                found[int(low, 16) + step] = chr(int(letter, 16) + step)
    return found
