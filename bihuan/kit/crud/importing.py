"""Import of a register from Excel or CSV. A dry run is the real run, rolled back: both tell the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError, Invalid, text
from bihuan.kit.access import Viewer
from bihuan.kit.crud import commands
from bihuan.kit.crud.resource import Resource
from bihuan.kit.crud.shape import Shape, names_of
from bihuan.kit.io import Column, read_rows, write_xlsx
from bihuan.kit.io.reading import Cell, Row


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was not taken: its number in the file, the column (empty: the whole row), the reason."""

    row: int
    column: str
    message: str


@dataclass
class Report:
    """What an import did, or in a dry run would do."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    refused: dict[int, Mapping[str, Cell]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    """Headings that mean nothing here, such as computed columns of an export."""

    @property
    def taken(self) -> int:
        """Rows that are right and new or different."""
        return self.created + self.changed

    def refuse(self, number: int, cells: Mapping[str, Cell], problems: Mapping[str, str]) -> None:
        """Note a row that was not taken with its problems by column."""
        self.refused[number] = cells
        self.problems += [Problem(number, column, message) for column, message in problems.items()]


class _RowError(Exception):
    """A row that can't be read; `problems` are messages by column label."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__()
        self.problems = problems


class Importer:
    """Takes the rows of one file into one register."""

    def __init__(self, resource: Resource[Any], viewer: Viewer, by: Actor, at: datetime) -> None:
        self.resource, self.viewer, self.by, self.at = resource, viewer, by, at
        assert resource.imports is not None
        self.keys, self.headings = resource.imports.keys, resource.imports.headings
        self.named = {
            name: names_of(resource.options(name, viewer))
            for name, shape in resource.shapes.items()
            if shape.is_reference
        }
        self.seen: dict[tuple[Any, ...], int] = {}

    def run(self, upload: IO[bytes], name: str, *, dry: bool) -> Report:
        """Take every right row of `upload`; a wrong one does not stop the others. Dry: change nothing."""
        with transaction.atomic():
            report = self.take(read_rows(upload, name))
            transaction.set_rollback(dry)
        return report

    def take(self, rows: Iterable[Row], only: Collection[str] = ()) -> Report:
        """Take `rows` in the caller's transaction; with `only`, nothing but these fields and the key."""
        report = Report()
        columns: dict[str, Shape] | None = None
        for number, cells in rows:
            if columns is None:
                columns, report.ignored = self._columns(cells, only)
            self._take(number, cells, columns, report)
        if columns is None:
            raise Invalid(text("文件里没有数据行"))
        return report

    def _columns(
        self, cells: Mapping[str, Cell], only: Collection[str]
    ) -> tuple[dict[str, Shape], tuple[str, ...]]:
        """Heading → field, by label, name or declared heading; raises Invalid if a needed key is missing."""
        known = {
            gettext(shape.label): shape for shape in self.resource.shapes.values()
        } | self.resource.shapes
        known |= {heading: self.resource.shapes[name] for heading, name in self.headings.items()}
        found = {heading: known[heading] for heading in cells if heading in known}
        given = {shape.name for shape in found.values()}
        keys = [self.resource.shapes[name] for name in self.keys if name not in given]
        missing = [gettext(shape.label) for shape in keys if shape.required]
        if missing:
            raise Invalid(text("缺少列：{columns}"), columns="、".join(missing))
        wanted = {
            heading: shape
            for heading, shape in found.items()
            if not only or shape.name in only or shape.name in self.keys
        }
        return wanted, tuple(heading for heading in cells if heading not in known)

    def _take(
        self, number: int, cells: Mapping[str, Cell], columns: Mapping[str, Shape], report: Report
    ) -> None:
        try:
            with transaction.atomic():
                values = self._read(cells, columns)
                self._refuse_repeated(number, values)
                outcome = self._write(values)
        except _RowError as refused:
            report.refuse(number, cells, refused.problems)
        except DomainError as error:
            report.refuse(number, cells, self._labelled(error))
        else:
            setattr(report, outcome, getattr(report, outcome) + 1)

    def _read(self, cells: Mapping[str, Cell], columns: Mapping[str, Shape]) -> dict[str, Any]:
        values, problems = {}, {}
        for heading, shape in columns.items():
            try:
                values[shape.name] = shape.from_cell(cells.get(heading), self.named.get(shape.name, {}))
            except ValidationError as error:
                problems[heading] = "；".join(error.messages)
        if problems:
            raise _RowError(problems)
        blank = self.resource.model()
        absent = {name: getattr(blank, self.resource.shapes[name].model_field.attname) for name in self.keys}
        return {**absent, **values}

    def _refuse_repeated(self, number: int, values: Mapping[str, Any]) -> None:
        key = tuple(str(values[name]) for name in self.keys)
        first = self.seen.setdefault(key, number)
        if first != number:
            label = gettext(self.resource.shapes[self.keys[0]].label)
            raise _RowError({label: gettext("与第%(row)d行重复") % {"row": first}})

    def _write(self, values: dict[str, Any]) -> str:
        """Change the row with this key or make a new one; returns the counter it goes to."""
        rows = self.resource.visible_to(self.viewer)
        row: Model | None = rows.filter(**{name: values[name] for name in self.keys}).first()
        if row is None:
            return self._create(values)
        if not commands.differing(self.resource, row, values):
            return "unchanged"
        if not self.resource.allows("change"):
            raise DomainError(text("已有的记录不能通过导入修改"))
        commands.change_locked(self.resource, row, values, by=self.by, at=self.at)
        return "changed"

    def _create(self, values: dict[str, Any]) -> str:
        if not self.resource.allows("create"):
            raise DomainError(text("这里不能通过导入新建记录"))
        absent = [
            shape
            for shape in self.resource.shapes.values()
            if shape.required and values.get(shape.name) in (None, "")
        ]
        if absent:
            raise _RowError({gettext(shape.label): gettext("必填") for shape in absent})
        made = commands.create(self.resource, values, by=self.by, at=self.at)
        for name, named in self.named.items():
            if isinstance(made, cast("Any", self.resource.shapes[name].model_field.related_model)):
                named |= {called: named.get(called, row) and row for called, row in names_of([made]).items()}
        return "created"

    def _labelled(self, error: DomainError) -> dict[str, str]:
        """The error's messages by column label; the general message where it names no field."""
        shapes = self.resource.shapes
        found = {
            gettext(shapes[path].label) if path in shapes else path: "；".join(
                gettext(one) for one in messages
            )
            for path, messages in error.fields.items()
        }
        return found or {"": error.text(gettext)}


def write_problems(report: Report, target: IO[bytes]) -> None:
    """Write the refused rows with their reasons as .xlsx: to be corrected and imported again."""
    headings = list(dict.fromkeys(heading for cells in report.refused.values() for heading in cells))
    reasons: dict[int, list[str]] = {}
    for problem in report.problems:
        reasons.setdefault(problem.row, []).append(f"{problem.column}：{problem.message}".lstrip("："))
    columns = [
        *(Column(heading) for heading in headings),
        Column(gettext("行号"), "number"),
        Column(gettext("错误"), width=60),
    ]
    write_xlsx(target, [(gettext("未导入的行"), columns, _refused_rows(report, headings, reasons))])


def _refused_rows(
    report: Report, headings: list[str], reasons: Mapping[int, list[str]]
) -> Iterator[list[Any]]:
    for number, cells in report.refused.items():
        yield [*(cells.get(heading) for heading in headings), number, "\n".join(reasons.get(number, ()))]


def write_template(resource: Resource[Any], viewer: Viewer, target: IO[bytes]) -> None:
    """Write an empty workbook with the headings of the import; choices are offered as lists."""
    columns = []
    for shape in resource.shapes.values():
        choices = [label for _, label in shape.choices] or (["是", "否"] if shape.kind == "bool" else [])
        columns.append(
            Column(gettext(shape.label) + ("*" if shape.required else ""), choices=choices, width=18)
        )
    write_xlsx(target, [(resource.title, columns, [])])
