"""Tables follow the layers too: a foreign key points to its own layer or a lower one.

Imports are checked by import-linter (`make lint`); a key named by text escapes it, so it is checked here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db import models

from .sources import PACKAGE, modules, nodes, place

LAYERS = [
    "kit",
    "org",
    "packs",
    "documents",
    "process",
    "catalogue",
    "ledger",
    "research",
    "strategy",
    "home",
]
"""From low to high; Django's own apps lie below all of them."""
APPS = [*LAYERS[1:]]
DOORS = {"public", "models"}
"""What an app shows to the others; its models because foreign keys and types need them."""


def own_models() -> list[type[models.Model]]:
    """The models of this program."""
    return [model for model in apps.get_models() if model.__module__.startswith("bihuan.")]


def height(model: type[models.Model]) -> int:
    """The layer of a model, -1 for one of Django's or of a library."""
    label = model._meta.app_label
    return LAYERS.index(label) if model.__module__.startswith("bihuan.") else -1


def upward_keys(found: list[type[models.Model]]) -> Iterator[str]:
    """Relations that point to a higher layer."""
    for model in found:
        for field in [*model._meta.fields, *model._meta.many_to_many]:
            target = field.related_model
            if isinstance(target, type) and height(target) > height(model):
                yield f"{model._meta.label}.{field.name} → {target._meta.label}"


def test_every_app_has_its_layer() -> None:
    assert {model._meta.app_label for model in own_models()} <= set(LAYERS)


def test_foreign_keys_point_downwards() -> None:
    found = own_models()
    assert len(found) > 20
    assert list(upward_keys(found)) == []


def test_an_upward_key_would_be_seen() -> None:
    class Upward(models.Model):
        case = models.ForeignKey("process.Case", models.CASCADE)

        class Meta:
            app_label = "kit"
            managed = False

        def __str__(self) -> str:
            return "upward"

    try:
        Upward.__module__ = "bihuan.kit.models"
        assert list(upward_keys([Upward])) == ["kit.Upward.case → process.Case"]
    finally:
        del apps.all_models["kit"]["upward"]
        apps.clear_cache()


def back_doors(path: Path) -> Iterator[str]:
    """Imports of another app's inner modules."""
    own = path.relative_to(PACKAGE).parts[0]
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            parts = node.module.split(".")
            if parts[0] == "bihuan" and parts[1:2] and parts[1] in APPS and parts[1] != own:
                inner = {parts[2]} if len(parts) > 2 else {name.name for name in node.names}
                if not inner <= DOORS:
                    yield f"{place(path, node)}: {node.module}"


def test_apps_meet_at_their_doors() -> None:
    wiring = {PACKAGE / "cli.py", PACKAGE / "doctor.py"}
    found = [one for path in modules() if path not in wiring for one in back_doors(path)]
    assert found == []


def test_tables_are_named_after_app_and_noun() -> None:
    wrong = [
        model._meta.label
        for model in own_models()
        if model._meta.db_table != f"{model._meta.app_label}_{model._meta.model_name}"
        and not model._meta.db_table.startswith(f"{model._meta.app_label}_")
    ]
    assert wrong == []


def test_keys_are_integers() -> None:
    kinds = (models.BigAutoField, models.AutoField, models.IntegerField, models.OneToOneField)
    assert [model._meta.label for model in own_models() if not isinstance(model._meta.pk, kinds)] == []
