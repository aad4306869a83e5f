"""What takes a posting back, and what leaves it (ADR 0013)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from bihuan.documents import public as documents
from bihuan.kernel.actor import SYSTEM
from bihuan.kit import audit
from bihuan.process.models import Case, Posting
from bihuan.process.services import posting
from bihuan.process.tests.stage import clock
from bihuan.process.tests.till import FILL, PLAIN, TWO, Till, copied, standing

ROUNDS = 30


def test_a_return_before_the_step_takes_it_back_and_it_posts_anew(play: Any, till: Till) -> None:
    play(
        TWO,
        f"""
        - {FILL}
        - {{act: approve, task: paper/money, by: an}}
        - {{act: refuse, task: paper/agree, by: bo, opinion: 金额依据不足}}
        - {{expect: {{case: paper, rows: {{register: till.put, case: paper, count: 0}}}}}}
        - {{act: fill, task: paper/draft, by: zuo, set: {{amount: 80}}, answers: all}}
        - {{act: approve, task: paper/money, by: an}}
        - {{expect: {{rows: {{register: till.row, where: {{key: ""}}, count: 1, sum: {{amount: 80}}}}}}}}
        """,
    )
    assert standing() == [("100.00", False), ("80.00", True)]
    assert len(till.undone) == 1


def test_a_return_behind_the_step_leaves_it(play: Any, till: Till) -> None:
    play(
        TWO.replace("- {id: agree", "- {id: more, do: do, by: writer}\n- {id: agree").replace(
            "by: second, refuse: draft", "by: second, refuse: more"
        ),
        f"""
        - {FILL}
        - {{act: approve, task: paper/money, by: an}}
        - {{act: complete, task: paper/more, by: zuo}}
        - {{act: refuse, task: paper/agree, by: bo, opinion: 补充资料再来}}
        - {{expect: {{case: paper, open: {{more: [zuo]}}, only: true}}}}
        """,
    )
    assert standing() == [("100.00", True)]


def test_straight_back_posts_again_what_stood(play: Any, till: Till) -> None:
    play(
        TWO,
        f"""
        - {FILL}
        - {{act: approve, task: paper/money, by: an}}
        - {{act: refuse, task: paper/agree, by: bo, opinion: 标题要改一改}}
        - {{act: fill, task: paper/draft, by: zuo, set: {{title: 新标题}}, answers: all, mode: straight_back}}
        - {{expect: {{case: paper, open: {{agree: [bo]}}, only: true}}}}
        """,
    )
    assert standing() == [("100.00", False), ("100.00", True)]


def test_another_branch_keeps_what_it_posted(play: Any, till: Till) -> None:
    steps = """
    - {id: draft, do: fill, by: writer}
    - id: both
      parallel:
        - - {id: work, do: do, by: writer, post: [{till.put: {key: work, amount: 1}}]}
          - {id: look, do: approve, by: first, refuse: work}
        - [{id: other, do: do, by: second, post: [{till.put: {key: other, amount: 2}}]}]
    - {id: agree, do: approve, by: second, refuse: draft}
    """
    play(
        steps,
        f"""
        - {FILL}
        - {{act: complete, task: paper/work, by: zuo}}
        - {{act: complete, task: paper/other, by: bo}}
        - {{act: refuse, task: paper/look, by: an, opinion: 做得不够仔细}}
        """,
    )
    assert {one.key: one.reversed_at is None for one in Posting.objects.all()} == {
        "work": False,
        "other": True,
    }


def test_only_the_row_that_goes_back_is_taken_back(play: Any, till: Till) -> None:
    steps = """
    - {id: draft, do: fill, by: writer}
    - id: rows
      each: doc.lines
      steps:
        - {id: work, do: do, by: writer, post: [{till.put: {amount: =row.cost}}]}
        - {id: look, do: approve, by: first, refuse: work}
    """
    play(
        steps,
        f"""
        - {FILL}
        - {{act: complete, task: paper/work@1, by: zuo}}
        - {{act: complete, task: paper/work@2, by: zuo}}
        - {{act: refuse, task: paper/look@2, by: an, opinion: 做得不够仔细}}
        """,
    )
    assert {one.key: one.reversed_at is None for one in Posting.objects.all()} == {"1": True, "2": False}


def test_a_case_that_fails_takes_back_what_did_not_pass(play: Any, till: Till) -> None:
    play(
        TWO.replace("by: second, refuse: draft", "by: second, refuse: end"),
        f"""
        - {FILL}
        - {{act: approve, task: paper/money, by: an}}
        - {{act: refuse, task: paper/agree, by: bo, opinion: 今年不做这件事}}
        - {{expect: {{case: paper, state: ended, document: {{state: 已拒绝}}}}}}
        """,
    )
    assert standing() == [("100.00", False)]


def test_a_withdrawal_takes_back_all(play: Any, till: Till) -> None:
    play(
        "- {id: draft, do: fill, by: writer, post: [till.put]}\n- {id: agree, do: approve, by: first, refuse: draft}",
        f"- {FILL}\n- {{act: withdraw, case: paper, by: zuo}}",
    )
    assert standing() == [("100.00", False)]


def test_a_void_document_takes_back_all_it_posted(play: Any, till: Till) -> None:
    play(PLAIN, f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    paper = Case.objects.get().main_document
    assert paper is not None
    documents.void_document(document=paper, reason="填错了", by=SYSTEM, at=clock.now())
    assert standing() == [("100.00", False)]
    assert till.undone == [till.told[0].posting]
    assert [entry.verb for entry in audit.history("posting", till.undone[0])] == ["reverse", "post"]


def test_a_way_back_without_a_return_posts_once(play: Any, till: Till) -> None:
    steps = """
    - {id: draft, do: fill, by: writer}
    - {id: money, do: do, by: first, post: [till.put]}
    - {id: check, do: do, by: second, go: [done, money]}
    - {id: done, do: do, by: writer}
    """
    play(
        steps,
        f"""
        - {FILL}
        - {{act: complete, task: paper/money, by: an}}
        - {{act: complete, task: paper/check, by: bo, go: money}}
        - {{act: complete, task: paper/money, by: an}}
        """,
    )
    assert standing() == [("100.00", True)]


def test_the_same_posting_of_two_commands_stands_once(posted: Case, till: Till) -> None:
    """The second of two writers finds the first one's row, whatever it read before."""
    first = Posting.objects.get(register="till")
    again = Posting(**copied(first))
    assert posting._keep(again, SYSTEM, clock.now()) is False
    assert Posting.objects.filter(register="till").count() == 1
    reversals = [Posting.objects.get(pk=first.pk) for _ in range(2)]
    for one in reversals:
        posting.reverse([one], by=SYSTEM, at=clock.now())
    assert till.undone == [first.pk]


def test_a_later_version_replaces_what_the_earlier_one_posted(play: Any, till: Till) -> None:
    steps = """
    - {id: draft, do: fill, by: writer, post: [till.put]}
    - {id: check, do: do, by: second, go: [done, draft]}
    - {id: done, do: do, by: writer}
    """
    play(
        steps,
        f"""
        - {FILL}
        - {{act: complete, task: paper/check, by: bo, go: draft}}
        - {{act: fill, task: paper/draft, by: zuo, set: {{amount: 60}}}}
        """,
    )
    assert standing() == [("100.00", False), ("60.00", True)]


@pytest.mark.django_db(transaction=True)
def test_two_commands_at_the_same_moment_post_once(posted: Case) -> None:
    """Two connections write the same posting at once: one row stands, and only its writer goes on."""
    first = copied(Posting.objects.get(register="till"))
    start, kept = threading.Barrier(2), list[tuple[str, bool]]()

    def write() -> None:
        for number in range(ROUNDS):
            start.wait(timeout=60)
            with transaction.atomic():
                mine = Posting(**{**first, "key": f"r{number}"})
                kept.append((mine.key, posting._keep(mine, SYSTEM, clock.now())))
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kept) == sorted((f"r{n}", yes) for n in range(ROUNDS) for yes in (True, False))
    assert Posting.objects.filter(key__startswith="r").count() == ROUNDS
