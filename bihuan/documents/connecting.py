"""What this app fills in elsewhere: the reader of form files, the owner of files, the menu."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from bihuan.kernel.actor import Actor
from bihuan.kernel.label import BASE_LANGUAGE, Label
from bihuan.kit.access import Viewer, viewer_of
from bihuan.kit.files.models import File
from bihuan.kit.files.services import register_owner
from bihuan.kit.ui.menu import menu
from bihuan.packs.models import PackRelease
from bihuan.packs.public import Entry, Finding, Reader, register_reader

from . import api, word_templates
from .domain.definition import FormDefinition
from .domain.parsing import FormProblems, parse_form
from .domain.schema import FormFile
from .domain.values import canonical
from .models import Form, FormVersion
from .queries import KIND, may_read


def connect() -> None:
    """Called once when the program starts."""
    register_reader(
        Reader(
            folder="forms", parse=parse, gives=lambda form: {form.code: form}, install=install,
            schema=FormFile.model_json_schema, order=20,
        )
    )  # fmt: skip
    register_owner(KIND, _may_read_file)
    api.register()
    register_owner(word_templates.KIND, lambda file, viewer: viewer.admin)
    menu.group("work", gettext_lazy("工作"), "clipboard", 10)
    menu.add("work", gettext_lazy("单据"), "documents:list", icon="file-text", order=50)
    menu.add(
        "org", gettext_lazy("Word模板"), "documents:word_templates", icon="file-text", order=70,
        visible=lambda request: viewer_of(request).admin,
    )  # fmt: skip


def parse(data: Any) -> tuple[FormDefinition | None, Sequence[Finding]]:
    """A form file as a definition, or what is wrong with it."""
    if not isinstance(data, Mapping):
        return None, [((), "应为“键: 值”的表")]
    try:
        return parse_form(data), []
    except FormProblems as error:
        return None, error.problems


def install(release: PackRelease, entries: Sequence[Entry], *, by: Actor, at: datetime) -> None:
    """One version of every form for this release."""
    for entry in entries:
        definition: FormDefinition = entry.value
        form, _ = Form.objects.update_or_create(
            code=definition.code, defaults={"key": definition.key, "kind": definition.kind.value}
        )
        FormVersion.objects.create(
            form=form, release=release, names=_names(definition.name), definition=entry.data,
            digest=hashlib.sha256(canonical(entry.data).encode()).hexdigest(),
        )  # fmt: skip


def _names(name: Label) -> dict[str, str]:
    return {BASE_LANGUAGE: name} if isinstance(name, str) else dict(name)


def _may_read_file(file: File, viewer: Viewer) -> bool:
    """Whoever may read the document may read its files."""
    return file.owner_id is not None and may_read(viewer, file.owner_id)
