"""What may be uploaded: extension on the list, content that fits it, no archive bombs (trust.md A10, A12)."""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

import puremagic

from bihuan.kernel.errors import Invalid, text

MAX_SIZE = 20 * 2**20
MAX_UNPACKED = 200 * 2**20
MAX_RATIO = 100
MAX_ENTRIES = 2_000
MAX_NAME = 200
HEAD = 8192
"""Bytes of the start that tell what a file is."""

_ARCHIVE_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_EMBEDDED = re.compile(r"(word|xl|ppt)/embeddings/[^/]+\.(xlsx|docx|pptx)", re.IGNORECASE)
BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What zipfile raises for archives that are damaged, encrypted or made to break readers."""
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its media type, how content is recognised, and whether browsers may show it."""

    media_type: str
    magic: tuple[str, ...] = ()
    """Extensions of which puremagic must name one; empty for plain text."""
    inside: str = ""
    """For files that are zip archives: the start of a name they must hold."""
    inline: bool = False


_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_OLE = (".doc", ".xls", ".ppt", ".msi")
_JPEG = Format("image/jpeg", (".jpg", ".jpeg"), inline=True)
FORMATS = {
    "pdf": Format("application/pdf", (".pdf",), inline=True),
    "png": Format("image/png", (".png",), inline=True),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "gif": Format("image/gif", (".gif",), inline=True),
    "webp": Format("image/webp", (".webp",), inline=True),
    "docx": Format(f"{_OPEN_XML}wordprocessingml.document", (".docx",), "word/"),
    "xlsx": Format(f"{_OPEN_XML}spreadsheetml.sheet", (".xlsx",), "xl/"),
    "pptx": Format(f"{_OPEN_XML}presentationml.presentation", (".pptx",), "ppt/"),
    "ofd": Format("application/ofd", (".docx", ".zip"), "OFD.xml"),
    "doc": Format("application/msword", _OLE),
    "xls": Format("application/vnd.ms-excel", _OLE),
    "ppt": Format("application/vnd.ms-powerpoint", _OLE),
    "wps": Format("application/vnd.ms-works", _OLE),
    "et": Format("application/vnd.ms-excel", _OLE),
    "dps": Format("application/vnd.ms-powerpoint", _OLE),
    "mp3": Format("audio/mpeg", (".mp3",)),
    "mp4": Format("video/mp4", (".mp4",)),
    "txt": Format("text/plain", inline=True),
    "csv": Format("text/csv"),
}
"""Lower-cased extension → format: the allow-list. SVG, HTML and XML are not on it."""

INLINE = frozenset(known.media_type for known in FORMATS.values() if known.inline)
"""Media types a browser may show in place; all others are downloads."""


def clean_name(name: str) -> str:
    """The bare file name without folders and invisible characters. Raises Invalid if none is left."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    bare = "".join(mark for mark in bare if unicodedata.category(mark) not in _INVISIBLE).strip(" .")
    if not bare:
        raise Invalid(text("文件没有名称"))
    stem, dot, extension = bare.rpartition(".")
    if len(bare) > MAX_NAME:
        bare = f"{stem[: MAX_NAME - len(extension) - 1]}{dot}{extension}"[:MAX_NAME]
    return bare


def format_of(name: str) -> Format:
    """The format a name's extension stands for. Raises Invalid unless it is on the list."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    known = FORMATS.get(extension)
    if known is None:
        raise Invalid(text("不能上传这种文件：{name}"), name=name)
    return known


def check_content(name: str, form: Format, file: IO[bytes]) -> None:
    """Read the content and raise Invalid unless it is what the extension says and harmless to open."""
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise Invalid(text("文件是空的：{name}"), name=name)
    fits = not _extensions(head).isdisjoint(form.magic) if form.magic else _is_text(head)
    if not fits:
        raise Invalid(text("文件内容与扩展名不符：{name}"), name=name)
    if form.inside:
        check_archive(name, form.inside, file)


def _extensions(head: bytes) -> set[str]:
    try:
        return {found.extension for found in puremagic.magic_string(head)}
    except puremagic.PureError:
        return set()


def _is_text(head: bytes) -> bool:
    if b"\x00" in head or _extensions(head) & {".html", ".htm", ".svg", ".xml", ".pdf", ".exe", ".zip"}:
        return False
    # The cut may fall inside a character: its bytes at the end do not count.
    cuts = range(4) if len(head) == HEAD else range(1)
    return any(
        _decodes(head[: len(head) - cut], encoding) for cut in cuts for encoding in ("utf-8", "gb18030")
    )


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def check_archive(name: str, inside: str, file: IO[bytes]) -> None:
    """Raise Invalid for an office file that is broken, unpacks to too much, or hides another archive.

    Sizes are those the directory declares; readers never unpack more than these.
    """
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_sizes(name, entries)
            if not any(entry.filename.startswith(inside) for entry in entries):
                raise Invalid(text("文件内容与扩展名不符：{name}"), name=name)
            for entry in entries:
                _check_entry(name, archive, entry)
    except BROKEN_ARCHIVE as error:
        raise Invalid(text("文件已损坏或被加密：{name}"), name=name) from error


def _check_sizes(name: str, entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * packed:
        raise Invalid(text("文件解压后过大：{name}"), name=name)


def _check_entry(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    plain = entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if not plain or path.is_absolute() or ".." in path.parts:
        raise Invalid(text("文件已损坏或被加密：{name}"), name=name)
    if path.name.lower() == "vbaproject.bin":
        raise Invalid(text("文件里含有宏，不能上传：{name}"), name=name)
    if entry.is_dir() or _EMBEDDED.fullmatch(entry.filename):
        return
    with archive.open(entry) as content:
        if content.read(6).startswith(_ARCHIVE_MARKS):
            raise Invalid(text("文件里含有压缩包，不能上传：{name}"), name=name)
