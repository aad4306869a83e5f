"""The whole organisation from one workbook, and calendars from files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError, Invalid, text
from bihuan.kit.access import Viewer
from bihuan.kit.crud import Resource
from bihuan.kit.crud.importing import Importer, Report
from bihuan.kit.io import Sheet, read_rows, read_sheets
from bihuan.kit.io.reading import Cell, Row
from bihuan.org.models import Binding, Holding, Person, Position, Slot, Unit
from bihuan.org.resources import CalendarDays, People, Positions, Units
from bihuan.org.services import bind_slot, hold_position

UNITS, POSITIONS, PEOPLE, BINDINGS = text("单位"), text("岗位"), text("人员"), text("绑定")
_PLAIN_PASSES: tuple[tuple[str, type[Resource[Any]], tuple[str, ...]], ...] = (
    (UNITS, Units, ("code", "name", "short_name", "kind", "parent")),
    (POSITIONS, Positions, ("code", "name", "unit")),
    (PEOPLE, People, ()),
    (POSITIONS, Positions, ("superior",)),
    (UNITS, Units, ("head",)),
)
"""Sheet, register and fields in the order that lets every reference find its target."""


@dataclass(frozen=True, slots=True)
class SheetProblem:
    """Why a row was not taken, by sheet, row number in the file and column (empty: the whole row)."""

    sheet: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        place = gettext("%(sheet)s第%(row)d行") % {"sheet": self.sheet, "row": self.row}
        return f"{place} {self.column}：{self.message}" if self.column else f"{place}：{self.message}"


@dataclass
class OrganisationReport:
    """What the import did, or in a dry run would do."""

    counts: dict[str, int] = field(default_factory=dict)
    """Sheet → rows that were new or changed."""
    problems: list[SheetProblem] = field(default_factory=list)


def import_organisation(
    *, file: IO[bytes], name: str, by: Actor, at: datetime, dry: bool = False
) -> OrganisationReport:
    """Take the sheets 单位, 岗位, 人员 (with 岗位: codes held) and 绑定 of one .xlsx.

    Known codes are changed, others made; a wrong row is reported and left out, the others are taken.
    Raises Invalid when the file cannot be read or a sheet lacks its key column.
    """
    sheets = {sheet.name.strip(): list(sheet.rows) for sheet in _known(read_sheets(file, name))}
    if not sheets:
        raise Invalid(text("文件里没有“单位”“岗位”“人员”“绑定”中的任何一个工作表"))
    report = OrganisationReport()
    refused: set[tuple[str, int]] = set()
    with transaction.atomic():
        for sheet, register, only in _PLAIN_PASSES:
            rows = [row for row in sheets.get(sheet, ()) if (sheet, row[0]) not in refused]
            if rows and (not only or _mentions(register.model, rows, only)):
                taken = _importer(register, by, at).take(iter(rows), only)
                _add(report, sheet, taken)
                refused |= {(sheet, number) for number in taken.refused}
        people = [row for row in sheets.get(PEOPLE, ()) if (PEOPLE, row[0]) not in refused]
        _take_each(report, PEOPLE, people, _hold, by, at)
        _take_each(report, BINDINGS, sheets.get(BINDINGS, []), _bind, by, at)
        transaction.set_rollback(dry)
    report.problems.sort(key=lambda one: (list(sheets).index(one.sheet), one.row))
    return report


def import_calendar(
    *, file: IO[bytes], name: str, by: Actor, at: datetime, calendar: str = "cn", unit: Unit | None = None
) -> Report:
    """Take holidays from a file with the columns date, type (off/work), name (rules.md §15)."""
    place: dict[str, Cell] = {"calendar": calendar, "unit": unit.code if unit is not None else None}
    days = ((number, {**cells, **place}) for number, cells in read_rows(file, name))
    with transaction.atomic():
        return _importer(CalendarDays, by, at).take(days)


def _known(sheets: list[Sheet]) -> Iterator[Sheet]:
    return (sheet for sheet in sheets if sheet.name.strip() in {UNITS, POSITIONS, PEOPLE, BINDINGS})


def _importer(register: type[Resource[Any]], by: Actor, at: datetime) -> Importer:
    return Importer(register(), Viewer(by.person, admin=True), by, at)


def _mentions(model: type[Any], rows: list[Row], only: tuple[str, ...]) -> bool:
    headings = {
        name for field in only for name in (field, gettext(str(model._meta.get_field(field).verbose_name)))
    }
    return bool(headings & rows[0][1].keys())


def _add(report: OrganisationReport, sheet: str, taken: Report) -> None:
    report.counts[sheet] = report.counts.get(sheet, 0) + taken.taken
    report.problems += [SheetProblem(sheet, one.row, one.column, one.message) for one in taken.problems]


def _take_each(
    report: OrganisationReport, sheet: str, rows: list[Row], take: Any, by: Actor, at: datetime
) -> None:
    for number, cells in rows:
        try:
            with transaction.atomic():
                made = take(cells, by, at)
        except DomainError as error:
            found = dict(error.fields) or {"": (error.text(gettext),)}
            report.problems += [
                SheetProblem(sheet, number, column, "；".join(map(gettext, messages)))
                for column, messages in found.items()
            ]
        else:
            report.counts[sheet] = report.counts.get(sheet, 0) + made


def _hold(cells: dict[str, Cell], by: Actor, at: datetime) -> int:
    """Let the person of a 人员 row hold the positions it lists that they don't hold yet."""
    username = str(cells.get("登录名") or cells.get("username") or "")
    person = Person.objects.filter(username__iexact=username).first()
    codes = str(cells.get("岗位") or "").replace("，", ",").replace("、", ",").replace(";", ",").split(",")
    made = 0
    for code in filter(None, (code.strip() for code in codes)):
        position = _one(Position, code, "岗位")
        if person is not None and not Holding.objects.filter(person=person, position=position).exists():
            hold_position(person=person, position=position, by=by, at=at)
            made += 1
    return made


def _bind(cells: dict[str, Cell], by: Actor, at: datetime) -> int:
    """Bind the slot of a 绑定 row in its unit to its position, unless it is."""
    slot, unit, position = (
        _one(model, str(cells.get(column) or ""), column)
        for model, column in ((Slot, "岗位槽"), (Unit, "单位"), (Position, "岗位"))
    )
    if Binding.objects.filter(slot=slot, unit=unit, position=position).exists():
        return 0
    bind_slot(slot=slot, unit=unit, position=position, by=by, at=at)
    return 1


def _one(model: type[Any], code: str, column: str) -> Any:
    """The row with this code; raises Invalid naming the column."""
    found = model.objects.filter(code=code).first()
    if found is None:
        raise Invalid(
            text("没有这个代码"), fields={column: [gettext("没有代码为“%(code)s”的记录") % {"code": code}]}
        )
    return found
