"""Two plans reserve the last money of one account at the same moment, with real commits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from bihuan.kernel.errors import Conflict
from bihuan.ledger import services
from bihuan.ledger.models import Account, Entry
from bihuan.ledger.public import verify_ledger
from bihuan.ledger.tests.books import post
from bihuan.org.models import Unit
from bihuan.org.tests import make

TIMES = 60


@pytest.fixture
def office(django_db_setup: None, django_db_blocker: Any) -> Iterator[Unit]:
    with django_db_blocker.unblock():
        yield make.company()[2]
        call_command("flush", interactive=False, verbosity=0)


def race(office: Unit, prepare: Any = None) -> list[Exception | None]:
    """Both reserve 60 of 100, in turn on many subjects; what each got."""
    start = threading.Barrier(2)
    found: list[Exception | None] = []

    def run(case: int) -> None:
        for number in range(TIMES):
            if prepare is not None:
                prepare(f"科目{number}")
            start.wait(timeout=60)
            try:
                post("reserve", office, case, subject=f"科目{number}", amount=60)
                found.append(None)
            except Exception as error:
                found.append(error)
        connection.close()

    threads = [threading.Thread(target=run, args=(case,)) for case in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def give(office: Unit) -> None:
    post("plan", office, 9, lines=[{"subject": f"科目{number}", "total": 100} for number in range(TIMES)])


def test_only_one_of_two_gets_the_last_money(office: Unit) -> None:
    give(office)
    found = race(office)
    refused = [one for one in found if one is not None]
    assert len(refused) == TIMES
    assert all(isinstance(one, Conflict) for one in refused), refused[:3]
    assert set(Account.objects.values_list("available", "reserved")) == {(Decimal(40), Decimal(60))}
    assert Entry.objects.filter(kind="reserved").count() == TIMES
    assert verify_ledger() == []


def test_without_the_lock_the_books_go_wrong(office: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: balances read before the other writes; entries and balances no longer agree."""
    give(office)
    read = threading.local()

    def remember(subject: str) -> None:
        account = Account.objects.select_related("unit").get(subject=subject)
        read.accounts = {account.pk: account}

    monkeypatch.setattr(services, "locked", lambda accounts: read.accounts)
    found = race(office, prepare=remember)
    monkeypatch.undo()
    assert found == [None] * 2 * TIMES
    assert len(verify_ledger()) == 2 * TIMES
