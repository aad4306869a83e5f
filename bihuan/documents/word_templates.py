"""Keeping and removing the Word templates of forms: an administrator's work."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid, NotAllowed, NotFound, text
from bihuan.kit import audit
from bihuan.kit.files.services import keep, use_files

from .definitions import definition_of
from .models import FormVersion, WordTemplate
from .word import check_template

KIND = "documents.word_template"
"""What templates are called in the audit trail, and as owners of files."""


def newest_version(code: str) -> FormVersion:
    """The form as it is asked now: of the release in force, else the one installed last; raises NotFound."""
    versions = FormVersion.objects.filter(form__code=code).select_related("form", "release")
    found = (
        versions.filter(release__state="effective").order_by("-id").first()
        or versions.order_by("-id").first()
    )
    if found is None:
        raise NotFound(text("没有表单“{form}”"), form=code)
    return found


@transaction.atomic
def put_word_template(*, form: str, content: bytes, name: str, by: Actor, at: datetime) -> WordTemplate:
    """Keep a .docx as the template of a form, in place of an earlier one.

    Raises NotAllowed for all but administrators, NotFound, and Invalid naming what is wrong with it.
    """
    need_admin(by)
    version = newest_version(form)
    if not name.lower().endswith(".docx"):
        raise Invalid(text("请上传Word文件(.docx)"))
    check_template(content, definition_of(version))
    file = keep(content, name=name, by=by, at=at)
    row, new = WordTemplate.objects.update_or_create(
        form=version.form, defaults={"file": file, "made_at": at, "made_by": by.name[:80]}
    )
    use_files([file.pk], owner_kind=KIND, owner_id=row.pk, by=by)
    changes = {"file": (None, file.sha256), "name": (None, file.name)}
    audit.record(kind=KIND, id=row.pk, verb="create" if new else "change", by=by, at=at, changes=changes)
    return row


@transaction.atomic
def remove_word_template(*, form: str, by: Actor, at: datetime) -> None:
    """Go back to plain Word for a form; the file itself stays kept. Raises NotAllowed, NotFound."""
    need_admin(by)
    row = WordTemplate.objects.filter(form__code=form).select_related("form").first()
    if row is None:
        raise NotFound(text("表单“{form}”没有Word模板"), form=form)
    audit.record(kind=KIND, id=row.pk, verb="remove", by=by, at=at, note=form)
    row.delete()


def need_admin(by: Actor) -> None:
    """Raise NotAllowed for all but administrators."""
    if not by.admin and by.person is not None:
        raise NotAllowed(text("只有系统管理员可以管理Word模板"))
