"""What every door ends in: create, change and retire a row, checked, audited and in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Conflict, Invalid, text
from bihuan.kit import audit
from bihuan.kit.access import Viewer
from bihuan.kit.crud.resource import KIT, Resource
from bihuan.kit.crud.shape import Shape, kind_of

Row = TypeVar("Row", bound=models.Model)
SECRET = frozenset({"password"})
"""Columns whose values, hashed or not, never stand in the audit trail."""
_DOUBLE = text("与已有记录重复，请检查代码等唯一的内容")


class Stale(Conflict):
    """Someone changed the row since it was shown; `row` is how it stands now."""

    def __init__(self, row: models.Model) -> None:
        super().__init__(text("在你打开之后，别人先改了这条记录"))
        self.row = row


def create(resource: Resource[Any], values: Mapping[str, Any], *, by: Actor, at: datetime) -> models.Model:
    """Make a row from cleaned `values`; raises Invalid, NotAllowed, Conflict."""
    verb = resource.create
    with _doubles(), transaction.atomic():
        if verb is KIT or verb is None:
            return save_new_row(resource.model(**values), by=by, at=at)
        made = verb(**values, by=by, at=at)
    assert isinstance(made, models.Model)
    return made


def change(
    resource: Resource[Any],
    row_id: int,
    values: Mapping[str, Any],
    *,
    viewer: Viewer,
    stamp: str | None,
    by: Actor,
    at: datetime,
) -> models.Model:
    """Write those of `values` that differ; raises Stale unless `stamp` is how the row stands (None: any)."""
    with _doubles(), transaction.atomic():
        row = _locked(resource, row_id, viewer)
        if stamp is not None and stamp != stamp_of(row, resource.shapes.values()):
            raise Stale(row)
        return change_locked(resource, row, values, by=by, at=at)


def change_locked(
    resource: Resource[Any], row: models.Model, values: Mapping[str, Any], *, by: Actor, at: datetime
) -> models.Model:
    """Write those of `values` that differ from `row`, which the caller has read in this transaction."""
    changed = differing(resource, row, values)
    if not changed:
        return row
    if resource.change is KIT or resource.change is None:
        return save_row_changes(row, changed, by=by, at=at)
    resource.change(**{resource.argument: row}, **changed, by=by, at=at)
    return row


def retire(resource: Resource[Any], row_id: int, *, viewer: Viewer, by: Actor, at: datetime) -> None:
    """Mark the row retired, or remove it where the model keeps no `retired_at`; raises Conflict."""
    try:
        with transaction.atomic():
            row = _locked(resource, row_id, viewer)
            if resource.retire is not KIT and resource.retire is not None:
                resource.retire(**{resource.argument: row}, by=by, at=at)
            elif resource.retirable:
                save_row_changes(row, {"retired_at": at}, by=by, at=at, verb="retire")
            else:
                kind, number, company = row._meta.label_lower, row.pk, getattr(row, "company_id", None)
                audit.record(
                    kind=kind, id=number, verb="remove", by=by, at=at, note=str(row), company=company
                )
                row.delete()
    except ProtectedError as error:
        raise Conflict(text("还有其他记录在使用它，不能删除")) from error


def run_verb(
    resource: Resource[Any], row_id: int, verb: Callable[..., Any], *, viewer: Viewer, by: Actor, at: datetime
) -> None:
    """Let a service act on one visible row: what a bulk action does with each ticked one."""
    with _doubles(), transaction.atomic():
        verb(**{resource.argument: _locked(resource, row_id, viewer)}, by=by, at=at)


def check_row(row: models.Model) -> None:
    """Let the model check `row`: types, bounds, unique and check constraints; raises Invalid with fields."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise invalid(error) from error


def save_new_row(row: Row, *, by: Actor, at: datetime, note: str = "") -> Row:
    """Check, save and audit a new row."""
    check_row(row)
    row.save(force_insert=True)
    made = {
        field.name: (None, plain_value(row, field.name))
        for field in row._meta.concrete_fields
        if field.editable
        and not field.primary_key
        and field.name not in SECRET
        and plain_value(row, field.name) not in (None, "")
    }
    _record(row, "create", made, by=by, at=at, note=note)
    return row


def save_row_changes(
    row: Row, changes: Mapping[str, Any], *, by: Actor, at: datetime, verb: str = "change", note: str = ""
) -> Row:
    """Set `changes` on `row`, check, save those columns and audit old and new."""
    before = {name: plain_value(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    check_row(row)
    row.save(update_fields=list(changes))
    differences = {name: (old, plain_value(row, name)) for name, old in before.items()}
    _record(row, verb, differences, by=by, at=at, note=note)
    return row


def differing(resource: Resource[Any], row: models.Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `values` that `row` does not hold yet."""
    return {
        name: value
        for name, value in values.items()
        if resource.shapes[name].current(row) != (value.pk if isinstance(value, models.Model) else value)
    }


def stamp_of(row: models.Model, shapes: Iterable[Shape]) -> str:
    """A short hash of what a form shows of `row`: equal as long as nobody changes any of it."""
    shown = [(shape.name, shape.input_text(shape.current(row))) for shape in shapes]
    return hashlib.sha256(json.dumps(shown, ensure_ascii=False).encode()).hexdigest()[:20]


def plain_value(row: models.Model, name: str) -> Any:
    """The value of a field as the history keeps it: names and labels, so that it stays readable."""
    found = row._meta.get_field(name)
    value = getattr(row, name)
    if isinstance(value, models.Model):
        return str(value)
    choices = dict(getattr(found, "flatchoices", ()) or ())
    if choices and value in choices:
        return str(choices[value])
    return (
        value if value is None or isinstance(value, bool | int | str | list | dict) else _text(found, value)
    )


def _text(found: Any, value: Any) -> str:
    return f"{value:%Y-%m-%d}" if kind_of(found) == "date" else str(value)


def invalid(error: ValidationError) -> Invalid:
    """The domain error that a model's or field's ValidationError stands for."""
    if not hasattr(error, "error_dict"):
        return Invalid("；".join(error.messages))
    fields = {name: found for name, found in error.message_dict.items() if name != NON_FIELD_ERRORS}
    general = "；".join(error.message_dict.get(NON_FIELD_ERRORS, ()))
    return Invalid(general.replace("{", "｛") or text("填写的内容有问题"), fields=fields)


def _locked(resource: Resource[Any], row_id: int, viewer: Viewer) -> models.Model:
    """The visible row, locked where the database can (SQLite's transactions are immediate anyway)."""
    resource.get(viewer, row_id)
    locked: models.Model = resource.model._default_manager.select_for_update().get(pk=row_id)
    return locked


def _record(
    row: models.Model,
    verb: str,
    changes: Mapping[str, tuple[Any, Any]],
    *,
    by: Actor,
    at: datetime,
    note: str,
) -> None:
    company = getattr(row, "company_id", None)
    audit.record(
        kind=row._meta.label_lower,
        id=row.pk,
        verb=verb,
        by=by,
        at=at,
        changes=changes,
        note=note,
        company=company,
    )


class _doubles:  # noqa: N801 - reads as a block: with _doubles():
    """Turns a lost race for a unique value into Invalid."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, IntegrityError):
            raise Invalid(_DOUBLE) from error
