"""What each action of the register `budget` does to the books."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from bihuan.kernel.errors import Conflict, DomainError, Invalid
from bihuan.kit import audit
from bihuan.kit.audit.immutable import lift, protect
from bihuan.kit.notify import Notice
from bihuan.ledger.immutable import TABLES
from bihuan.ledger.models import Account, Entry
from bihuan.ledger.public import verify_ledger
from bihuan.ledger.tests.books import BUDGET, post, pots, reverse
from bihuan.org.models import Unit
from bihuan.org.tests import make


@pytest.fixture
def office(db: None) -> Unit:
    return make.company()[2]


def test_money_goes_from_plan_to_payment_and_the_rest_back(office: Unit) -> None:
    post(
        "plan",
        office,
        9,
        lines=[{"subject": "调研", "total": Decimal(600)}, {"subject": "调研", "total": 400}],
    )
    assert pots(office, "调研") == (1000, 1000, 0, 0, 0)
    post("reserve", office, subject="调研", amount=Decimal("300"))
    assert pots(office, "调研") == (1000, 700, 300, 0, 0)
    post("commit", office, amount=200)  # the matter's own account, without being told
    assert pots(office, "调研") == (1000, 700, 100, 200, 0)
    post("actual", office, amount=250)  # first what was committed, then what was reserved
    assert pots(office, "调研") == (1000, 700, 50, 0, 250)
    post("close", office)
    assert pots(office, "调研") == (1000, 750, 0, 0, 250)
    assert verify_ledger() == []
    assert audit.verify() == []


def test_a_budget_that_does_not_suffice_refuses_and_says_what_is_missing(office: Unit) -> None:
    post("plan", office, 9, subject="广告", amount=100)
    with pytest.raises(Conflict, match=r"可用¥100\.00，还差¥0\.01"):
        post("reserve", office, subject="广告", amount=Decimal("100.01"))
    post("reserve", office, subject="广告", amount=100)
    with pytest.raises(Conflict):
        post("commit", office, 2, subject="广告", amount=1)
    with pytest.raises(Conflict):  # nobody budgeted for it
        post("reserve", office, subject="公关", amount=1)
    assert pots(office, "广告") == (100, 0, 100, 0, 0)


def test_a_plan_without_a_budget_line_is_held_on_the_unallotted_account(office: Unit) -> None:
    post("reserve", office, approved_amount=25000, total=26000)
    assert pots(office) == (0, -25000, 25000, 0, 0)
    assert str(Account.objects.get()).endswith("未分配")


def test_amounts_are_demanded(office: Unit) -> None:
    for values in ({}, {"amount": None}, {"amount": -1}):
        with pytest.raises(Invalid):
            post("reserve", office, **values)
    with pytest.raises(Invalid):
        post("change", office)
    post("reserve", office, amount=0)
    assert Entry.objects.count() == 0


def test_moves_between_subjects_and_changes_of_a_running_matter(office: Unit) -> None:
    post("plan", office, 9, lines=[{"subject": "广告", "total": 500}, {"subject": "公关", "total": 100}])
    post("change", office, 8, moves=[
        {"from_subject": "广告", "to_subject": "公关", "amount": 200},
        {"from_subject": None, "to_subject": {"title": "公关"}, "amount": 50},
    ])  # fmt: skip
    assert (pots(office, "广告")[:2], pots(office, "公关")[:2]) == ((300, 300), (350, 350))
    post("reserve", office, subject="广告", amount=100)
    post("change", office, cost_delta=50)
    assert pots(office, "广告")[2] == 150
    post("change", office, delta=-500)  # not more than it holds
    assert pots(office, "广告") == (300, 300, 0, 0, 0)
    with pytest.raises(Conflict):
        post("change", office, 8, moves=[{"from_subject": "广告", "to_subject": "", "amount": 301}])


def test_a_claim_is_paid_from_what_the_earlier_paper_reserved(office: Unit) -> None:
    post("reserve", office, 1, amount=100)
    other = post("reserve", office, 2, amount=50)
    reverse(other)
    post("actual", office, 3, source_doc={"id": 77}, amount=10)  # a paper that reserved nothing
    assert pots(office) == (0, -110, 100, 0, 10)


def test_taking_back_is_a_counter_entry(office: Unit) -> None:
    held = post("reserve", office, amount=100)
    owed = post("commit", office, amount=130)
    with pytest.raises(Conflict, match="请先撤销"):
        reverse(held)
    reverse(owed)
    reverse(owed)  # again: nothing left to take back
    assert pots(office) == (0, -100, 100, 0, 0)
    reverse(held)
    assert pots(office) == (0, 0, 0, 0, 0)
    assert Entry.objects.count() == 6
    assert Entry.objects.filter(reverses=None).count() == 3
    assert verify_ledger() == []


def test_nobody_else_s_money_is_taken_back(office: Unit) -> None:
    mine = post("reserve", office, 1, amount=100)
    post("reserve", office, 2, amount=500)
    post("commit", office, 1, amount=40)
    with pytest.raises(Conflict):
        reverse(mine)


def test_rows_read_as_expressions_want_them(office: Unit) -> None:
    post("reserve", office, amount=Decimal("25000"))
    rows = BUDGET.rows("entry")
    assert rows is not None
    found = BUDGET.plain(rows.get())
    assert (found["kind"], found["amount"], found["period"]) == ("reserved", Decimal("25000.00"), "2026-03")
    assert BUDGET.rows("reserve") is None


def test_the_head_is_told_at_80_and_95_per_cent_once_each(office: Unit) -> None:
    head = make.position("head", "部长", office)
    make.person("boss", "钱部长", head)
    office.head = head
    office.save()
    post("plan", office, 9, subject="广告", amount=1000)
    for amount in (790, 20, 10, 150):
        post("reserve", office, subject="广告", amount=amount)
    assert [one.text.split("，")[0][-3:] for one in Notice.objects.order_by("pk")] == ["81%", "97%"]


def test_the_database_keeps_the_books_balanced(office: Unit) -> None:
    post("plan", office, 9, subject="广告", amount=1)
    for change in ({"planned": 2}, {"available": -1, "planned": -1}, {"reserved": -1, "available": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.update(**change)
    for change in ({"amount": 0}, {"debit": "planned"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.update(**change)


@pytest.mark.parametrize("statement", ["UPDATE ledger_entry SET amount = 1", "DELETE FROM ledger_entry"])
def test_entries_are_never_changed(office: Unit, statement: str) -> None:
    post("reserve", office, amount=5)
    protect(connection, TABLES)
    try:
        with (
            pytest.raises(DatabaseError, match="never changed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    finally:
        lift(connection, TABLES)


def test_verify_finds_a_wrong_balance(office: Unit, cli) -> None:
    post("plan", office, 9, subject="广告", amount=10)
    assert cli("ledger", "verify").exit_code == 0
    Account.objects.update(available=4, reserved=6)
    found = cli("ledger", "verify", "--json")
    assert found.exit_code == 1
    assert "available: 4.00 ≠ 10.00" in found.stdout


ACTS = st.one_of(
    st.tuples(
        st.sampled_from(["plan", "reserve", "commit", "actual", "close", "change"]),
        st.integers(1, 3),
        st.sampled_from(["", "广告"]),
        st.decimals(0, 1000, places=2),
    ),
    st.tuples(st.just("back"), st.integers(0, 20), st.just(""), st.just(Decimal(0))),
)


class TestRandomBooks(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(st.lists(ACTS, max_size=15))
    def test_entries_always_add_up_to_the_balances(self, acts: list) -> None:
        office = make.company()[2]
        made: list[int] = []
        for action, number, subject, amount in acts:
            try:
                with transaction.atomic():
                    if action == "back":
                        reverse(made[number % len(made)]) if made else None
                    elif action == "change":
                        made.append(post(action, office, number, subject=subject, delta=amount - 500))
                    else:
                        made.append(post(action, office, number, subject=subject, amount=amount))
            except DomainError:
                continue
            assert verify_ledger() == []
        for posting in reversed(made):
            reverse(posting)
        for account in Account.objects.all():
            assert (account.planned, account.available, account.reserved, account.actual) == (0, 0, 0, 0)
