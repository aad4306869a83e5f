"""Writing documents. Every write checks rights and state, runs in one transaction and is audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, NotAllowed, text
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit import audit
from bihuan.org.models import Position

from . import states
from .definitions import definition_of
from .domain import snapshot
from .domain.compare import Difference, compare
from .domain.definition import FormDefinition
from .domain.rights import Rights
from .domain.values import from_json, read_form, to_json
from .heads import write_head
from .keeping import adopt_files, check_unique, index, keep_version, number_for, snapshot_of
from .lookups import DatabaseLookup, viewer_for
from .models import Document, DocumentVersion, FormVersion, Reading, State
from .queries import KIND
from .registry import tell
from .rows import lock_document, write_document
from .working import Working, defaults, given_roots

Roots = Mapping[str, Any] | None
"""Names beside `doc` for expressions: `setting`, `case`, `docs` … as the caller knows them."""


class StaleDocument(Conflict):
    """Someone else saved first; `theirs` is the document as it stands, `differences` lead to it from mine."""

    def __init__(self, theirs: Document, mine: Mapping[str, Any], differences: list[Difference]) -> None:
        super().__init__(text("这份单据在你打开之后已被别人改过"))
        self.theirs, self.mine, self.differences = theirs, mine, differences


@transaction.atomic
def create_document(
    *,
    form_version: FormVersion,
    company_id: int,
    unit_id: int,
    name: str = "",
    preset: Mapping[str, Any] | None = None,
    roots: Roots = None,
    process_code: str = "",
    by: Actor,
    at: datetime,
) -> Document:
    """Begin a draft. `name` is its title until a title field fills it (default: the form's name).

    Defaults of the form come first (`=…` over `roots`), then `preset`: typed values, records or raw input
    by field, which come from a process and so stand above rights. What is no value of its field raises
    Invalid.
    """
    if by.person is None:
        raise NotAllowed(text("单据要有填表人"))
    definition = definition_of(form_version)
    position = Position.objects.filter(pk=by.position).first() if by.position else None
    document = Document(
        form_version=form_version, company_id=company_id, unit_id=unit_id, author_id=by.person,
        author_position=position, title=name[:200], secrecy=definition.secrecy, process_code=process_code,
        created_at=at,
    )  # fmt: skip
    document.save(force_insert=True)
    given = {**defaults(definition, given_roots(roots, at)), **(preset or {})}
    _preset(document, definition, given, roots, by=by, at=at)
    document.save(update_fields=["data", "title", "title_pinyin"])
    changes = {"form": (None, definition.code)} | {key: (None, one) for key, one in document.data.items()}
    audit.record(
        kind=KIND, id=document.pk, verb="create", by=by, at=at, changes=changes, company=company_id,
        head=audit.EMPTY,
    )  # fmt: skip
    return document


def _preset(
    document: Document,
    definition: FormDefinition,
    given: Mapping[str, Any],
    roots: Roots,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Put input from the program into the row; the files in it become the document's own."""
    reading = read_form(definition, _fitting(definition, given), DatabaseLookup())
    if reading.wrong:
        fields = {path: [said] for path, said in reading.wrong.items()}
        raise Invalid(
            text("预填的内容不对：{first}"), fields=fields, first=next(iter(reading.wrong.values()))
        )
    working = Working(document, definition, from_json(definition, document.data) | reading.values)
    working.compute(roots, at)
    working.put_back()
    adopt_files(document, definition, by=by, at=at, copy=True)


def _fitting(definition: FormDefinition, given: Mapping[str, Any]) -> dict[str, Any]:
    """The input with rows of other forms' tables cut to the columns that exist here."""
    result = dict(given)
    for key, value in given.items():
        one = definition.field_by_key.get(key)
        if one is not None and one.columns and isinstance(value, list):
            columns = one.column_by_key
            result[key] = [{name: row[name] for name in row if name in columns} for row in value]
    return result


@transaction.atomic
def preset_document(
    *, document: Document, preset: Mapping[str, Any], roots: Roots = None, by: Actor, at: datetime
) -> Document:
    """Preset an open document again: `with` counts whenever its step opens (formats.md, "Documents")."""
    working = _open(document, {}, Rights(), by_process=True)
    _preset(working.document, working.definition, preset, roots, by=by, at=at)
    _save(working, None, document.data, verb="preset", by=by, at=at)
    return working.document


@transaction.atomic
def save_draft(
    *,
    document: Document,
    data: Mapping[str, Any],
    lock: int | None,
    rights: Rights,
    head: Mapping[str, Any] | None = None,
    roots: Roots = None,
    by: Actor,
    at: datetime,
) -> Document:
    """Save what is well-formed and keep the rest as it was typed (`document.unread`); demands nothing.

    `data` is raw input by field; fields left out stay. `lock` is the one the writer saw: an older one
    raises StaleDocument (409) with both contents; None where rights keep the writers apart. `head` changes
    title, unit, secrecy, urgency, remark or attachments where the rights allow.
    """
    working = _open(document, data, rights)
    before = working.document.data
    lookup = DatabaseLookup(partial(viewer_for, by), working.document)
    working.take(data, lookup)
    write_head(working.document, head or {}, rights, lookup)
    working.compute(roots, at)
    working.put_back()
    adopt_files(working.document, working.definition, by=by, at=at)
    _save(working, lock, before, verb="save", by=by, at=at)
    return working.document


@transaction.atomic
def submit_document(
    *,
    document: Document,
    data: Mapping[str, Any] | None = None,
    lock: int | None = None,
    rights: Rights,
    process_code: str = "",
    head: Mapping[str, Any] | None = None,
    roots: Roots = None,
    by: Actor,
    at: datetime,
) -> DocumentVersion:
    """Hand the document in: full check, number at the first time, next version, state 审批中.

    Raises Invalid with a message for each wrong field and then changes nothing; StaleDocument (409).
    """
    working = _open(document, data or {}, rights)
    filled, before = working.document, working.document.data
    if State.REVIEW not in states.ALLOWED[filled.state] and filled.state != State.REVIEW:
        raise _cannot(filled, State.REVIEW)
    lookup = DatabaseLookup(partial(viewer_for, by), filled)
    working.take(data or {}, lookup)
    # Before all checks: a page drawn again for its errors would carry the newer lock with the older content.
    _refuse_stale(working, lock)
    write_head(filled, head or {}, rights, lookup)
    filled.process_code = filled.process_code or process_code
    working.finish(rights, process_code or filled.process_code, lookup, roots=roots, at=at)
    check_unique(filled, working.definition, working.values, at=at)
    adopt_files(filled, working.definition, by=by, at=at)
    filled.version_number += 1
    filled.state, filled.submitted_at, filled.passed_at = State.REVIEW, at, None
    filled.number = filled.number or number_for(filled, working.definition, at=at)
    _save(working, lock, before, verb="submit", by=by, at=at)
    version = keep_version(filled, working.values, working.definition.indexed, by=by, at=at)
    tell(filled, "submitted", by, at)
    return version


@transaction.atomic
def write_fields(
    *,
    document: Document,
    values: Mapping[str, Any],
    rights: Rights,
    process_code: str = "",
    roots: Roots = None,
    by_process: bool = False,
    also: Mapping[str, Any] | None = None,
    by: Actor,
    at: datetime,
) -> DocumentVersion | None:
    """Let a later step write its fields, also on a passed document; the version gets a new revision.

    With `by_process` (`set`, `into`) opinions may be written and nothing is demanded; else what the step
    may write is fully checked, and `also` is what the process itself writes with it. Returns None while
    the document was never handed in.
    """
    working = _open(document, values, rights, by_process=by_process)
    filled, before = working.document, working.document.data
    lookup = DatabaseLookup(None if by_process else partial(viewer_for, by), filled)
    working.take(values, lookup)
    if also:
        _refuse_unwritable(working.definition, also, Rights(write=frozenset(also)), by_process=True)
        working.take(also, DatabaseLookup(None, filled))
    if by_process and not working.wrong:
        working.compute(roots, at)
        working.put_back()
    else:
        left_out = Rights(write=frozenset(key for key in _all(rights, working) if key not in values))
        working.fill_defaults(left_out, roots, at)
        working.finish(rights, process_code or filled.process_code, lookup, roots=roots, at=at)
    adopt_files(filled, working.definition, by=by, at=at, copy=by_process)
    _save(working, None, before, verb="write", by=by, at=at)
    if not filled.version_number:
        return None
    moved = [one for one in working.definition.indexed if before.get(one.key) != filled.data.get(one.key)]
    return keep_version(filled, working.values, moved, by=by, at=at)


_TOLD = {State.PASSED: "passed", State.VOID: "voided"}


@transaction.atomic
def change_state(*, document: Document, state: str, note: str = "", by: Actor, at: datetime) -> Document:
    """Put the document into a state (code or label); raises Conflict where it cannot go there from here."""
    current = lock_document(document.pk)
    wanted = states.state_of(state)
    if current.state == wanted:
        return current
    if wanted not in states.ALLOWED[current.state]:
        raise _cannot(current, wanted)
    before, current.state = current.state, wanted
    current.passed_at = at if wanted == State.PASSED else current.passed_at
    _update(current, current.lock, ("state", "passed_at"))
    audit.record(
        kind=KIND, id=current.pk, verb=f"state.{wanted.value}", by=by, at=at, note=note,
        changes={"state": (before, wanted.value)}, company=current.company_id,
    )  # fmt: skip
    if wanted in _TOLD:
        current.form_version = document.form_version  # most callers have read it
        tell(current, _TOLD[wanted], by, at)
    return current


def void_document(*, document: Document, reason: str, by: Actor, at: datetime) -> Document:
    """Void the document; its number stays taken and is listed (rules.md §16). A reason is needed."""
    if not reason.strip():
        raise Invalid(text("请填写作废原因"), fields={"reason": ["作废原因必须填写"]})
    return change_state(document=document, state=State.VOID, note=reason.strip(), by=by, at=at)


@transaction.atomic
def erase_values(*, document: Document, keys: list[str], reason: str, by: Actor, at: datetime) -> None:
    """Erase a person's data in these fields from the working copy, the index and every version.

    The leaves of the versions stay, so their roots still verify (design.md §5).
    """
    paths = [f"data.{key}" for key in keys]
    for version in document.versions.all():
        kept = snapshot.erase(snapshot_of(version), paths)
        DocumentVersion.objects.filter(pk=version.pk).update(snapshot=kept.text, salts=kept.salts)
    working = _open(document, {}, Rights(), by_process=True)
    for key in keys:
        working.document.data.pop(key, None)
        working.document.unread.pop(key, None)
    _update(working.document, working.document.lock, ("data", "unread"))
    index(working.document, working.definition.indexed, from_json(working.definition, working.document.data))
    audit.record(
        kind=KIND, id=document.pk, verb="erase", by=by, at=at, note=f"{reason}：{'、'.join(keys)}",
        company=document.company_id,
    )  # fmt: skip


@transaction.atomic
def note_reading(*, document: Document, by: Actor, at: datetime) -> None:
    """Keep that a person opened a document marked 秘密 or above (rules.md §26); not its author's own."""
    if by.person is None or document.secrecy < Secrecy.CONFIDENTIAL or by.person == document.author_id:
        return
    reading, new = Reading.objects.get_or_create(
        document=document, person_id=by.person, version=document.version_number,
        defaults={"first_at": at, "last_at": at},
    )  # fmt: skip
    if not new:
        Reading.objects.filter(pk=reading.pk).update(last_at=at, times=reading.times + 1)


def _open(
    document: Document, data: Mapping[str, Any], rights: Rights, *, by_process: bool = False
) -> Working:
    """The document as it now stands, if its state and the rights let these fields be written."""
    current = lock_document(document.pk)
    definition = definition_of(current.form_version)
    free = by_process or rights.revise or isinstance(rights.write, frozenset)
    if current.state not in states.OPEN and not (free and current.state in states.FROZEN):
        raise Conflict(text("单据{state}，不能再改"), state=State(current.state).label)
    _refuse_unwritable(definition, data, rights, by_process=by_process)
    return Working.of(current, definition)


def _refuse_unwritable(
    definition: FormDefinition, data: Mapping[str, Any], rights: Rights, *, by_process: bool
) -> None:
    """Raise Invalid for fields the form has not, NotAllowed for those the rights keep closed."""
    fields = definition.field_by_key
    unknown = [key for key in data if key not in fields]
    if unknown:
        said = {key: ["没有这个字段"] for key in unknown}
        raise Invalid(text("表单没有这些字段：{keys}"), fields=said, keys="、".join(unknown))
    denied = [key for key in data if not _may_write(definition, key, rights, by_process)]
    if denied:
        said = {key: ["这一步不能填写"] for key in denied}
        names = "、".join(fields[key].name() for key in denied if rights.may_see(key)) or "隐藏的字段"
        raise NotAllowed(text("这一步不能填写：{names}"), fields=said, names=names)


def _all(rights: Rights, working: Working) -> list[str]:
    return [key for key in working.definition.field_by_key if rights.may_write(key)]


def _may_write(definition: FormDefinition, key: str, rights: Rights, by_process: bool) -> bool:
    one = definition.field_by_key[key]
    return rights.may_write(key) and (one.asked or (by_process and not one.compute))


def _refuse_stale(working: Working, lock: int | None) -> None:
    """Raise StaleDocument with both contents where someone saved since `lock`."""
    if lock is not None and lock != working.document.lock:
        theirs = Document.objects.get(pk=working.document.pk)
        mine = to_json(working.definition, working.values)
        raise StaleDocument(theirs, mine, compare(working.definition, mine, theirs.data))


_WRITTEN = (
    "data", "unread", "title", "title_pinyin", "unit_id", "secrecy", "urgency", "remark", "attachments",
    "state", "number", "version_number", "submitted_at", "passed_at", "process_code",
)  # fmt: skip


def _save(
    working: Working, lock: int | None, before: Mapping[str, Any], *, verb: str, by: Actor, at: datetime
) -> None:
    """Write the row if nobody else did since `lock`, and audit what changed."""
    filled = working.document
    _refuse_stale(working, lock)
    _update(filled, filled.lock, _WRITTEN)
    changed = {
        key: (before.get(key), filled.data.get(key))
        for key in sorted({*before, *filled.data})
        if before.get(key) != filled.data.get(key)
    }
    audit.record(kind=KIND, id=filled.pk, verb=verb, by=by, at=at, changes=changed, company=filled.company_id)


def _update(document: Document, lock: int, columns: tuple[str, ...]) -> None:
    """Write columns where the row still has `lock`; raises Conflict."""
    if not write_document(document, lock, columns):
        raise Conflict(text("单据刚被别人改过，请重试"))
    document.lock = lock + 1


def _cannot(document: Document, wanted: State) -> Conflict:
    return Conflict(
        text("单据{state}，不能改为{wanted}"), state=State(document.state).label, wanted=wanted.label
    )
