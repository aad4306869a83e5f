"""Reads: whose targets and achievements a person may see."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TypeVar

from django.db.models import Q, QuerySet

from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.access import Viewer
from bihuan.process.public import source_visible

from .models import Achievement, Target

Row = TypeVar("Row", Target, Achievement)


def visible_targets(viewer: Viewer) -> QuerySet[Target]:
    """One's own, those of people below (up to 秘密), and those whose plan one may read."""
    return _visible(Target, viewer)


def visible_achievements(viewer: Viewer) -> QuerySet[Achievement]:
    """What oneself and people below (up to 秘密) achieved, and what stands on tasks one may read."""
    return _visible(Achievement, viewer)


def _visible(model: type[Row], viewer: Viewer) -> QuerySet[Row]:
    if viewer.person is None:
        return model._default_manager.none()
    ceiling = min(Secrecy.CONFIDENTIAL, viewer.clearance)
    below = Q(person__in=viewer.inferiors, secrecy__lte=int(ceiling))
    return model._default_manager.filter(source_visible(viewer, but=Q(person=viewer.person) | below))


def targets_of_units(viewer: Viewer) -> QuerySet[Target]:
    """All targets of the units a person heads: their sums are his to know, their rows only where visible."""
    headed = (Q(unit__path__startswith=path) for path in viewer.headed)
    return Target.objects.filter(reduce(or_, headed, Q(pk__in=())))
