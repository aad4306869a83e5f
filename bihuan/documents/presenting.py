"""Fields ready to be drawn: what a step may see and write of a document (kit.ui.field_view)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language

from bihuan.kernel import money
from bihuan.kernel.label import show
from bihuan.kit.expr import compile
from bihuan.kit.ui.field_view import ROW_MARK, FieldView, Opinion, Option
from bihuan.org.models import Slot, Unit

from .domain.checking import LENGTHS, Situation, situation
from .domain.definition import (
    FILES,
    NUMBERS,
    RANGES,
    TEXTS,
    ColumnDefinition,
    FieldDefinition,
    FieldType,
    FormDefinition,
    Origin,
)
from .domain.reading import is_blank
from .domain.rights import Rights
from .domain.showing import show_value
from .domain.values import Values, dump, load, path_of
from .naming import NameBook
from .places import PROVINCES
from .posted import PREFIX
from .registry import reference_source

UNITS = {FieldType.MONEY: "元", FieldType.PERCENT: "%"}
MAX_FILE = "20971520"
"""Bytes a file may have (forms.md §0)."""


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading."""

    title: str
    fields: tuple[FieldView, ...]


@dataclass
class Presenter:
    """Draws one document's values under given rights.

    `unread` holds raw input by path that could not be read, `errors` and `warnings` messages by path,
    `before` an older content (canonical JSON) to mark changes against. With `reading` nothing is written.
    """

    definition: FormDefinition
    values: Values
    rights: Rights
    company_path: str = "/"
    unread: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    warnings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None
    process_code: str = ""
    roots: Mapping[str, Any] = field(default_factory=dict)
    reading: bool = False

    @cached_property
    def language(self) -> str:
        """The reader's language."""
        return get_language() or "zh-hans"

    @cached_property
    def names(self) -> NameBook:
        """Names of people, units and slots in the values."""
        return NameBook(self.definition, self.values, self.before or {})

    @cached_property
    def situation(self) -> Situation:
        """What decides which fields are demanded."""
        return situation(
            self.definition, self.values, process_code=self.process_code, rights=self.rights, roots=self.roots
        )

    def sections(self) -> list[Section]:
        """All visible fields in the form's order; a new heading begins a new section."""
        found: list[tuple[str, list[FieldView]]] = [("", [])]
        for one in self.definition.fields:
            if not self.rights.may_see(one.key) or (self.reading and self._is_empty_display(one)):
                continue
            heading = show(one.section, self.language) if one.section else found[-1][0]
            if heading != found[-1][0]:
                found.append((heading, []))
            found[-1][1].append(self.field(one))
        return [Section(title, tuple(fields)) for title, fields in found if fields]

    def _is_empty_display(self, one: FieldDefinition) -> bool:
        return one.type in {FieldType.APPROVAL, FieldType.VIEW} and is_blank(self.values.get(one.key))

    def field(self, one: FieldDefinition) -> FieldView:
        """One field."""
        writable = not self.reading and one.asked and self.rights.may_write(one.key)
        name = f"{PREFIX}{one.key}"
        required = writable and self.situation.demands(one)
        if one.type == FieldType.TABLE:
            return self._table(one, name, writable, required)
        value = self.values.get(one.key)
        return self._view(
            one, name, one.key, value, writable=writable, required=required, before=self._before(one)
        )

    def _before(self, one: FieldDefinition) -> str:
        """The older value as text, where it was another one."""
        if self.before is None or one.type == FieldType.TABLE:
            return ""
        old, value = self.before.get(one.key), self.values.get(one.key)
        new = None if is_blank(value) else dump(one, value)
        if old == new:
            return ""
        return show_value(one, load(one, old), self.names, self.language) or "（空）"

    def _table(self, one: FieldDefinition, name: str, writable: bool, required: bool) -> FieldView:
        rows: list[Values] = list(self.values.get(one.key) or [])
        if writable:
            rows += [{} for _ in range(max(one.min_rows, 1) - len(rows))]
        cells = tuple(
            tuple(
                self._view(
                    column, f"{name}-{place}-{column.key}", path_of(one.key, place, column.key),
                    row.get(column.key), writable=writable and column.asked, in_table=True,
                    required=writable and column.required,
                )
                for column in one.columns
            )
            for place, row in enumerate(rows)
        )  # fmt: skip
        blank = tuple(
            self._view(
                column, f"{name}-{ROW_MARK}-{column.key}", "", None, writable=writable and column.asked,
                in_table=True, required=writable and column.required, total=self._total(one, column, rows),
            )
            for column in one.columns
        )  # fmt: skip
        return FieldView(
            key=one.key, name=name, label=one.name(self.language), kind="table", required=required,
            readonly=not writable, help=self._help(one), error=self._said(self.errors, one.key),
            warning=self._said(self.warnings, one.key), origin=self._origin(one), min_rows=one.min_rows,
            max_rows=one.max_rows, columns=blank, rows=cells,
        )  # fmt: skip

    def _view(
        self,
        one: ColumnDefinition,
        name: str,
        path: str,
        value: Any,
        *,
        writable: bool,
        required: bool = False,
        in_table: bool = False,
        total: str = "",
        before: str = "",
    ) -> FieldView:
        raw = self.unread.get(path)
        # a signature is given by typing one's name where the step asks for it
        kind = "text" if one.type == FieldType.SIGNATURE and writable else one.type.value
        return FieldView(
            key=one.key, name=name, label=one.name(self.language), kind=kind,
            value=_raw_text(raw) if raw is not None else _input_text(one, value),
            values=_raw_values(raw) if raw is not None else _input_values(one, value),
            display=show_value(one, value, self.names, self.language),
            required=required, readonly=not writable, help=self._help(one),
            error=self._said(self.errors, path), warning=self._said(self.warnings, path),
            example=_example(one), unit=UNITS.get(one.type, ""), origin=self._origin(one),
            many=one.many, in_table=in_table, options=self._options(one, value, writable),
            url=_url(one) if writable else "", minimum=self._bound(one, one.minimum),
            maximum=MAX_FILE if one.type in FILES else self._bound(one, one.maximum),
            max_length=_max_length(one), total=total, before=before,
            opinions=tuple(_opinions(value)) if one.type == FieldType.APPROVAL else (),
        )  # fmt: skip

    @cached_property
    def _summed(self) -> set[str]:
        """Columns that the form itself sums up (`doc.lines.amount`)."""
        sources = [one.compute for one in self.definition.fields if one.compute]
        return {name for source in sources for name in compile(source).names}

    def _total(self, one: FieldDefinition, column: ColumnDefinition, rows: Sequence[Values]) -> str:
        """The foot of a column, where its sum means something."""
        summed = f"doc.{one.key}.{column.key}" in self._summed or (
            column.type == FieldType.MONEY and column.compute
        )
        if not summed or column.type not in NUMBERS - {FieldType.PERCENT, FieldType.RATING} or len(rows) < 2:
            return ""
        found = [row.get(column.key) for row in rows]
        total = sum((Decimal(each) for each in found if each is not None), Decimal(0))
        return money.show(total) if column.type == FieldType.MONEY else f"{total.normalize():,f}"

    def _bound(self, one: ColumnDefinition, bound: str) -> str:
        return "" if one.type in TEXTS or one.is_list else bound

    def _help(self, one: ColumnDefinition) -> str:
        return "" if self.reading else show(one.help, self.language)

    def _origin(self, one: ColumnDefinition) -> str:
        """Readers of a finished paper need not know where its fields come from."""
        return Origin.STATED.value if self.reading else one.origin.value

    def _said(self, messages: Mapping[str, Sequence[str]], path: str) -> str:
        return "；".join(messages.get(path, ())) if path else ""

    def _options(self, one: ColumnDefinition, value: Any, writable: bool) -> tuple[Option, ...]:
        chosen = value if isinstance(value, list) else [] if is_blank(value) else [value]
        match one.type:
            case FieldType.ENUM | FieldType.MULTI:
                return tuple(Option(each.value, show(each.label, self.language)) for each in one.options)
            case FieldType.USER:
                return tuple(Option(str(id), self.names.person(id)) for id in chosen)
            case FieldType.REF | FieldType.VIEW:
                return tuple(_reference_option(each) for each in chosen)
            case FieldType.FILE | FieldType.IMAGE:
                return tuple(file_option(each, image=one.type == FieldType.IMAGE) for each in chosen)
        return self._listed(one.type, one, chosen) if writable else ()

    def _listed(self, kind: FieldType, one: ColumnDefinition, chosen: Sequence[Any]) -> tuple[Option, ...]:
        """Options of types that are chosen from one list of the whole company."""
        if kind == FieldType.UNIT:
            return self._unit_options
        if kind == FieldType.SLOT:
            return self._slot_options
        if kind != FieldType.REGION:
            return ()
        listed = [each.value for each in one.options] or list(PROVINCES)
        return tuple(Option(each, each) for each in dict.fromkeys([*listed, *map(str, chosen)]))

    @cached_property
    def _unit_options(self) -> tuple[Option, ...]:
        units = Unit.objects.filter(path__startswith=self.company_path, retired_at=None)
        return tuple(Option(str(unit.pk), unit.name, unit.name_pinyin) for unit in units)

    @cached_property
    def _slot_options(self) -> tuple[Option, ...]:
        return tuple(Option(slot.code, str(slot)) for slot in Slot.objects.all())


def _raw_text(raw: Any) -> str:
    return raw if isinstance(raw, str) else ""


def _raw_values(raw: Any) -> tuple[str, ...]:
    if isinstance(raw, Mapping):
        return (str(raw.get("start", "")), str(raw.get("end", "")))
    return tuple(str(part) for part in raw) if isinstance(raw, list) else ()


def _input_text(one: ColumnDefinition, value: Any) -> str:
    """The value for an input: ISO dates, plain decimals; empty for what has several values."""
    if is_blank(value) or one.is_list or one.type in RANGES | FILES | {FieldType.APPROVAL}:
        return ""
    stored = dump(one, value)
    if one.type == FieldType.BOOL:
        return "true" if stored else "false"
    if one.type == FieldType.DATETIME:
        return str(stored)[:16]
    return _key(stored)


def _input_values(one: ColumnDefinition, value: Any) -> tuple[str, ...]:
    if is_blank(value):
        return ()
    if one.type in RANGES:
        stored = dump(one, value)
        return (stored["start"][:16], stored["end"][:16])
    if one.is_list or one.type in FILES:
        return tuple(_key(part) for part in (dump(one, value) if one.is_list else [value]))
    return ()


def _key(stored: Any) -> str:
    """What stands for a stored value in an input: the id of a record or file."""
    if isinstance(stored, Mapping) and "id" in stored:
        name = str(stored.get("of", ""))
        return str(stored["id"]) if not name or reference_source(name) is None else f"{name}:{stored['id']}"
    return str(stored)


def _reference_option(kept: Any) -> Option:
    stored = getattr(kept, "ref", kept)
    label = " ".join(str(stored[key]) for key in ("number", "title") if stored.get(key))
    return Option(_key(stored), label or str(stored.get("id", "")), url=reference_url(stored))


def reference_url(stored: Mapping[str, Any]) -> str:
    """The page of what a reference points to."""
    source = reference_source(str(stored.get("of", "")))
    if source is not None:
        return source.url(int(stored["id"]))
    return reverse("documents:document", args=[stored["id"]])


def file_option(kept: Mapping[str, Any], *, image: bool = False) -> Option:
    """A kept file with its addresses."""
    size = int(kept.get("size") or 0)
    note = f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(size // 1024, 1)} KB"
    preview = reverse("files:preview", args=[kept["id"]])
    shown = image or str(kept["name"]).lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".webp"))
    return Option(
        str(kept["id"]), str(kept["name"]), note=note, url=reverse("files:download", args=[kept["id"]]),
        thumb=preview if shown else "",
    )  # fmt: skip


def _url(one: ColumnDefinition) -> str:
    if one.type == FieldType.USER:
        return reverse("documents:people")
    if one.type == FieldType.REF:
        return reverse("documents:references", args=[",".join(one.to) or "any"])
    return reverse("files:upload") if one.type in FILES else ""


def _example(one: ColumnDefinition) -> str:
    return str(one.example) if isinstance(one.example, str | int | float | Decimal) else ""


def _max_length(one: ColumnDefinition) -> int | None:
    if one.type not in TEXTS:
        return None
    return int(Decimal(one.maximum)) if one.maximum else LENGTHS.get(one.type)


_TONES = {
    "同意": "green",
    "通过": "green",
    "approved": "green",
    "不同意": "red",
    "拒绝": "red",
    "refused": "red",
}


def _opinions(value: Any) -> Iterator[Opinion]:
    """What an approval field holds, one or several."""
    for each in value if isinstance(value, list) else [value] if value else []:
        result = str(each.get("result", ""))
        yield Opinion(
            person=str(each.get("name") or each.get("user") or ""), result=result,
            text=str(each.get("opinion") or ""), position=str(each.get("position") or ""),
            time=str(each.get("time") or "")[:16].replace("T", " "), tone=_TONES.get(result, "secondary"),
        )  # fmt: skip
