"""Valid invented values for `data: auto`: what exists to point to, made where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import count
from typing import Any

from bihuan.documents import public as documents
from bihuan.documents.public import (
    DatabaseLookup,
    Document,
    FieldType,
    FormDefinition,
    FormVersion,
    has_value,
)
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kit import files
from bihuan.org.models import Person, Slot, Unit
from bihuan.process.registers import Editable, register_of
from bihuan.process.services.work import Desk


class Inventor(DatabaseLookup):
    """Finds or makes what invented values point to."""

    def __init__(self, by: Actor, company: int, unit: int) -> None:
        super().__init__()
        self._by, self._company, self._unit_id = by, company, unit

    def some_person(self, number: int) -> int:
        """The person who fills, then others."""
        people = list(
            Person.objects.filter(is_active=True, is_admin=False).order_by("id").values_list("pk", flat=True)
        )
        own = [self._by.person] if self._by.person else []
        everyone = [*own, *(person for person in people if person not in own)]
        return everyone[number % len(everyone)]

    def some_unit(self) -> int:
        """The unit of the case."""
        return Unit.objects.values_list("pk", flat=True).get(pk=self._unit_id)

    def some_slot(self) -> str:
        """The first slot there is."""
        return str(Slot.objects.order_by("id").values_list("code", flat=True)[0])

    def some_reference(self, to: tuple[str, ...]) -> dict[str, Any] | None:
        """The newest passed document of one of the forms, or a register's first row; made where there is none."""
        for code in to:
            if documents.reference_source(code) is not None:
                return self._first_row(code)
            found = documents.passed_documents(code, company_id=self._company).first() or self._make(code)
            if found is not None:
                return documents.reference_of(found)
        return None

    def _first_row(self, name: str) -> dict[str, Any] | None:
        register = register_of(name)
        rows = register.rows("") if register is not None else None
        first = rows.order_by("pk").first() if rows is not None else None
        if first is None and isinstance(register, Editable):
            first = register.create("", {"code": "P-001", "name": "示例产品"}, by=self._by, at=clock.now())
        return self.reference((name,), first.pk) if first is not None else None

    def some_file(self, *, image: bool) -> dict[str, Any]:
        """A small kept file."""
        content, name = (_PIXEL, "示例.png") if image else ("示例".encode(), "示例.txt")
        kept = files.keep(content, name=name, by=self._by, at=clock.now())
        return documents.file_value(kept)

    def today(self) -> date:
        """The present day."""
        return clock.today()

    def _make(self, code: str) -> Document | None:
        version = FormVersion.objects.select_related("form").filter(form__code=code).order_by("-id").first()
        if version is None:
            return None
        at = clock.now()
        document = documents.create_document(
            form_version=version, company_id=self._company, unit_id=self._unit_id, by=self._by, at=at
        )
        data = documents.auto_data(documents.definition_of(version), lookup=self)
        documents.submit_document(document=document, data=data, rights=documents.FILL, by=self._by, at=at)
        return documents.change_state(document=document, state="passed", by=self._by, at=at)


def invented(desk: Desk, name: str, definition: FormDefinition, given: Mapping[str, Any]) -> dict[str, Any]:
    """Raw input that a full check accepts, with `given` kept as it is."""
    row = desk.session.row
    data = documents.auto_data(
        definition,
        process_code=row.process_code,
        lookup=Inventor(desk.by, row.company_id, row.unit_id),
        rights=desk.rights(name),
        given=given,
        roots=desk.context.outer_roots(desk.place),
    )
    return _unlike_others(data, definition, given, row.company_id)


def _unlike_others(
    data: dict[str, Any], definition: FormDefinition, given: Mapping[str, Any], company: int
) -> dict[str, Any]:
    """An invented text that must be unique gets a number where a document of the form has it already."""
    texts = [key for key in definition.unique if definition.field_by_key[key].type == FieldType.TEXT]
    for key in texts:
        if key in data and key not in given:
            others = Document.objects.filter(company_id=company, form_version__form__code=definition.code)
            names = (f"{data[key]} {number}" if number > 1 else str(data[key]) for number in count(1))
            data[key] = next(name for name in names if not others.filter(has_value(key, name)).exists())
    return data


_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf500f0003810180"
    "5c3e7a780000000049454e44ae426082"
)
