"""Reads rows from an uploaded .xlsx or .csv, one at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from bihuan.kernel.errors import Invalid, text
from bihuan.kit.io.bombs import refuse_bombs
from bihuan.kit.io.writing import RISKY

Cell = str | int | Decimal | bool | date | datetime | time | None
Row = tuple[int, dict[str, Cell]]

MAX_UPLOAD = 20 * 2**20
MAX_ROWS = 50_000
MAX_TEXT = 32_767
"""What one Excel cell holds."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook: its name and its rows as (row number in the file, header → cell)."""

    name: str
    rows: Iterator[Row]


def read_rows(upload: IO[bytes], name: str) -> Iterator[Row]:
    """Rows of the first sheet of `upload` (.xlsx) or of the file (.csv); empty rows are left out.

    The first row is the header; row numbers are those a person sees in Excel. Raises Invalid for
    another type, a bomb, a broken file, a doubled header or too many rows.
    """
    _refuse_large(upload)
    if name.lower().endswith(".csv"):
        return _with_header(_csv_lines(upload), "")
    return next(iter(read_sheets(upload, name))).rows


def read_sheets(upload: IO[bytes], name: str) -> list[Sheet]:
    """All sheets of an .xlsx, in order; raises Invalid as `read_rows` does."""
    _refuse_large(upload)
    if not name.lower().endswith(".xlsx"):
        raise Invalid(text("只能导入.xlsx或.csv文件"))
    refuse_bombs(upload)
    book = _open(upload)
    return [Sheet(sheet, _with_header(_sheet_lines(book, sheet), sheet)) for sheet in book.sheet_names]


def _refuse_large(upload: IO[bytes]) -> None:
    upload.seek(0, io.SEEK_END)
    size = upload.tell()
    upload.seek(0)
    if size > MAX_UPLOAD:
        raise Invalid(text("文件超过{mb}MB，请分成几个文件导入"), mb=MAX_UPLOAD // 2**20)
    if not size:
        raise Invalid(text("文件是空的"))


def _open(upload: IO[bytes]) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(upload)
    except PasswordError as error:
        raise Invalid(text("文件有密码保护，请取消密码后再导入")) from error
    except (CalamineError, ValueError, OSError) as error:
        raise Invalid(text("这不是可以读取的Excel文件(.xlsx)")) from error


def _sheet_lines(book: CalamineWorkbook, name: str) -> Iterator[tuple[int, list[Cell]]]:
    try:
        sheet = book.get_sheet_by_name(name)
        first = sheet.start[0] if sheet.start else 0
        rows = sheet.to_python(skip_empty_area=False) if first else sheet.iter_rows()
        for number, cells in enumerate(rows, start=1):
            yield number, [_cell(value) for value in cells]
    except CalamineError as error:
        raise Invalid(text("工作表“{sheet}”无法读取"), sheet=name) from error


def _csv_lines(upload: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
    """Lines of a CSV in UTF-8 (with or without mark) or, as Chinese Excel writes it, GB 18030."""
    data = upload.read()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            content = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Invalid(text("无法识别文件编码，请另存为“CSV UTF-8”"))
    reader = csv.reader(io.StringIO(content, newline=""))
    try:
        for cells in reader:
            yield reader.line_num, [_unguarded(cell) for cell in cells]
    except csv.Error as error:
        raise Invalid(text("CSV文件第{row}行无法读取"), row=reader.line_num) from error


def _with_header(lines: Iterable[tuple[int, list[Cell]]], sheet: str) -> Iterator[Row]:
    header: list[str] | None = None
    count = 0
    for number, cells in lines:
        if all(cell in (None, "") for cell in cells):
            continue
        if header is None:
            header = _header(cells, sheet)
            continue
        count += 1
        if count > MAX_ROWS:
            raise Invalid(text("超过{rows}行，请分成几个文件导入"), rows=MAX_ROWS)
        yield number, {key: cell for key, cell in zip(header, cells, strict=False) if key}


def _header(cells: list[Cell], sheet: str) -> list[str]:
    header = [str(cell or "").strip().rstrip("*").strip() for cell in cells]
    named = [key for key in header if key]
    doubled = next((key for key in named if named.count(key) > 1), None)
    if doubled is not None:
        raise Invalid(text("表头“{column}”出现了两次"), column=doubled, sheet=sheet)
    return header


def _cell(value: object) -> Cell:
    """Excel keeps every number as a float: whole ones become int, others exact decimals."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else Decimal(repr(value))
    if isinstance(value, str):
        return value.strip()[:MAX_TEXT]
    if isinstance(value, timedelta):
        return str(value)
    return value if isinstance(value, bool | int | date | time) else None


def _unguarded(cell: str) -> str:
    """A CSV cell without the apostrophe our writer puts before a formula character."""
    guarded = len(cell) > 1 and cell[0] == "'" and cell[1] in RISKY
    return (cell[1:] if guarded else cell).strip()[:MAX_TEXT]


def as_text(row: Mapping[str, Cell]) -> dict[str, str]:
    """The row's cells as a person would type them."""
    return {key: "" if cell is None else str(cell) for key, cell in row.items()}
