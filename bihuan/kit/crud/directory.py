"""Which register belongs to which model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db import models

    from bihuan.kit.crud.resource import Resource

_by_model: dict[type[models.Model], Resource[Any]] = {}


def add(resource: Resource[Any]) -> None:
    """Enter `resource`; the register of the same model is replaced."""
    _by_model[resource.model] = resource


def resource_of(model: type[models.Model]) -> Resource[Any] | None:
    """The register of `model`, if it has one."""
    return _by_model.get(model)


def resources() -> list[Resource[Any]]:
    """All registers, in the order they were declared."""
    return list(_by_model.values())
