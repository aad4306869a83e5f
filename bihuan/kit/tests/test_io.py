"""Excel and CSV: what goes out comes back, and hostile files are refused before they are opened."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest

from bihuan.kernel.errors import Invalid
from bihuan.kit.io import Column, bombs, csv_lines, read_rows, read_sheets, write_xlsx

AWKWARD = ["00123", "1e5", "1234567890123456", "=1+1", "+86 10", "-3", "@x", "Ж好🙂", "'quoted"]


def _book(values: list[object], kind: str = "text") -> io.BytesIO:
    target = io.BytesIO()
    write_xlsx(target, [("表", [Column("编号", kind)], [[value] for value in values])])  # type: ignore[arg-type]
    target.seek(0)
    return target


def _hostile(sheet: bytes, **extra: bytes) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(_book(["x"])) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for name in source.namelist():
            book.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else source.read(name))
        for name, data in extra.items():
            book.writestr(name.replace("__", "."), data)
    target.seek(0)
    return target


def test_text_survives_excel() -> None:
    assert [row["编号"] for _, row in read_rows(_book(list(AWKWARD)), "a.xlsx")] == AWKWARD


def test_no_typed_text_becomes_a_formula() -> None:
    with zipfile.ZipFile(_book(list(AWKWARD))) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_numbers_and_dates_survive_excel() -> None:
    assert [row["编号"] for _, row in read_rows(_book([3, Decimal("2.50")], "number"), "a.xlsx")] == [
        3,
        Decimal("2.5"),
    ]
    assert [row["编号"] for _, row in read_rows(_book([date(2026, 3, 1)], "date"), "a.xlsx")] == [
        date(2026, 3, 1)
    ]


def test_csv_guards_formulas_and_comes_back() -> None:
    content = "".join(csv_lines([Column("编号")], [[value] for value in AWKWARD]))
    assert "'=1+1" in content
    assert "'@x" in content
    rows = read_rows(io.BytesIO(content.encode()), "a.CSV")
    assert [row["编号"] for _, row in rows] == AWKWARD


def test_csv_from_chinese_excel_and_row_numbers() -> None:
    rows = list(read_rows(io.BytesIO("代码,名称\n\nA1,门店\n".encode("gb18030")), "a.csv"))
    assert rows == [(3, {"代码": "A1", "名称": "门店"})]


def test_every_sheet_is_read() -> None:
    target = io.BytesIO()
    write_xlsx(target, [("单位", [Column("代码")], [["u1"]]), ("人员", [Column("姓名")], [["赵一鸣"]])])
    target.seek(0)
    assert {sheet.name: list(sheet.rows) for sheet in read_sheets(target, "o.xlsx")} == {
        "单位": [(2, {"代码": "u1"})],
        "人员": [(2, {"姓名": "赵一鸣"})],
    }


@pytest.mark.parametrize(
    "sheet",
    [
        b'<worksheet><sheetData><row r="1"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>',
        b"<worksheet><sheetData><row r='9999999999'><c r = 'A1'/></row></sheetData></worksheet>",
        b'<worksheet><sheetData><c r="&#88;FD1048576"/></sheetData></worksheet>',
        b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>',
        b"<worksheet>" + b" " * (12 * 2**20) + b"</worksheet>",
    ],
    ids=["far cell", "far row", "hidden place", "doctype", "dense"],
)
def test_bombs_are_refused(sheet: bytes) -> None:
    with pytest.raises(Invalid):
        list(read_rows(_hostile(sheet), "a.xlsx"))


def test_far_cell_split_between_chunks_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bombs, "_CHUNK", 7)
    with pytest.raises(Invalid):
        list(read_rows(_hostile(b'<worksheet><c r="XFD1048576"/></worksheet>'), "a.xlsx"))


def test_nested_archives_other_types_and_broken_files_are_refused() -> None:
    with pytest.raises(Invalid):
        read_rows(_hostile(b"<worksheet/>", inner__zip=b"PK"), "a.xlsx")
    for name, data in {"a.xls": b"x", "a.xlsx": b"not a zip", "a.csv": b""}.items():
        with pytest.raises(Invalid):
            list(read_rows(io.BytesIO(data), name))


def test_doubled_headers_are_refused() -> None:
    with pytest.raises(Invalid, match="出现了两次"):
        list(read_rows(io.BytesIO("代码,代码\n1,2\n".encode()), "a.csv"))
