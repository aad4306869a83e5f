"""What a version leaves behind: snapshot, index rows, number, files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, text
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.files.models import File
from bihuan.kit.files.services import copy_file, use_files
from bihuan.kit.numbering import next_number
from bihuan.org import public as org

from .domain import snapshot
from .domain.definition import FILES, FieldDefinition, FormDefinition
from .domain.reading import is_blank
from .domain.snapshot import Snapshot
from .domain.values import Values
from .lookups import file_value
from .models import Document, DocumentVersion, State
from .queries import KIND, has_value, index_value
from .rows import add_version, write_index

NUMBER_PATTERN = "{dept}-{form}-{yyyymm}-{seq4}"
"""rules.md §16, "Form"."""


def number_for(document: Document, definition: FormDefinition, *, at: datetime) -> str:
    """The next number of the department's series for this form: SCB-F001-202611-0007."""
    name = document.unit.short_name or document.unit.name
    letters = org.initials(name).upper()
    dept = (
        "".join(sign for sign in letters if sign.isascii() and sign.isalnum()) or document.unit.code.upper()
    )
    form = definition.code.replace("-", "")
    return next_number(f"document/{document.company_id}", NUMBER_PATTERN, at=at, dept=dept, form=form)


def keep_version(
    document: Document, values: Values, indexed: Iterable[FieldDefinition], *, by: Actor, at: datetime
) -> DocumentVersion:
    """Keep the document as it now stands as a version, or as a revision of the present one.

    `indexed` are the fields whose index rows are written anew.
    """
    taken = snapshot.take({"head": head_content(document), "data": document.data})
    version = DocumentVersion(
        document=document, number=document.version_number, snapshot=taken.text, leaves=taken.leaves,
        salts=taken.salts, root=taken.root, made_at=at, made_by_id=by.person,
    )  # fmt: skip
    add_version(version)
    index(document, indexed, values)
    return version


def head_content(document: Document) -> dict[str, Any]:
    """The head as versions keep it."""
    return {
        "form": document.form_version.form.code,
        "number": document.number,
        "title": document.title,
        "author": document.author_id,
        "unit": document.unit_id,
        "secrecy": Secrecy(document.secrecy).label,
        "urgency": document.urgency,
        "remark": document.remark,
        "attachments": document.attachments,
    }


def snapshot_of(version: DocumentVersion) -> Snapshot:
    """What the version kept."""
    return Snapshot(version.snapshot, version.leaves, version.salts, version.root)


def content_of(version: DocumentVersion) -> dict[str, Any]:
    """The content of a version: `head` and `data` (canonical JSON by field)."""
    found = snapshot.content_of(snapshot_of(version))
    return {"head": found.get("head", {}), "data": found.get("data", {})}


def index(document: Document, indexed: Iterable[FieldDefinition], values: Values) -> None:
    """Write the index rows of these fields anew."""
    keys = {one.key for one in indexed}
    if keys:
        rows = [(key, column, stored) for key in keys for column, stored in _index_rows(values.get(key))]
        write_index(document.pk, keys, rows)


def _index_rows(value: Any) -> Iterator[tuple[str, Any]]:
    for part in value if isinstance(value, list) else [value]:
        if not is_blank(part):
            yield index_value(part)


def check_unique(document: Document, definition: FormDefinition, values: Values, *, at: datetime) -> None:
    """Raise Invalid if another document of the form in the company has the same `unique` values.

    With `unique_in: year` only documents handed in in the year of `at` count.
    """
    if not definition.unique or any(is_blank(values.get(key)) for key in definition.unique):
        return
    others = Document.objects.filter(
        company_id=document.company_id,
        form_version__form_id=document.form_version.form_id,
        version_number__gt=0,
    ).exclude(pk=document.pk)
    others = others.exclude(state__in=[State.VOID, State.REFUSED, State.WITHDRAWN])
    if definition.unique_in == "year":
        others = others.filter(submitted_at__year=clock.aware(at).year)
    for key in definition.unique:
        others = others.filter(has_value(key, values[key]))
    twin = others.first()
    if twin is not None:
        names = "、".join(definition.field_by_key[key].name() for key in definition.unique)
        said = f"「{names}」与{twin.number}重复"
        raise Invalid(text("与已有单据重复"), fields={definition.unique[0]: [said]})


def adopt_files(
    document: Document, definition: FormDefinition, *, by: Actor, at: datetime, copy: bool = False
) -> bool:
    """Make the files in the data this document's own; with `copy` those of others are registered anew.

    Returns whether the data changed.
    """
    places = list(_file_places(document, definition))
    if not places:
        return False
    foreign: dict[int, dict[str, Any]] = {}
    if copy:
        ids = [one["id"] for one in places]
        for file in File.objects.filter(pk__in=ids).exclude(owner_kind=""):
            own = copy_file(file, owner_kind=KIND, owner_id=document.pk, by=by, at=at)
            foreign[file.pk] = file_value(own)
        for one in places:
            one.update(foreign.get(one["id"], {}))
    wanted = {one["id"] for one in places}
    owned = File.objects.filter(pk__in=wanted, owner_kind=KIND, owner_id=document.pk)
    missing = wanted - set(owned.values_list("pk", flat=True))
    if missing:
        use_files(missing, owner_kind=KIND, owner_id=document.pk, by=by)
    return bool(foreign)


def _file_places(document: Document, definition: FormDefinition) -> Iterator[dict[str, Any]]:
    yield from document.attachments
    for one in definition.fields:
        yield from _files_in(one, document.data.get(one.key))


def _files_in(one: FieldDefinition, stored: Any) -> Iterator[dict[str, Any]]:
    if stored is None:
        return
    if one.type in FILES:
        yield from stored if isinstance(stored, list) else [stored]
    for column in one.columns:
        if column.type in FILES:
            for row in stored:
                value = row.get(column.key) or []
                yield from value if isinstance(value, list) else [value]
