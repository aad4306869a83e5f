"""Grants reach people, positions and unit subtrees, for a time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from bihuan.kernel.actor import Actor
from bihuan.kernel.clock import TZ
from bihuan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from bihuan.kit import access, audit
from bihuan.kit.access import Viewer, grant_access, granted, grants_of, is_granted, revoke_access
from bihuan.kit.models import File, Grant

AT = datetime(2026, 11, 21, 9, 30, tzinfo=TZ)
BY = Actor(1, "王芳")
pytestmark = pytest.mark.django_db


def give(**receiver):
    return grant_access(kind="file", object_id=5, why="协助评审", by=BY, at=AT, **receiver)


def sees(viewer: Viewer, at: datetime = AT) -> bool:
    assert (
        is_granted(viewer, "file", 5, at=at) == File.objects.filter(granted(viewer, "file", at=at)).exists()
    )
    return is_granted(viewer, "file", 5, at=at)


@pytest.fixture(autouse=True)
def _file():
    File.objects.create(id=5, sha256="0" * 64, name="a", size=1, media_type="text/plain", kept_at=AT)


def test_person_position_and_subtree():
    give(person=7)
    give(position=3)
    give(unit_path="/1/4/")
    assert sees(Viewer(7))
    assert sees(Viewer(8, positions=frozenset({3})))
    assert sees(Viewer(8, unit_paths=frozenset({"/1/4/9/"})))
    assert not sees(Viewer(8, positions=frozenset({4}), unit_paths=frozenset({"/1/", "/1/40/", "/2/1/4/"})))
    assert not sees(access.NOBODY)
    assert not sees(Viewer(8, admin=True))


def test_ends_and_is_taken_back_once():
    grant = give(person=7)
    assert sees(Viewer(7))
    revoke_access(grant_id=grant.id, by=BY, at=AT)
    assert not sees(Viewer(7))
    with pytest.raises(Conflict):
        revoke_access(grant_id=grant.id, by=BY, at=AT)
    with pytest.raises(NotFound):
        revoke_access(grant_id=999, by=BY, at=AT)
    assert [entry.verb for entry in audit.history("grant", grant.id)] == ["revoke", "grant"]
    give(person=7, until=AT + timedelta(days=1))
    assert sees(Viewer(7))
    assert not sees(Viewer(7), at=AT + timedelta(days=1))
    assert len(grants_of("file", 5, at=AT)) == 1


def test_says_what_is_missing():
    with pytest.raises(Invalid) as caught:
        grant_access(kind="file", object_id=5, why=" ", by=BY, at=AT, person=1, position=2, until=AT)
    assert set(caught.value.fields) == {"person", "why", "until"}
    with pytest.raises(Invalid):
        give(unit_path="1/4")
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(kind="file", object_id=5, why="x", granted_at=AT)


def test_require():
    access.require(True, "可以")
    with pytest.raises(NotAllowed, match="要3级"):
        access.require(0, "要{level}级", level=3)
    with pytest.raises(NotFound):
        access.require_visible(None, "找不到")


def test_viewer_behind_a_request(monkeypatch):
    monkeypatch.setattr("bihuan.kit.access.viewer._sources", [])
    request = RequestFactory().get("/")
    assert access.viewer_of(request) is access.NOBODY
    request.actor = Actor(4, "李明", admin=True)
    assert access.viewer_of(request) == Viewer(4, admin=True)
    access.provide_viewer(lambda request: Viewer(9))
    assert access.viewer_of(request).person == 9
