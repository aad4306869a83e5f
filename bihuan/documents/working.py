"""A document while it is being written: values read, computed and checked, then put back into its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bihuan.kernel.clock import aware
from bihuan.kernel.errors import Invalid, text
from bihuan.kit.expr import ExprError, compile
from bihuan.org.public import searchable

from .domain.checking import OPEN_ROOTS, Findings, check, situation
from .domain.computing import AS_IS, compute
from .domain.definition import FieldType, FormDefinition
from .domain.reading import Lookup, is_blank
from .domain.rights import Rights
from .domain.values import Reading, Values, from_json, read_form, to_json, without_blank_rows
from .models import Document
from .records import head_of, with_references

TITLE_KEYS = ("title", "name", "topic", "subject")
"""Text fields that give a document its title (forms.md §1, `title_line`)."""


@dataclass
class Working:
    """`values` are typed; `unread` is what was typed and could not be read, by path; `wrong` says why."""

    document: Document
    definition: FormDefinition
    values: Values = field(default_factory=dict)
    unread: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Document, definition: FormDefinition) -> Working:
        """The working copy as it stands."""
        return cls(document, definition, from_json(definition, document.data), dict(document.unread))

    def take(self, raw: Mapping[str, Any], lookup: Lookup) -> None:
        """Read input over the values; what was unread before in these fields is forgotten."""
        reading = read_form(self.definition, raw, lookup)
        self.values |= reading.values
        kept = {path: one for path, one in self.unread.items() if key_of(path) not in reading.values}
        self.unread = kept | reading.unread
        self.wrong |= reading.wrong

    def reread(self, lookup: Lookup) -> None:
        """Say again why older input could not be read."""
        for path, given in self.unread.items():
            if path not in self.wrong:
                self.wrong[path] = _why(self.definition, path, given, lookup)

    def compute(self, roots: Mapping[str, Any] | None, at: datetime) -> None:
        """Make the computed values anew; references read as what they point to."""
        values = {**with_references(self.definition, self.values), "meta": head_of(self.document)}
        self.values = compute(self.definition, values, given_roots(roots, at))

    def check(
        self,
        rights: Rights,
        process_code: str,
        *,
        roots: Mapping[str, Any] | None,
        at: datetime,
        places: Mapping[str, Sequence[int]] | None = None,
    ) -> Findings:
        """The full check, with what could not be read first."""
        asked = situation(
            self.definition, self.values, process_code=process_code, rights=rights,
            roots=given_roots(roots, at), places=places,
        )  # fmt: skip
        findings = check(asked)
        for path, said in self.wrong.items():
            findings.errors[path] = [said]
        return findings

    def finish(
        self,
        rights: Rights,
        process_code: str,
        lookup: Lookup,
        *,
        roots: Mapping[str, Any] | None,
        at: datetime,
    ) -> Findings:
        """Drop blank rows, compute, check; raises Invalid naming every wrong field. Returns the warnings."""
        self.reread(lookup)
        self.values, places = without_blank_rows(self.definition, self.values)
        self.compute(roots, at)
        findings = self.check(rights, process_code, roots=roots, at=at, places=places)
        if findings.errors:
            count = sum(len(messages) for messages in findings.errors.values())
            raise Invalid(text("有{count}处需要改正"), fields=findings.errors, count=count)
        self.put_back()
        return findings

    def fill_defaults(self, rights: Rights, roots: Mapping[str, Any] | None, at: datetime) -> None:
        """Give empty fields that a later step opens by name the form's defaults."""
        if not isinstance(rights.write, frozenset):
            return
        doc = {"meta": None, **self.definition.empty(), **self.values}
        given = defaults(self.definition, {**given_roots(roots, at), "doc": doc})
        wanted = {
            key: value
            for key, value in given.items()
            if rights.may_write(key) and is_blank(self.values.get(key)) and key not in self.unread
        }
        self.values |= read_form(self.definition, wanted, AS_IS).values

    def put_back(self) -> None:
        """Write values, unread input and title into the row (not yet into the database)."""
        self.document.data = to_json(self.definition, self.values)
        self.document.unread = self.unread
        self.document.title = self._title()
        self.document.title_pinyin = searchable(self.document.title)

    def _title(self) -> str:
        for key in TITLE_KEYS:
            one = self.definition.field_by_key.get(key)
            if one is not None and one.type == FieldType.TEXT and not is_blank(self.values.get(key)):
                return str(self.values[key])[:200]
        return self.document.title or self.definition.title()


def given_roots(roots: Mapping[str, Any] | None, at: datetime) -> dict[str, Any]:
    """The names beside `doc`: those given, the present time, and empty ones for the rest."""
    moment = aware(at)
    return {**OPEN_ROOTS, "now": moment, "today": moment.date(), **(roots or {})}


def defaults(definition: FormDefinition, roots: Mapping[str, Any]) -> dict[str, Any]:
    """The form's defaults as input by field; an expression that gives nothing here is left out."""
    found: dict[str, Any] = {}
    names = {"doc": {"meta": None, **definition.empty()}, **roots}
    for one in definition.fields:
        value = one.default
        if isinstance(value, str) and value.startswith("="):
            try:
                value = compile(value[1:]).value(names)
            except ExprError:
                value = None
        if not is_blank(value):
            found[one.key] = value
    return found


def key_of(path: str) -> str:
    """The field a path lies in: `schedule` of `schedule[2].end`."""
    return path.partition("[")[0]


def _why(definition: FormDefinition, path: str, given: Any, lookup: Lookup) -> str:
    """What is wrong with input kept for a path; read once more alone."""
    key, _, rest = path.partition("[")
    number, _, column = rest.partition("].")
    raw: Any = given
    if rest:
        raw = [{} for _ in range(int(number.rstrip("]")))] + [{column: given} if column else given]
    reading: Reading = read_form(definition, {key: raw}, lookup)
    return next(iter(reading.wrong.values()), f"「{definition.field_by_key[key].name()}」没有读懂“{given}”")
