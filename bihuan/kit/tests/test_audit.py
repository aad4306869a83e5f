"""The audit trail: chains, tampering of each kind, checkpoints in and outside the database."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from bihuan.kernel.actor import Actor
from bihuan.kernel.clock import TZ
from bihuan.kernel.errors import Conflict
from bihuan.kit import audit
from bihuan.kit.audit import immutable, queries
from bihuan.kit.audit.models import Checkpoint, Entry, SealedHead
from bihuan.kit.audit.services import log_path

from .races import alone, shared_database, together

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 9, 30, 1, 5, tzinfo=TZ)
LI = Actor(7, "李明", 3, "市场经理", deputy_for=9)


@pytest.fixture(autouse=True)
def _outside(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    immutable.lift(connection)


@pytest.fixture(autouse=True)
def _commits(monkeypatch):
    """What waits for the commit happens at once: these tests never commit."""
    monkeypatch.setattr("bihuan.kit.audit.services.transaction.on_commit", lambda call: call())


def write(count: int = 4, id: int = 1, kind: str = "case") -> None:
    head = audit.head_of(kind, id)
    for number in range(count):
        head = audit.record(
            kind=kind, id=id, verb="change", by=LI, at=AT + timedelta(minutes=number), head=head,
            changes={"amount": (Decimal("1.50"), number), "name": (None, "闭环\x00")}, note="说明", company=5,
        )  # fmt: skip


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def found(kind: str | None = None) -> list[tuple[str, int, int, str]]:
    return [(p.kind, p.id, p.seq, p.what) for p in audit.verify(kind)]


def test_record_keeps_names_and_changes():
    head = audit.record(
        kind="case", id=1, verb="create", by=LI, at=AT, changes={"b": (1, 2), "a": (None, AT.date())}
    )
    entry = Entry.objects.get()
    assert (entry.seq, entry.hash, entry.prev) == (1, head.hash, "")
    assert (entry.person, entry.person_name, entry.position_name, entry.deputy_for) == (
        7,
        "李明",
        "市场经理",
        9,
    )
    assert entry.changes == '{"a":[null,"2026-11-21"],"b":[1,2]}'
    assert entry.change_list[0] == audit.Change("a", None, "2026-11-21")
    assert head.hash.startswith("sha256:")


def test_known_head_needs_one_statement(django_assert_num_queries):
    head = audit.record(kind="case", id=1, verb="create", by=LI, at=AT)
    with django_assert_num_queries(1):
        audit.record(kind="case", id=1, verb="change", by=LI, at=AT, head=head)
    assert audit.verify() == []


def test_prepared_rows_make_the_same_chain():
    rows, head = [], audit.EMPTY
    for number in range(3):
        row, head = audit.prepare(kind="case", id=2, verb=f"v{number}", by=LI, at=AT, head=head)
        rows.append(row)
    with connection.cursor() as cursor:
        cursor.executemany(audit.INSERT, rows)
    assert audit.head_of("case", 2) == head
    assert audit.verify() == []
    assert Entry.objects.first().at == AT


def test_stale_head_is_a_conflict():
    write(2)
    with pytest.raises(Conflict), transaction.atomic():
        audit.record(kind="case", id=1, verb="x", by=LI, at=AT, head=audit.EMPTY)
    assert Entry.objects.count() == 2


def test_history_pages_newest_first():
    write(5)
    assert [entry.seq for entry in audit.history("case", 1, limit=2)] == [5, 4]
    assert [entry.seq for entry in audit.history("case", 1, before=4, limit=2)] == [3, 2]


def test_models_refuse_changes():
    write(1)
    entry = Entry.objects.get()
    for act in (entry.save, entry.delete, Entry.objects.all().delete, lambda: Entry.objects.update(note="")):
        with pytest.raises(TypeError):
            act()


@pytest.mark.parametrize(
    "statement", ["UPDATE kit_audit_entry SET note = 'x'", "DELETE FROM kit_audit_entry"]
)
def test_the_database_refuses_changes(statement):
    write(1)
    immutable.protect(connection)
    try:
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            sql(statement)
    finally:
        immutable.lift(connection)
    assert audit.verify() == []


@pytest.mark.parametrize(
    "column", ["at", "person", "person_name", "position", "deputy_for", "verb", "changes", "note", "company"]
)
def test_a_changed_column_is_named(column):
    write(4)
    write(3, id=2)
    value = {"at": "2020-01-01 00:00:00", "changes": "{}"}.get(column, "99")
    sql(f'UPDATE kit_audit_entry SET "{column}" = %s WHERE object_id = 1 AND seq = 2', value)
    assert found() == [("case", 1, 2, queries.CHANGED)]


def test_a_deleted_record_is_named():
    write(4)
    sql("DELETE FROM kit_audit_entry WHERE seq = 2")
    assert found() == [("case", 1, 2, queries.MISSING)]


def test_swapped_records_are_named():
    write(4)
    sql("UPDATE kit_audit_entry SET seq = seq + 100 WHERE seq IN (2, 3)")
    sql("UPDATE kit_audit_entry SET seq = 3 WHERE seq = 102")
    sql("UPDATE kit_audit_entry SET seq = 2 WHERE seq = 103")
    assert found() == [("case", 1, 2, queries.MOVED)]


def test_an_inserted_record_is_named():
    write(3)
    head = audit.Head(1, Entry.objects.get(seq=1).hash)
    sql("UPDATE kit_audit_entry SET seq = seq + 100 WHERE seq > 1")
    audit.record(kind="case", id=1, verb="forged", by=LI, at=AT, head=head)
    sql("UPDATE kit_audit_entry SET seq = seq - 99 WHERE seq > 100")
    assert found() == [("case", 1, 3, queries.MOVED)]


def test_a_cut_tail_is_found_by_the_checkpoint():
    write(4)
    write(2, id=2)
    audit.seal(AT)
    assert found() == []
    sql("DELETE FROM kit_audit_entry WHERE object_id = 1 AND seq > 2")
    assert found() == [("case", 1, 3, queries.CUT)]
    sql("DELETE FROM kit_audit_entry WHERE object_id = 2")
    assert ("case", 2, 1, queries.CUT) in found()


def test_a_rewritten_chain_is_found_by_the_checkpoint():
    write(3)
    audit.seal(AT)
    sql("DELETE FROM kit_audit_entry WHERE seq = 3")
    audit.record(kind="case", id=1, verb="forged", by=LI, at=AT)
    assert found() == [("case", 1, 3, queries.REWRITTEN)]


def test_a_forged_checkpoint_is_found():
    write(3)
    audit.seal(AT)
    write(1)
    audit.seal(AT)
    sql("UPDATE kit_audit_sealed_head SET hash = 'sha256:0' WHERE seq = 4")
    assert [problem[0] for problem in found()] == ["case", "checkpoint"]


def test_the_file_outside_catches_an_older_database():
    write(2)
    audit.seal(AT)
    write(1)
    audit.seal(AT)
    last = Checkpoint.objects.get(seq=2)
    SealedHead.objects.filter(checkpoint=last)._raw_delete("default")
    Checkpoint.objects.filter(seq=2)._raw_delete("default")
    sql("DELETE FROM kit_audit_entry WHERE seq = 3")
    assert found() == [("checkpoint", 2, 2, queries.CHECKPOINT_MISSING)]


def test_the_file_outside_catches_a_consistent_forgery():
    write(2)
    audit.seal(AT)
    line = json.loads(log_path().read_text())
    log_path().write_text(json.dumps({**line, "hash": "sha256:1"}) + "\n")
    assert found() == [("checkpoint", 1, 1, queries.LOG_DIFFERS)]
    log_path().unlink()
    assert found() == [("checkpoint", 1, 1, queries.LOG_MISSING)]


def test_a_torn_line_in_the_file_is_written_again():
    write(2)
    audit.seal(AT)
    whole = log_path().read_text()
    log_path().write_text(whole[: len(whole) // 2])
    write(1)
    audit.seal(AT)
    assert found() == []


def test_sealing_in_parts_and_only_what_grew(monkeypatch):
    monkeypatch.setattr("bihuan.kit.audit.services.SEAL_LIMIT", 3)
    for id in range(1, 6):
        write(2, id=id)
    audit.seal(AT)
    assert audit.seal(AT) is None
    assert Checkpoint.objects.count() == 4
    assert found() == []
    before = Checkpoint.objects.count()
    write(1, id=3)
    assert audit.seal(AT).count == 1
    assert Checkpoint.objects.count() == before + 1
    assert found() == []


def test_an_entry_that_committed_late_is_sealed_next_time():
    write(1, id=1)
    write(1, id=2)
    audit.seal(AT)
    first = Entry.objects.order_by("id").first()
    sql("DELETE FROM kit_audit_sealed_head WHERE object_id = 1")  # as if it had not been visible yet
    audit.seal(AT)
    assert SealedHead.objects.filter(object_id=first.object_id).count() == 1


def test_kinds_can_be_checked_alone():
    write(2, kind="order")
    write(2, kind="case")
    sql("UPDATE kit_audit_entry SET note = '' WHERE seq = 1")
    assert [problem[0] for problem in found("order")] == ["order"]


@pytest.mark.django_db(transaction=True)
def test_a_roll_back_leaves_no_line_in_the_file(monkeypatch):
    monkeypatch.undo()

    def seal_and_fail():
        with transaction.atomic():
            write(1)
            audit.seal(AT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        seal_and_fail()
    assert not log_path().exists()
    assert audit.verify() == []


@pytest.mark.django_db(transaction=True)
def test_two_writers_on_one_chain_never_fork_it(tmp_path):
    """Guard: the unique number within a chain. The loser is told, its transaction is undone."""

    def call():
        with transaction.atomic():
            audit.record(kind="case", id=1, verb="x", by=LI, at=AT)

    with shared_database(tmp_path):
        results = [result for _ in range(10) for result in together([call] * 8)]
        written, problems = alone(lambda: (Entry.objects.count(), audit.verify()))
    assert all(result is None or isinstance(result, Conflict) for result in results), results
    assert written == results.count(None) > 0
    assert problems == []
