"""Links between versions, followed from both ends."""

from __future__ import annotations

from datetime import datetime

import pytest

from bihuan.kernel.actor import Actor
from bihuan.kernel.clock import TZ
from bihuan.kernel.errors import Invalid, NotFound
from bihuan.kit import audit
from bihuan.kit.links import Link, Ref, link, links_from, links_of, links_to, unlink

AT = datetime(2026, 11, 21, 9, 30, tzinfo=TZ)
BY = Actor(1, "王芳")
PLAN, LINE, COST = Ref("plan", 1, 2), Ref("budget", 1, 1), Ref("cost", 8)
pytestmark = pytest.mark.django_db


def join(source, target, kind="funds"):
    return link(kind=kind, source=source, target=target, by=BY, at=AT)


def test_both_directions():
    first, second = join(PLAN, LINE), join(LINE, COST)
    assert join(PLAN, LINE) == first
    assert [found.pk for found in links_from(LINE)] == [second.pk]
    assert [found.pk for found in links_to(LINE)] == [first.pk]
    assert [(edge.out, edge.other) for edge in links_of(LINE)] == [(False, PLAN), (True, COST)]
    assert links_of(LINE, kind="other") == []


def test_versions_are_kept_apart_and_found_together():
    join(PLAN, LINE)
    join(Ref("plan", 1, 3), LINE)
    assert len(links_from(Ref("plan", 1, 3))) == 1
    assert len(links_from(Ref("plan", 1))) == 2


def test_unlink_leaves_a_trace():
    made = join(PLAN, LINE)
    unlink(link_id=made.pk, by=BY, at=AT, note="错误")
    assert not Link.objects.exists()
    assert audit.history("link", made.pk)[0].change_list[1].old == ["plan", 1, 2]
    with pytest.raises(NotFound):
        unlink(link_id=made.pk, by=BY, at=AT)


def test_not_to_itself():
    with pytest.raises(Invalid):
        join(PLAN, Ref("plan", 1, 3))
