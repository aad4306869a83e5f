"""What a step writes to registers: once, from where, with which values (R-021)."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from bihuan.kernel.actor import SYSTEM, Actor
from bihuan.kit import audit
from bihuan.packs import public as packs
from bihuan.process import registers, services
from bihuan.process.models import Case, HandOver, Posting, Task
from bihuan.process.registers import Post
from bihuan.process.tests import stage
from bihuan.process.tests.stage import clock
from bihuan.process.tests.till import DRAFT, FILL, PLAIN, Till


def test_a_posting_names_its_source(play: Any, till: Till) -> None:
    play(PLAIN, f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    case, posting = Case.objects.get(), Posting.objects.get()
    paper = case.main_document
    assert paper is not None
    (post,) = till.told
    assert post.values == {"amount": Decimal(100), "person": None}
    assert (post.posting, post.action, post.key) == (posting.pk, "put", "")
    source = post.source
    assert (source.case, source.document, source.node) == (case.pk, paper.pk, "agree")
    assert source.version == paper.versions.get(number=1).pk == posting.version_id
    assert (source.number, source.period, source.company) == (paper.number, "2026-03", case.company_id)
    assert [entry.verb for entry in audit.history("posting", posting.pk)] == ["post"]


def test_a_mapping_posts_each_row_by_its_key(play: Any, till: Till) -> None:
    step = """
    - {id: agree, do: approve, by: first, refuse: draft, post: [{till.put: {each: doc.lines, key: =row.item,
       when: "row.cost > 50", amount: =row.cost, elsewhere: 合同}}, till.note]}
    """
    play(DRAFT + textwrap.dedent(step).strip(), f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    assert [(one.action, one.key, dict(one.values)) for one in till.told] == [
        ("put", "乙", {"amount": Decimal(70), "elsewhere": "合同"}),
        ("note", "", {}),
    ]


def test_rows_without_a_key_go_by_number(play: Any, till: Till) -> None:
    step = PLAIN.replace("till.put", "{till.put: {each: doc.lines, amount: =row.cost}}")
    play(step, f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    assert [(one.key, one.values["amount"]) for one in till.told] == [("1", 30), ("2", 70)]


def test_what_the_register_refuses_does_not_pass(play: Any, till: Till) -> None:
    till.limit = Decimal(50)
    play(
        PLAIN,
        f"""
        - {FILL}
        - {{act: approve, task: paper/agree, by: an, error: 超出预算}}
        - {{expect: {{case: paper, open: {{agree: [an]}}, only: true, document: {{state: 审批中}}}}}}
        """,
    )
    assert not Posting.objects.exists()


def test_the_end_posts_after_the_papers_have_passed(play: Any, till: Till) -> None:
    play(
        DRAFT,
        f"- {FILL}\n- {{expect: {{case: paper, state: ended, document: {{state: 已通过}}}}}}",
        end="{state: 已定, post: [till.put]}",
    )
    assert [one.source.node for one in till.told] == ["end"]


def test_a_register_nobody_offers_stays_in_the_journal(play: Any) -> None:
    play(PLAIN.replace("till.put", "nowhere.put"), f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    assert [(one.register, one.action) for one in Posting.objects.all()] == [("nowhere", "put")]


def test_rows_of_a_register_are_found(play: Any, till: Till) -> None:
    steps = (
        PLAIN
        + "- {id: note, post: [{till.note: {each: {find: till, where: {amount: '100.00'}},"
        + " key: =row.key, said: {find: till.row}}}]}\n"
        + "- {id: last, do: do, by: writer}"
    )
    play(steps, f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    put, note = till.told
    assert note.values["said"] == {"of": "till.row", "id": put.posting}


def test_a_pack_comes_into_force_by_a_posting(rail: object) -> None:
    register = registers.register_of("pack")
    assert register is not None
    case = stage.plan_at("head")
    posting = Posting.objects.create(case=case, node="x", register="pack", action="effective", at=clock.now())
    source = registers.Source(case.company_id, case.unit_id, case.pk, None, None, "x", "", "", 1, "2026-03")
    release = packs.effective_release("rail")
    assert release is not None
    packs.revoke_effective(release, by=SYSTEM, at=clock.now())
    assert packs.effective_release("rail") is None
    post = Post(posting.pk, "effective", "", {"pack": "rail"}, source)
    register.post(post, by=SYSTEM, at=clock.now())
    assert packs.effective_release("rail") == release
    register.reverse(posting.pk, by=SYSTEM, at=clock.now())
    assert packs.effective_release("rail") is None


class Shelf(Till):
    """A register that people also write by hand."""

    def create(self, kind: str, data: Mapping[str, Any], *, by: Actor, at: datetime) -> Any:
        self.made = [*getattr(self, "made", []), (kind, dict(data), by.name)]

    def update(self, row: Any, data: Mapping[str, Any], *, by: Actor, at: datetime) -> Any:
        self.made = [*getattr(self, "made", []), (row.key, dict(data), by.name)]


def test_a_story_makes_and_changes_rows(play: Any) -> None:
    shelf = Shelf()
    registers.add_register(shelf)
    play(
        PLAIN + "- {id: last, do: do, by: writer}",
        f"""
        - {FILL}
        - {{act: approve, task: paper/agree, by: an}}
        - {{act: create, register: till.row, by: admin, data: {{code: A}}}}
        - {{act: update, register: till, by: zuo, where: {{amount: 100}}, data: {{code: B}}}}
        - {{act: update, register: till, by: zuo, where: {{amount: 7}}, data: {{}}, error: 应有1行}}
        - {{act: create, register: nobody.row, by: zuo, data: {{code: C}}}}
        - {{expect: {{case: paper, links: []}}}}
        """,
    )
    registers._registers.pop("till")
    assert shelf.made == [("row", {"code": "A"}, "管理员"), ("", {"code": "B"}, "zuo")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("{register: till.put, count: 2}", "rows.till.put.count:期望 2,实际 1"),
        ("{register: till.put, sum: {amount: 99}}", "rows.till.put.sum.amount:期望 99,实际 100"),
        ("{register: till.put, where: {amount: 7}, count: 1}", "rows.till.put.count:期望 1,实际 0"),
        ("{register: till.sell, count: 1}", "rows:期望 till.sell"),
    ],
)
def test_a_wrong_expectation_of_rows_fails(play: Any, till: Till, rows: str, said: str) -> None:
    lines = f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}\n- {{expect: {{rows: {rows}}}}}"
    with pytest.raises(AssertionError, match=re.escape(said)):
        play(PLAIN, lines)


def test_a_timer_whose_posting_is_refused_holds_up_no_other(play: Any, till: Till) -> None:
    till.limit = Decimal(50)
    steps = (
        DRAFT + "- {id: pause, wait: 1d}\n- {id: book, post: [till.put]}\n- {id: last, do: do, by: writer}"
    )
    play(
        steps,
        f"""
        - {FILL}
        - {{act: start, process: TP-001, by: zuo, as: other}}
        - {{act: fill, task: other/draft, by: zuo, data: auto, set: {{amount: 10}}}}
        - {{wait: 2d}}
        - {{expect: {{case: other, open: {{last: [zuo]}}, only: true}}}}
        - {{expect: {{case: paper, open: {{}}, only: true, notified: {{zuo: 0}}}}}}
        """,
    )
    (broken,) = HandOver.objects.all()
    assert (broken.kind, broken.reason) == ("fire", "超出预算")
    till.limit = Decimal(1000)
    services.retry_hand_over(hand_over=broken.pk, by=SYSTEM, at=broken.due_at)
    assert not HandOver.objects.exists()
    assert Task.objects.filter(case=broken.sender, node="last", state="open").exists()
    assert len(till.told) == 2
