"""Looks at an Excel file before anything opens it: zip bombs, cell bombs, document types."""

from __future__ import annotations

import re
import zipfile
from typing import IO

from bihuan.kernel.errors import Invalid, text
from bihuan.kit.files.inspect import BROKEN_ARCHIVE

MAX_BYTES = 200 * 2**20
"""Bytes of all entries together, unpacked."""
MAX_RATIO = 100
MAX_ENTRIES = 2_000
MAX_CELLS = 2_000_000
"""Rows × columns of the rectangle a sheet claims; readers keep the whole rectangle in memory."""
_SMALL = 10 * 2**20
"""Below this size, unpacked, a high ratio is harmless: empty sheets compress very well."""
_CHUNK = 1 << 20
_OVERLAP = 64
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,8})(\d{1,12})["']""")
_HIDDEN_PLACE = re.compile(rb"""\br\s*=\s*["'][^"'<>]{0,40}&""")


def refuse_bombs(file: IO[bytes]) -> None:
    """Raise Invalid when `file` is no Excel workbook or would unpack into too much; rewinds it."""
    try:
        with zipfile.ZipFile(file) as archive:
            _refuse_sizes(archive.infolist())
            for entry in archive.infolist():
                if entry.filename.lower().endswith((".xml", ".rels")):
                    _refuse_content(archive, entry)
    except BROKEN_ARCHIVE as error:
        raise Invalid(text("这不是可以读取的Excel文件(.xlsx)")) from error
    finally:
        file.seek(0)


def _refuse_sizes(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    too_dense = unpacked > _SMALL and unpacked > MAX_RATIO * max(packed, 1)
    nested = any(entry.filename.lower().endswith((".zip", ".xlsx", ".xlsm", ".docx")) for entry in entries)
    if unpacked > MAX_BYTES or len(entries) > MAX_ENTRIES or too_dense or nested:
        raise Invalid(text("文件解压后过大或结构异常，已拒绝读取"))


def _refuse_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    is_sheet = "worksheets/" in entry.filename.lower()
    rows = columns = read = 0
    tail = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            read += len(chunk)
            window = tail + chunk
            if b"<!DOCTYPE" in window.upper() or read > MAX_BYTES:
                raise Invalid(text("文件解压后过大或结构异常，已拒绝读取"))
            if is_sheet:
                rows, columns = _reach(window, rows, columns)
            tail = window[-_OVERLAP:]


def _reach(window: bytes, rows: int, columns: int) -> tuple[int, int]:
    """The farthest row and column named so far; raises Invalid beyond the cap."""
    if _HIDDEN_PLACE.search(window):
        raise Invalid(text("文件解压后过大或结构异常，已拒绝读取"))
    for letters, digits in _PLACE.findall(window):
        rows = max(rows, int(digits))
        columns = max(columns, _column_number(letters))
    if rows * max(columns, 1) > MAX_CELLS:
        raise Invalid(
            text("工作表范围过大(超过{cells}个单元格)，请删除多余的空行空列后再导入"), cells=MAX_CELLS
        )
    return rows, columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
