"""Reads: whose targets a person may see."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.access import Viewer
from bihuan.process.public import source_visible

from .models import Target


def visible_targets(viewer: Viewer) -> QuerySet[Target]:
    """One's own, those of people below (up to 秘密), and those whose plan one may read."""
    if viewer.person is None:
        return Target.objects.none()
    ceiling = min(Secrecy.CONFIDENTIAL, viewer.clearance)
    below = Q(person__in=viewer.inferiors, secrecy__lte=int(ceiling))
    return Target.objects.filter(source_visible(viewer, but=Q(person=viewer.person) | below))


def targets_of_units(viewer: Viewer) -> QuerySet[Target]:
    """All targets of the units a person heads: their sums are his to know, their rows only where visible."""
    headed = (Q(unit__path__startswith=path) for path in viewer.headed)
    return Target.objects.filter(reduce(or_, headed, Q(pk__in=())))
