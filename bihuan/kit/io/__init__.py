"""Tables in and out: Excel and CSV, read with guards, written without formulas (trust: formula injection, bombs)."""

from .reading import Sheet, read_rows, read_sheets
from .writing import Column, csv_lines, write_xlsx

__all__ = ["Column", "Sheet", "csv_lines", "read_rows", "read_sheets", "write_xlsx"]
