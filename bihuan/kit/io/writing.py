"""Writes tables; the only writer of exports, so the guard against formulas stands in one place."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Literal

import xlsxwriter

from bihuan.kernel.clock import TZ

RISKY = "=+-@\t\r\0"
"""First characters that a spreadsheet takes for a formula (trust A8)."""
LARGEST = 10**15
"""Excel rounds longer numbers: they are written as text."""
BOM = "\ufeff"
"""Tells Excel that a CSV is UTF-8."""
FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "money": "#,##0.00"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column to write: its heading, its kind, a width in characters and, for imports, its choices."""

    label: str
    kind: Literal["text", "number", "money", "date", "datetime"] = "text"
    width: int = 16
    choices: Sequence[str] = ()


def write_xlsx(
    target: IO[bytes], sheets: Iterable[tuple[str, Sequence[Column], Iterable[Sequence[object]]]]
) -> int:
    """Write `sheets` (name, columns, rows) to `target` with constant memory; returns the rows written.

    Text goes into text cells whatever it begins with; numbers and dates stay numbers and dates.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": FORMATS["date"],
    }
    written = 0
    with xlsxwriter.Workbook(target, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#EEF2F7", "bottom": 1})
        formats = {kind: book.add_format({"num_format": code}) for kind, code in FORMATS.items()}
        for name, columns, rows in sheets:
            sheet = book.add_worksheet(name[:31])
            sheet.freeze_panes(1, 0)
            for at, column in enumerate(columns):
                sheet.set_column(at, at, column.width, formats.get(column.kind))
                sheet.write_string(0, at, column.label, head)
                if 0 < len(column.choices) <= 50 and len(",".join(column.choices)) < 250:
                    sheet.data_validation(
                        1, at, 5000, at, {"validate": "list", "source": list(column.choices)}
                    )
            for number, row in enumerate(rows, start=1):
                for at, (column, value) in enumerate(zip(columns, row, strict=True)):
                    _write(sheet, number, at, value, formats.get(column.kind))
                written += 1
    return written


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, at: int, value: object, look: object) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(row, at, "是" if value else "否")
    elif isinstance(value, int | float | Decimal) and -LARGEST < value < LARGEST:
        sheet.write_number(row, at, value, look)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, at, value.astimezone(TZ).replace(tzinfo=None), look)
    elif isinstance(value, date):
        sheet.write_datetime(row, at, value, look)
    else:
        sheet.write_string(row, at, str(value)[:32_767])


class _Echo:
    """Lets csv hand each line back instead of storing it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a CSV file for a streamed answer, each text guarded against formulas."""
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([column.label for column in columns])
    for row in rows:
        yield writer.writerow([guarded(value) for value in row])


def guarded(value: object) -> str:
    """`value` as CSV text; an apostrophe stands before text that a spreadsheet would run."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value.astimezone(TZ):%Y-%m-%d %H:%M}"
    if isinstance(value, int | float | Decimal | date):
        return str(value)
    content = str(value)
    return f"'{content}" if content[:1] in RISKY and content else content
