"""From a form file to a FormDefinition, with every problem at its place (formats.md, "Form")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bihuan.kernel.errors import Invalid, text
from bihuan.kernel.keep import Keep
from bihuan.kernel.label import Label
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.expr import ANY, DATE, LEAF, PERIOD, RANGE, Shape, problems

from .computing import AS_IS, circle
from .definition import (
    CHOICES,
    MAY_BE_MANY,
    NUMBERS,
    RANGES,
    Choice,
    ColumnDefinition,
    FieldDefinition,
    FieldType,
    FormDefinition,
    Origin,
    RuleDefinition,
)
from .reading import ReadError, day, is_blank, number, read_value
from .schema import ColumnFile, FieldFile, FormFile, Names, OptionFile, Problem, Text, read_file


class FormProblems(Invalid):
    """A form file that is not right; `problems` are (place in the file, zh-Hans message)."""

    def __init__(self, found: Sequence[Problem]) -> None:
        super().__init__(text("表单文件有{count}处错误"), count=len(found))
        self.problems = tuple(found)


META: Shape = dict.fromkeys(
    ("no", "state", "version", "author", "unit", "secrecy", "urgency", "submitted", "passed"), LEAF
)
"""The head of a document in expressions (`doc.meta.no`)."""

OTHER_ROOTS = ("docs", "case", "setting", "slot", "starter", "now", "today")


def parse_form(data: Mapping[str, Any]) -> FormDefinition:
    """The form that `data` (a form file as read) describes; raises FormProblems."""
    file, found = read_file(data)
    if file is None:
        raise FormProblems(found)
    definition = _definition(file)
    found = [*_of_form(definition), *_of_fields(definition)]
    if not found:  # expressions are only worth checking over sound fields
        found = list(_of_expressions(definition))
    if found:
        raise FormProblems(found)
    return definition


def _definition(file: FormFile) -> FormDefinition:
    return FormDefinition(
        code=file.code,
        key=file.key,
        name=_label(file.name),
        kind=file.kind,
        secrecy=Secrecy.of(file.secrecy),
        keep=file.keep,
        origin=file.origin,
        help=_label(file.help),
        public_text=tuple(file.public_text),
        fields=tuple(_field(one, file.origin) for one in file.fields),
        rules=tuple(
            RuleDefinition(
                check=rule.check, message=_label(rule.message), fields=tuple(rule.fields), warn=rule.warn
            )
            for rule in file.rules
        ),
        unique=tuple(file.unique),
        unique_in=file.unique_in or "",
    )


def _label(found: Text) -> Label:
    return found.model_dump(by_alias=True, exclude_none=True) if isinstance(found, Names) else found


def _field(file: FieldFile, origin: Origin) -> FieldDefinition:
    own = file.origin or (Origin.STATED if origin is Origin.MIXED else origin)
    return FieldDefinition(
        **_column(file, own),
        columns=tuple(ColumnDefinition(**_column(one, one.origin or own)) for one in file.columns),
        min_rows=file.min_rows,
        max_rows=file.max_rows,
        index=file.index,
        binding=file.binding,
        section=_label(file.section),
    )


def _column(file: ColumnFile, origin: Origin) -> dict[str, Any]:
    same = {
        name: getattr(file, name)
        for name in ("key", "type", "many", "required", "required_if", "pattern", "compute", "default")
    }
    return same | {
        "label": _label(file.label) or file.key,
        "options": tuple(
            Choice(one.value, _label(one.label)) if isinstance(one, OptionFile) else Choice(one, one)
            for one in file.options
        ),
        "to": tuple(file.to),
        "required_in": frozenset(file.required_in),
        "minimum": "" if file.min is None else str(file.min),
        "maximum": "" if file.max is None else str(file.max),
        "example": file.example,
        "origin": origin,
        "help": _label(file.help),
    }


def _of_form(definition: FormDefinition) -> Iterator[Problem]:
    keys = [one.key for one in definition.fields]
    yield from _doubles(keys, ("fields",))
    named: dict[tuple[str | int, ...], tuple[str, ...]] = {
        ("public_text",): definition.public_text,
        ("unique",): definition.unique,
        **{("rules", place, "fields"): rule.fields for place, rule in enumerate(definition.rules)},
    }
    for where, used in named.items():
        for place, key in enumerate(used):
            if key not in keys:
                yield (*where, place), f"没有字段{key}"
    if definition.keep:
        try:
            Keep.parse(definition.keep)
        except Invalid as error:
            yield ("keep",), error.text()


def _doubles(keys: Sequence[str], where: tuple[str | int, ...]) -> Iterator[Problem]:
    for place, key in enumerate(keys):
        if key in keys[:place]:
            yield (*where, place, "key"), f"{key}重复"
        if key == "meta":
            yield (*where, place, "key"), "meta是单据头的名称，不能用作字段"


def _of_fields(definition: FormDefinition) -> Iterator[Problem]:
    for place, one in enumerate(definition.fields):
        where = ("fields", place)
        yield from _of_question(one, where)
        yield from _of_table(one, where)
        yield from _doubles([column.key for column in one.columns], (*where, "columns"))
        for column_place, column in enumerate(one.columns):
            at = (*where, "columns", column_place)
            yield from _of_question(column, at)
            if column.type in {FieldType.TABLE, FieldType.APPROVAL, FieldType.VIEW, FieldType.SECRET}:
                yield (*at, "type"), f"表格的列不能是{column.type}"


def _of_table(one: FieldDefinition, where: tuple[str | int, ...]) -> Iterator[Problem]:
    table = one.type == FieldType.TABLE
    if table and not one.columns:
        yield (*where, "columns"), "表格至少要有一列"
    if one.columns and not table:
        yield (*where, "columns"), "只有表格有列"
    if (one.min_rows or one.max_rows) and not table:
        yield (*where, "min_rows" if one.min_rows else "max_rows"), "只有表格有行数"
    if one.max_rows and one.max_rows < one.min_rows:
        yield (*where, "max_rows"), "最多行数小于最少行数"


def _of_question(one: ColumnDefinition, where: tuple[str | int, ...]) -> Iterator[Problem]:
    if one.type in CHOICES and not one.options:
        yield (*where, "options"), "缺少选项"
    if one.options and one.type not in CHOICES | {FieldType.REGION, FieldType.RATING}:
        yield (*where, "options"), f"{one.type}没有选项"
    for place, value in enumerate(choice.value for choice in one.options):
        if value in [choice.value for choice in one.options[:place]]:
            yield (*where, "options", place), f"选项{value}重复"
    if one.many and one.type not in MAY_BE_MANY:
        yield (*where, "many"), f"{one.type}不能多选"
    if one.to and one.type != FieldType.REF:
        yield (*where, "to"), "只有引用有to"
    yield from _of_bounds(one, where)
    yield from _of_samples(one, where)


def _of_bounds(one: ColumnDefinition, where: tuple[str | int, ...]) -> Iterator[Problem]:
    dated = one.type in RANGES | {FieldType.DATE, FieldType.DATETIME}
    read: Callable[[object], Any] = day if dated else number
    for key, bound in (("min", one.minimum), ("max", one.maximum)):
        try:
            if bound:
                read(bound)
        except ReadError as error:
            yield (*where, key), str(error)
    try:
        re.compile(one.pattern)
    except re.error as error:
        yield (*where, "pattern"), f"不是正则表达式：{error}"


def _of_samples(one: ColumnDefinition, where: tuple[str | int, ...]) -> Iterator[Problem]:
    """A default and an example must be values of the field; people and references are found later."""
    if one.type not in NUMBERS | CHOICES | {FieldType.BOOL, FieldType.DATE, FieldType.PHONE}:
        return
    for key, given in (("default", one.default), ("example", one.example)):
        if is_blank(given) or (isinstance(given, str) and given.startswith("=")):
            continue
        try:
            read_value(one, given, AS_IS)
        except ReadError as error:
            yield (*where, key), str(error)


def shape_of(definition: FormDefinition) -> dict[str, Shape]:
    """The names below `doc` for a document of this form."""
    return {"meta": META, **{one.key: _shape(one) for one in definition.fields}}


_SHAPES: Mapping[FieldType, Shape] = {
    **dict.fromkeys((FieldType.DATE, FieldType.DATETIME), DATE),
    **dict.fromkeys(RANGES, RANGE),
    **dict.fromkeys((FieldType.MONTH, FieldType.PERIOD), PERIOD),
    **dict.fromkeys(
        (
            FieldType.REF,
            FieldType.FILE,
            FieldType.IMAGE,
            FieldType.APPROVAL,
            FieldType.JSON,
            FieldType.SIGNATURE,
            FieldType.USER,
            FieldType.UNIT,
        ),
        ANY,
    ),
}


def _shape(one: ColumnDefinition) -> Shape:
    if isinstance(one, FieldDefinition) and one.type == FieldType.TABLE:
        return {column.key: _shape(column) for column in one.columns}
    return _SHAPES.get(one.type, LEAF)


def _of_expressions(definition: FormDefinition) -> Iterator[Problem]:
    roots: dict[str, Shape] = {**dict.fromkeys(OTHER_ROOTS, ANY), "doc": shape_of(definition)}
    sound = True
    for where, source, table in _expressions(definition):
        row: dict[str, Shape] = {"row": _shape(table)} if table else {}
        for message in problems(source, {**roots, **row}):
            sound = False
            yield where, message
    if sound and (loop := circle(definition)):
        yield ("fields",), f"计算字段互相依赖：{loop}"


Expression = tuple[tuple[str | int, ...], str, FieldDefinition | None]


def _expressions(definition: FormDefinition) -> Iterator[Expression]:
    for place, rule in enumerate(definition.rules):
        yield ("rules", place, "check"), rule.check, None
    for place, one in enumerate(definition.fields):
        yield from _of_one(one, ("fields", place), None)
        for column_place, column in enumerate(one.columns):
            yield from _of_one(column, ("fields", place, "columns", column_place), one)


def _of_one(
    one: ColumnDefinition, where: tuple[str | int, ...], table: FieldDefinition | None
) -> Iterable[Expression]:
    for key in ("compute", "required_if"):
        if source := getattr(one, key):
            yield (*where, key), source, table
    if isinstance(one.default, str) and one.default.startswith("="):
        yield (*where, "default"), one.default[1:], table
